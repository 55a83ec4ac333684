"""Measures that compare what texts mean, by a text encoder in a folder of the user's: BERTScore, and Recall@k/N.

BERTScore is computed here after its paper (Zhang et al., ICLR 2020, equations 1 to 3): torchmetrics 1.9 compares the
wrong texts with each other where their lengths differ (its issue 2728), and bert-score was last released in 2023.
Recall@k/N is AutoAD-II's (Han et al., ICCV 2023): in each window of N human cues in a row, windows beginning N/2 apart,
how often the cue that a text stands for is among the k that are most alike to it, by BERTScore.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.environment import models_command
from audiodesc.describers.models.checking import check_whole
from audiodesc.errors import InputError
from audiodesc.evaluation.bootstrap import Measured, Numbers, mean_of
from audiodesc.evaluation.measure import Measure, Missing, Texts
from audiodesc.evaluation.model import Options

N, KS = 16, (1, 5)
"""As in AutoAD-II."""

LAYERS: Final[Mapping[tuple[str, int], int]] = {
    ("roberta", 24): 17, ("roberta", 12): 10, ("roberta", 6): 5, ("bert", 24): 18, ("bert", 12): 9,
    ("xlm-roberta", 24): 17, ("xlm-roberta", 12): 9, ("distilbert", 6): 5,
}  # fmt: skip
"""Which layer's output is compared, by kind of model and number of its layers: bert-score 0.3.13, `model2layers`. Of
other models it is the last."""

LONGEST_TOKENS = 128
AT_ONCE = 64
"""Texts that go through the model together."""

REMEMBERED = 4_096
"""Texts whose vectors are kept: in a window, each is compared with all others."""

Pair = tuple[str, str]
Vectors = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class _Encoder:
    """A loaded model with its tokenizer; `layer` is the number of the layer whose output is compared, and `known` has
    it for texts that were asked for, shape (tokens, width), each token of length 1."""

    name: str
    model: Any
    tokenizer: Any
    layer: int
    known: dict[str, Vectors] = field(default_factory=dict)

    def alike(self, pairs: Sequence[Pair]) -> list[float]:
        """The BERTScore of each pair of texts, as `_f1` has it."""
        if len(self.known) > REMEMBERED:
            self.known.clear()
        texts = sorted({text for pair in pairs for text in pair if text not in self.known}, key=len)
        for start in range(0, len(texts), AT_ONCE):
            self.known |= self._encoded(texts[start : start + AT_ONCE])
        return [_f1(self.known[said], self.known[human]) for said, human in pairs]

    def _encoded(self, texts: list[str]) -> dict[str, Vectors]:
        """The tokens' vectors of each text, without those of the marks that begin and end it."""
        import torch

        asked = self.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=LONGEST_TOKENS,
            return_tensors="pt",
            return_special_tokens_mask=True,
        )
        marks = asked["special_tokens_mask"].bool().numpy()
        inputs = {name: asked[name].to(self.model.device) for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            out = self.model(**inputs, output_hidden_states=True).hidden_states[self.layer]
            out = torch.nn.functional.normalize(out.float(), dim=-1).cpu().numpy()
        return {text: vectors[~mark] for text, vectors, mark in zip(texts, out, marks, strict=True)}


def _f1(said: Vectors, human: Vectors) -> float:
    """Each token counts with its cosine to the nearest of the other text: precision for those of what is said, recall
    for the human ones, and F1 of both; 0 where a text is empty. Neither rescaled nor weighted by rarity."""
    if not (len(said) and len(human)):
        return 0.0
    alike = said @ human.T
    precision, recall = float(alike.max(axis=1).mean()), float(alike.max(axis=0).mean())
    return max(0.0, 2 * precision * recall / (precision + recall)) if precision + recall > 0 else 0.0


@cache
def _encoder(folder: Path) -> _Encoder:
    """The model of a folder, on the GPU where there is one. Only safetensors are read, no code of the folder is run,
    nothing is fetched. Raises InputError."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer
    from transformers.utils import logging

    check_whole(folder, sees=False)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(folder, **safe)
        config._attn_implementation = "eager"  # what a folder names may be a program on the hub
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        model = AutoModel.from_pretrained(
            folder, config=config, attn_implementation="eager", use_safetensors=True, dtype=torch.float32, **safe
        )
    except Exception as error:  # transformers raises whatever its configuration code met
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{folder}: no text encoder can be loaded ({why})", "give the folder of one") from error
    layers = getattr(config, "num_hidden_layers", 0)
    layer = LAYERS.get((config.model_type, layers), layers)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return _Encoder(folder.name, model.eval().to(device), tokenizer, layer)


def bertscore(texts: Texts, options: Options) -> Measured | Missing:
    """The mean BERTScore (F1) of the cues."""
    encoder = _of(options)
    if isinstance(encoder, Missing):
        return encoder
    pairs = list(zip(texts.said, texts.human, strict=True))
    each = [
        one for start in range(0, len(pairs), REMEMBERED) for one in encoder.alike(pairs[start : start + REMEMBERED])
    ]
    return mean_of(100 * np.array(each, np.float64))


def _of(options: Options) -> _Encoder | Missing:
    if not all(map(find_spec, ("torch", "transformers"))):
        return Missing("the packages for models are not installed", models_command())
    if options.text_model is None:
        return Missing("no text encoder is named", "give --text-model DIR; the papers use roberta-large")
    return _encoder(options.text_model.resolve())


def windows(films: Sequence[str]) -> list[list[int]]:
    """The windows of N cues in a row, cues by number: of each film those that begin N/2 apart and are whole."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, film in enumerate(films):
        places[film].append(number)
    return [own[start : start + N] for own in places.values() for start in range(0, len(own) - N + 1, N // 2)]


def recall(k: int) -> Callable[[Texts, Options], Measured | Missing]:
    """Recall@k/N: a row is a window. A text that is empty finds nothing; of cues that are equally alike all count."""

    def measure(texts: Texts, options: Options) -> Measured | Missing:
        encoder = _of(options)
        if isinstance(encoder, Missing):
            return encoder
        ranks = _ranks(encoder, tuple(texts.said), tuple(texts.human), tuple(texts.films))
        if not len(ranks):
            return Missing(f"no film has {N} human cues", "give a longer script")
        return replace(mean_of(100 * (ranks < k).mean(axis=1)), each=None)

    return measure


@lru_cache(maxsize=8)
def _ranks(encoder: _Encoder, said: tuple[str, ...], human: tuple[str, ...], films: tuple[str, ...]) -> Numbers:
    """For each window, shape (windows, N), how many of its cues are more like a text than its own; N where the text is
    empty."""
    found = []
    for window in windows(films):
        alike = np.array(encoder.alike([(said[i], human[j]) for i in window for j in window])).reshape(N, N)
        ranks = (alike > np.diagonal(alike)[:, None]).sum(axis=1)
        found.append(np.where([bool(said[i].strip()) for i in window], ranks, N))
    return np.array(found, np.float64).reshape(-1, N)


def _how(options: Options) -> str:
    from importlib.metadata import version

    encoder = _of(options)
    if isinstance(encoder, Missing):
        return ""
    return f"{encoder.name}, layer {encoder.layer}, F1, not rescaled, transformers {version('transformers')}"


BERTSCORE = Measure("bertscore", "BERTScore", "Zhang et al., ICLR 2020", bertscore, _how)
RECALLS = tuple(
    Measure(f"recall_{k}_{N}", f"Recall@{k}/{N}", "AutoAD-II, Han et al., ICCV 2023", recall(k), _how) for k in KS
)
