"""BERTScore and Recall@k/N by a tiny text encoder that is made here, held against their definitions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from commandline import audiodesc
from evaluation.scripts_of import HUMAN, webvtt

from audiodesc.errors import InputError
from audiodesc.evaluation.bootstrap import Measured, value_of
from audiodesc.evaluation.measure import Measure, Missing, Texts
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.text_model import BERTSCORE, RECALLS, N, windows

WORDS = [f"word{number}" for number in range(60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights, whose tokens are whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    marks: dict[str, str] = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=made, **marks).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(vocabulary), **sizes)).save_pretrained(folder)
    return folder


def found(
    measure: Measure, said: list[str], human: list[str], folder: Path, films: list[str] | None = None
) -> Measured:
    one = measure.measure(Texts(said, human, films or [""] * len(said)), Options(text_model=folder))
    assert isinstance(one, Measured)
    return one


def by_definition(said: str, human: str, folder: Path) -> float:
    """Zhang et al., equations 1 to 3: each token's cosine to the nearest of the other text, without the marks."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    both = []
    for text in (said, human):
        with torch.no_grad():
            out = model.eval()(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, 1:-1]
        both.append((out / out.norm(dim=-1, keepdim=True)).numpy())
    alike = both[0] @ both[1].T
    precision, recall = alike.max(axis=1).mean(), alike.max(axis=0).mean()
    return float(100 * 2 * precision * recall / (precision + recall))


SAID = ["word1 word2 word3", "word4", "word1 word9 word8 word7 word6", "word1 word2 word3"]
HUMAN_TEXTS = ["word1 word2 word3", "word5 word4 word6", "word1 word2", "word20 word30 word40 word50"]


def test_bertscore_is_that_of_its_definition(folder: Path) -> None:
    measured = found(BERTSCORE, SAID, HUMAN_TEXTS, folder)
    expected = [by_definition(*pair, folder) for pair in zip(SAID, HUMAN_TEXTS, strict=True)]
    assert measured.each == pytest.approx(expected, abs=1e-3)
    assert expected[0] == pytest.approx(100, abs=1e-3)
    assert value_of(measured, 0, 0).value == pytest.approx(sum(expected) / 4, abs=1e-3)


def test_the_score_does_not_depend_on_what_was_asked_with_it(folder: Path) -> None:
    alone = [found(BERTSCORE, [said], [human], folder).each for said, human in zip(SAID, HUMAN_TEXTS, strict=True)]
    together = found(BERTSCORE, SAID, HUMAN_TEXTS, folder).each
    assert together is not None
    assert [float(one[0]) for one in alone if one is not None] == pytest.approx(together.tolist(), abs=1e-4)


def test_nothing_said_is_alike_to_nothing(folder: Path) -> None:
    measured = found(BERTSCORE, ["", "word1", " "], ["word1", "word1", "word2"], folder)
    assert measured.each == pytest.approx([0, 100, 0], abs=1e-3)


def test_windows_are_whole_and_begin_half_of_one_apart() -> None:
    """As AutoAD-II's own code: range(0, n - N + 1, N // 2), for each film."""
    assert [(one[0], one[-1]) for one in windows([""] * 40)] == [(0, 15), (8, 23), (16, 31), (24, 39)]
    assert windows([""] * 15) == []
    mixed = ["a", "b"] * 16
    assert windows(mixed) == [list(range(0, 32, 2)), list(range(1, 32, 2))]


CUES = [f"{WORDS[i]} {WORDS[i + 20]} {WORDS[i + 40]}" for i in range(N)]


@pytest.mark.parametrize("measure", RECALLS)
def test_a_script_finds_itself(measure: Measure, folder: Path) -> None:
    assert value_of(found(measure, CUES, CUES, folder), 0, 0).value == 100


def test_recall_is_how_often_the_own_cue_is_among_the_first(folder: Path) -> None:
    """Each text is the next cue, word for word: the own cue is never the first, and the first few may hold it."""
    said = [*CUES[1:], CUES[0]]
    ranks = []
    for i, text in enumerate(said):
        alike = [by_definition(text, cue, folder) for cue in CUES]
        ranks.append(sum(one > alike[i] + 1e-6 for one in alike))
    for measure, k in zip(RECALLS, (1, 5), strict=True):
        expected = 100 * np.mean([rank < k for rank in ranks])
        assert value_of(found(measure, said, CUES, folder), 0, 0).value == pytest.approx(expected)


def test_recall_of_nothing_is_nothing_and_of_too_little_is_missing(folder: Path) -> None:
    assert value_of(found(RECALLS[1], [""] * N, CUES, folder), 0, 0).value == 0
    short = RECALLS[0].measure(Texts(CUES[:5], CUES[:5], [""] * 5), Options(text_model=folder))
    assert short == Missing("no film has 16 human cues", "give a longer script")


def test_without_a_model_it_is_said_how_to_get_one() -> None:
    missing = BERTSCORE.measure(Texts(["a"], ["a"], [""]), Options())
    assert isinstance(missing, Missing)
    assert "--text-model" in missing.remedy


def test_the_command_takes_the_model_and_names_it(folder: Path, tmp_path: Path) -> None:
    human = webvtt(tmp_path / "human.vtt", HUMAN)
    done = audiodesc("evaluate", human, human, "--text-model", folder, "--resamples", 0)
    assert done.returncode == 0, done.stderr
    assert "BERTScore" in done.stdout
    assert "Not measured: SPICE" in done.stdout
    assert "Recall@1/16, Recall@5/16 (no film has 16 human cues)" in done.stdout


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"model.safetensors": None}, "no weights"),
        ({"model.safetensors": None, "pytorch_model.bin": "x"}, "pickle"),
        ({"tokenizer.json": None, "tokenizer_config.json": None}, "tokenizer"),
        ({"config.json": '{"model_type": "nothing"}'}, "no text encoder can be loaded"),
        ({"config.json": '{"model_type": "x", "auto_map": {"AutoConfig": "a.B"}}'}, "no text encoder can be loaded"),
    ],
)
def test_other_folders_are_refused(change: dict[str, str | None], fault: str, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if change.get(path.name, "") is not None:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    for name, content in change.items():
        if content:
            (tmp_path / name).write_text(content, "utf-8")
    options = replace(Options(), text_model=tmp_path)
    with pytest.raises(InputError, match=fault) as refused:
        BERTSCORE.measure(Texts(["word1"], ["word1"], [""]), options)
    assert "\n" not in str(refused.value)
