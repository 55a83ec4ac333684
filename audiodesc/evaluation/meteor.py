"""METEOR, which counts stems and synonyms as matches: by NLTK, with WordNet where the user has it."""

from __future__ import annotations

import numpy as np

from audiodesc.evaluation.bootstrap import Measured, mean_of
from audiodesc.evaluation.measure import Measure, Missing, Texts
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.nltk_data import WORDNET, command, wordnet
from audiodesc.evaluation.words import TOKENIZER, words


def meteor(texts: Texts, options: Options) -> Measured | Missing:
    """The METEOR of 2005 (alpha 0.9, beta 3, gamma 0.5). That of the captioning papers is version 1.5 of 2014, whose
    numbers differ; it is a Java program."""
    if (known := wordnet()) is None:
        return Missing("WordNet is not on this disk, or not whole", command(WORDNET))
    from nltk.translate.meteor_score import single_meteor_score

    pairs = zip(texts.said, texts.human, strict=True)
    each = [single_meteor_score(words(human), words(said), wordnet=known) for said, human in pairs]
    return mean_of(100 * np.array(each, np.float64))


def _how(options: Options) -> str:
    from importlib.metadata import version

    return f"nltk {version('nltk')}, METEOR of 2005, tok:{TOKENIZER}"


METEOR = Measure("meteor", "METEOR (2005)", "Banerjee and Lavie, ACL workshop 2005", meteor, _how)
