"""What a described track is called, in its own language."""

from __future__ import annotations

from typing import Final

from audiodesc.core.languages import primary

TITLE: Final = "Audio description"

TITLES: Final = {
    "cs": "Zvukový popis",
    "da": "Synstolkning",
    "de": "Audiodeskription",
    "en": TITLE,
    "es": "Audiodescripción",
    "fi": "Kuvailutulkkaus",
    "fr": "Audiodescription",
    "it": "Audiodescrizione",
    "ja": "音声解説",
    "ko": "화면 해설",
    "nb": "Synstolking",
    "nl": "Audiodescriptie",
    "nn": "Synstolking",
    "no": "Synstolking",
    "pl": "Audiodeskrypcja",
    "pt": "Audiodescrição",
    "sv": "Syntolkning",
    "zh": "口述影像",
}
"""By language, as broadcasters and streaming services there call it."""


def track_title(language: str) -> str:
    """The title of a described track in this language, a tag or a code; in English where its own is not known."""
    return TITLES.get(primary(language), TITLE)
