"""The measures that compare a script with a human one: one row each, with what it needs and what computes it.

A new measure is one function and one row: it gets the texts of one system and the human ones, and gives numbers for
each cue and how these make the score of all (`Measured`), from which intervals, table, JSON and page follow. What is
judged by a model or a server is no different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from audiodesc.evaluation.bootstrap import Measured, Numbers, mean_of
from audiodesc.evaluation.cider import cider_d
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.words import TOKENIZER, words


@dataclass(frozen=True, slots=True)
class Texts:
    """What is scored: for each human cue what is said in its place, and the film or clip that it is of."""

    said: Sequence[str]
    human: Sequence[str]
    films: Sequence[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a measure cannot be had, and what would bring it."""

    why: str
    remedy: str


class Availability(Protocol):
    def __call__(self, options: Options) -> Missing | None: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its `name` in the JSON and its `title` for people; where it comes from; `how` it is computed here;
    whether it can be had; and what computes it, from 0 to 100 where `title` says nothing else."""

    name: str
    title: str
    source: str
    how: Callable[[Options], str]
    measure: Callable[[Texts, Options], Measured]
    missing: Availability = lambda options: None


def bleu(texts: Texts, options: Options) -> Measured:
    """BLEU-4 of the whole, by sacrebleu: what matches is added up over all cues before it is divided."""
    from sacrebleu.metrics.bleu import BLEU

    measure = BLEU(tokenize="none", force=True, effective_order=True)  # counts alone are taken from it
    rows = np.zeros((len(texts.said), 10))
    for row, said, human in zip(rows, texts.said, texts.human, strict=True):
        found = measure.sentence_score(" ".join(words(said)), [" ".join(words(human))])
        row[:] = (*found.counts, *found.totals, found.sys_len, found.ref_len)

    def score(sums: Numbers, count: int) -> float:
        whole = [round(value) for value in sums]
        return float(BLEU.compute_bleu(whole[:4], whole[4:8], whole[8], whole[9], smooth_method="exp").score)

    return Measured(rows, score)


def _bleu_how(options: Options) -> str:
    import sacrebleu

    return f"sacrebleu {sacrebleu.__version__}, tok:{TOKENIZER}, smooth:exp"


BETA = 1.2
"""How much more recall counts than precision in the ROUGE-L of the captioning papers (COCO's evaluation)."""


class _Words:
    """The tokenizer that rouge-score is given: its own drops all letters but a to z."""

    def tokenize(self, text: str) -> list[str]:
        return list(words(text))


def rouge_l(texts: Texts, options: Options) -> Measured:
    """ROUGE-L, by rouge-score: the longest common row of words, as recall and precision in one."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], tokenizer=_Words())
    found = [scorer.score(human, said)["rougeL"] for said, human in zip(texts.said, texts.human, strict=True)]
    return mean_of(np.array([100 * _f_score(one.precision, one.recall) for one in found]))


def _f_score(precision: float, recall: float) -> float:
    part = recall + BETA**2 * precision
    return (1 + BETA**2) * precision * recall / part if part else 0.0


def _rouge_how(options: Options) -> str:
    from importlib.metadata import version

    return f"rouge-score {version('rouge-score')}, F with beta {BETA}, tok:{TOKENIZER}"


def cider(texts: Texts, options: Options) -> Measured:
    """CIDEr-D times 100, as papers give it: up to 1,000."""
    said, human = ([words(text) for text in side] for side in (texts.said, texts.human))
    return mean_of(100 * np.array(cider_d(said, human)))


MEASURES: Final[tuple[Measure, ...]] = (
    Measure("bleu4", "BLEU-4", "Papineni et al., ACL 2002", _bleu_how, bleu),
    Measure("rouge_l", "ROUGE-L", "Lin, ACL workshop 2004", _rouge_how, rouge_l),
    Measure(
        "cider",
        "CIDEr, up to 1,000",
        "Vedantam et al., CVPR 2015 (CIDEr-D)",
        lambda options: f"as pycocoevalcap 1.2, tok:{TOKENIZER}, rarity over these human cues",
        cider,
    ),
)
