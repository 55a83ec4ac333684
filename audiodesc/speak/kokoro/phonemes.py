"""A text as the tokens that a Kokoro model reads: eSpeak NG's IPA in the model's own signs, with punctuation.

The model was trained on phonemes of misaki, whose fallback is eSpeak NG: the table below is how misaki rewrites the
library's IPA (`misaki/espeak.py` for English, the `EspeakG2P` of other languages), without the ties that it asks for.
Punctuation is what the model takes its pauses and its melody from; the library drops it, so texts are cut there first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from audiodesc.speak.espeak import plain_ipa
from audiodesc.speak.espeak.ipa import stress_at_vowel
from audiodesc.speak.lexicon import split_ipa

PHONEMES = 1
"""The version of what `phonemes` gives, for fingerprints."""

MOST_TOKENS: Final = 510
"""That a model reads at once, without the two at the ends."""

LANGUAGES: Final[Mapping[str, str]] = {
    "a": "gmw/en-US", "b": "gmw/en", "e": "roa/es", "f": "roa/fr", "h": "inc/hi", "i": "roa/it", "p": "roa/pt-BR"
}  # fmt: skip
"""The first letter of a Kokoro voice's name -> the library's voice that pronounces its language. Japanese and Chinese
need other tools than eSpeak NG."""

# `vocab` of the model's config.json: the first number of each run of signs
_RUNS = {
    1: ";:,.!?", 9: "—…\"()“” \u0303ʣʥʦʨᵝꭧAI", 31: "O", 33: "Q", 35: "ST", 39: "W", 41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ", 75: "βɔɕç", 80: "ɖðʤə", 85: "ɚɛɜ", 90: "ɟ", 92: "ɡ", 99: "ɥ", 101: "ɨɪʝ",
    110: "ɯɰŋɳɲɴø", 118: "ɸθœ", 123: "ɹ", 125: "ɾɻ", 128: "ʁɽʂʃʈʧ", 135: "ʊʋ", 138: "ʌɣɤ", 142: "χʎ", 147: "ʒʔ",
    156: "ˈˌː", 162: "ʰ", 164: "ʲ", 169: "↓", 171: "→↗↘", 177: "ᵻ",
}  # fmt: skip
VOCABULARY: Final = {sign: first + nth for first, run in _RUNS.items() for nth, sign in enumerate(run)}

# misaki's signs for the library's, in this order: longer ones come first
_EVERYWHERE = (("g", "ɡ"), ("aɪ", "I"), ("aʊ", "W"), ("eɪ", "A"), ("ɔɪ", "Y"), ("dʒ", "ʤ"), ("tʃ", "ʧ"))
_ENGLISH = (
    ("ʔˌn\u0329", "tᵊn"), ("ʔn\u0329", "tᵊn"), ("ʔn", "tᵊn"), ("n\u0329", "ᵊn"), ("l\u0329", "ᵊl"),
    ("m\u0329", "ᵊm"), ("ɚɹ", "əɹ"), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"),
    ("ʔ", "t"), ("ʲ", ""), ("\u0303", ""),
)  # fmt: skip
_AMERICAN = (("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), ("ɾ", "T"), ("e", "A"), ("o", "ɔ"))
_BRITISH = (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"), ("ᵻ", "ɪ"), ("e", "A"), ("o", "ɔ"))
_ELSEWHERE = (("oʊ", "O"), ("əʊ", "Q"), ("dz", "ʣ"), ("ts", "ʦ"), ("-", ""))
_WEAK_L = re.compile(r"əl(?![ˈˌaæeɛəɜiɪoɔuʊʌɑɒAIOQWY])")

_MARKS = re.compile(r"\s*([;!?…—()]|[.,:](?=[\s;:,.!?…—()]|$))\s*")
_SAME_MARK = str.maketrans({"–": "—", "―": "—", "−": "-", "‐": "-", "‑": "-", "[": "(", "]": ")"})
_DASH = re.compile(r"\s+-+\s+|-{2,}")
_NO_MARK = re.compile(r"[\"“”„«»‹›¿¡]")
# What ends in a full stop that ends no sentence, before another word; and initials
_ABBREVIATION = re.compile(r"(?:^|[\s.])(?:\w|Mrs?|Ms|Dr|St|Prof|Sgt|Capt|Lt|vs|Mme|Mlle|Sra?|Srta|Sig|Dott|Dra?)$")
_SENTENCE_END, _CLAUSE_END = ".!?…", ";:,—)"


def phonemes(text: str, language: str) -> str:
    """A text for a voice in the model's signs; `language` is a key of `LANGUAGES`.

    IPA between the lexicon's marks is taken as it is. "" where nothing of it is spoken.
    """
    pieces = [piece for part, is_ipa in split_ipa(text) for piece in ([(part, True)] if is_ipa else _pieces(part))]
    words = iter(plain_ipa(LANGUAGES[language], tuple(piece for piece, is_sound in pieces if is_sound is None)))
    spoken = ""
    for piece, is_ipa in pieces:
        if is_ipa is False:
            spoken = _with_mark(spoken, piece)
        else:
            sounds = in_signs(stress_at_vowel(piece) if is_ipa else next(words), language)
            spoken += (" " if spoken and not spoken.endswith(("(", " ")) else "") + sounds if sounds else ""
    spoken = spoken.rstrip(" (")
    if not any(sign.isalpha() for sign in spoken):
        return ""
    return spoken if spoken.rstrip(")").endswith(tuple(_SENTENCE_END)) else f"{spoken.rstrip(_CLAUSE_END)}."


def in_signs(ipa: str, language: str) -> str:
    """The library's IPA, or a lexicon's, in the model's signs; signs that it does not have stay as they are."""
    sounds = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    own = {"a": (*_ENGLISH, *_AMERICAN), "b": (*_ENGLISH, *_BRITISH)}.get(language, _ELSEWHERE)
    if language in "ab":
        sounds = _WEAK_L.sub("ᵊl", sounds)
    for old, new in (*_EVERYWHERE, *own):
        sounds = sounds.replace(old, new)
    return sounds


def in_vocabulary(ipa: str, language: str) -> bool:
    """Whether the model has a sign for each sound of a lexicon's IPA."""
    signs = in_signs(ipa, language)
    return bool(signs.strip()) and all(sign in VOCABULARY for sign in signs)


def tokens(signs: str) -> list[int]:
    """The numbers of the signs; those that the model does not have are left out."""
    return [VOCABULARY[sign] for sign in signs if sign in VOCABULARY]


def sentences(signs: str, most: int = MOST_TOKENS) -> list[str]:
    """Parts of at most `most` signs: all at once where it is short, else cut behind sentences, then behind clauses,
    then between words."""
    if len(signs) <= most:
        return [signs] if signs.strip() else []
    for ends in (_SENTENCE_END, _CLAUSE_END, ""):
        parts = re.split(f"(?<=[{re.escape(ends)}]) +" if ends else " +", signs)
        if len(parts) > 1:
            return [part for packed in _packed(parts, most) for part in sentences(packed, most)]
    return [signs[start : start + most] for start in range(0, len(signs), most)]


def _packed(parts: Sequence[str], most: int) -> Iterator[str]:
    """Neighbours together, as many as there is room for."""
    packed = ""
    for part in parts:
        if packed and len(packed) + 1 + len(part) > most:
            yield packed
            packed = part
        else:
            packed = f"{packed} {part}" if packed else part
    yield packed


def _pieces(text: str) -> Iterator[tuple[str, bool | None]]:
    """Words (None) and marks (False), in order."""
    text = _NO_MARK.sub("", _DASH.sub(" — ", text.translate(_SAME_MARK).replace("...", "…")))
    begun = 0
    for found in _MARKS.finditer(text):
        mark, words = found[1], text[begun : found.start()]
        goes_on = text[found.end() : found.end() + 1].isalnum()
        if mark == "." and goes_on and _ABBREVIATION.search(words):
            continue
        if words.strip():
            yield words, None
        yield mark, False
        begun = found.end()
    if text[begun:].strip():
        yield text[begun:], None


def _with_mark(spoken: str, mark: str) -> str:
    """A mark behind what is spoken; none at the beginning, and none twice."""
    if mark == "(":
        return f"{spoken} (" if spoken and not spoken.endswith("(") else spoken
    return spoken + mark if spoken and not spoken.endswith((mark, "(")) else spoken
