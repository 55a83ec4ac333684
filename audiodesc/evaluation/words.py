"""A text as the words that measures compare: those of the Penn Treebank, in lower case, without punctuation.

So do the captioning papers since COCO, with Stanford's PTBTokenizer, which needs Java; here NLTK's tokenizer does it.
The two part where a cue has several sentences, whose full stops NLTK leaves at the word, and are taken off here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tokenize import NLTKWordTokenizer

REMEMBERED = 1 << 16
TOKENIZER = "Penn Treebank (NLTK), lower case, without punctuation"

UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese, which are written without spaces: each character is a word here."""


@lru_cache(maxsize=REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order; () for one without any."""
    found = _tokenizer().tokenize(UNSPACED.sub(r" \g<0> ", text.lower()))
    return tuple(word for one in found if any(map(str.isalnum, word := one.rstrip("."))))


@cache
def _tokenizer() -> NLTKWordTokenizer:
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()
