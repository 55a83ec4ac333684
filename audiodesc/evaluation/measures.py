"""The measures that compare a script with a human one: one row each, in the order in which they are shown."""

from __future__ import annotations

from typing import Final

from audiodesc.evaluation.measure import Measure, Missing, Texts
from audiodesc.evaluation.meteor import METEOR
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.overlap import OVERLAP
from audiodesc.evaluation.text_model import BERTSCORE, RECALLS


def _spice(texts: Texts, options: Options) -> Missing:
    return Missing(
        "no maintained library computes it: its program needs Java and a parser of 2015",
        "run the authors' own program (SPICE 1.0) on the texts that --json gives",
    )


SPICE = Measure("spice", "SPICE", "Anderson et al., ECCV 2016", _spice, lambda options: "")

MEASURES: Final[tuple[Measure, ...]] = (*OVERLAP, METEOR, SPICE, BERTSCORE, *RECALLS)
