"""The measures that compare words: BLEU-4, ROUGE-L and CIDEr.

Each compares the words of `words`, so that none counts what another one does not see.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from audiodesc.evaluation.bootstrap import Measured, Numbers, mean_of
from audiodesc.evaluation.cider import cider_d
from audiodesc.evaluation.measure import Measure, Texts
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.words import TOKENIZER, words


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


def _cider_how(options: Options) -> str:
    return f"as pycocoevalcap 1.2, tok:{TOKENIZER}, rarity over these human cues"


OVERLAP: Final = (
    Measure("bleu4", "BLEU-4", "Papineni et al., ACL 2002", bleu, _bleu_how),
    Measure("rouge_l", "ROUGE-L", "Lin, ACL workshop 2004", rouge_l, _rouge_how),
    Measure("cider", "CIDEr, up to 1,000", "Vedantam et al., CVPR 2015 (CIDEr-D)", cider, _cider_how),
)
