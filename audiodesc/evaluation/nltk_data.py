"""What NLTK needs beside itself, where the user has it: WordNet, and a tagger for English. Nothing is fetched."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, Final

WORDNET: Final = "wordnet"
TAGGER: Final = "averaged_perceptron_tagger_eng"
UNUSABLE = (LookupError, OSError, ValueError, KeyError, TypeError)
"""What NLTK raises where the files are not there, are not whole, or hold something else."""


def command(resource: str) -> str:
    """What fetches one of the two."""
    return f"python -m nltk.downloader {resource}"


def wordnet() -> Any | None:
    """NLTK's reader of WordNet, from a folder in which NLTK looks (NLTK_DATA and others), unpacked or zipped; None
    where there is none that can be read."""
    import nltk

    return _wordnet(tuple(nltk.data.path))


@cache
def _wordnet(folders: tuple[str, ...]) -> Any | None:
    """The same, of the folders in which NLTK looks; it keeps its files open, and so is kept itself."""
    from nltk.corpus.reader import WordNetCorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has English alone
            reader: Any = LazyCorpusLoader(WORDNET, WordNetCorpusReader, None)
            reader.synsets("word")
    except UNUSABLE:
        return None
    return reader


def tagger() -> Any | None:
    """NLTK's tagger of parts of speech, for English; None where its weights are not there or cannot be read."""
    from nltk.tag.perceptron import PerceptronTagger

    try:
        made = PerceptronTagger(lang="eng")
        made.tag(["qzx"])  # no word that a list of tags has
    except UNUSABLE:
        return None
    return made
