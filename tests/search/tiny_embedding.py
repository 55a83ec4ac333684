"""A sentence-transformers model that knows a few words, and which of them mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

MEANINGS: Sequence[Sequence[str]] = (
    ("red", "crimson", "scarlet"),
    ("coat", "jacket", "anorak"),
    ("dog", "hound", "puppy"),
    ("runs", "sprints", "races"),
    ("ship", "ferry", "vessel"),
    ("night", "darkness", "midnight"),
)
MARKS = ("[PAD]", "[UNK]")


def make_embedding(folder: Path) -> Path:
    """Words of one meaning have one vector, of another one at a right angle; all other words are nothing. A text's is
    the mean of its words'."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = [*MARKS, *(word for meaning in MEANINGS for word in meaning)]
    bert = folder.with_name("bert")
    bert.mkdir()
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token=MARKS[1]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    width = 16
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=width,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=4,
        max_position_embeddings=128,
    )
    model = BertModel(config)
    tables = model.embeddings
    with torch.no_grad():
        for weights in (tables.word_embeddings, tables.position_embeddings, tables.token_type_embeddings):
            weights.weight.zero_()
        for number, meaning in enumerate(MEANINGS):
            for word in meaning:
                vector = tables.word_embeddings.weight[words.index(word)]
                vector[2 * number], vector[2 * number + 1] = 1.0, -1.0  # its mean is 0, so that no layer norm mixes
    model.save_pretrained(bert)
    marks = {"pad_token": MARKS[0], "unk_token": MARKS[1]}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **marks).save_pretrained(bert)
    parts = [Transformer(str(bert)), Pooling(width, pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=parts, device="cpu").save(str(folder))
    return folder
