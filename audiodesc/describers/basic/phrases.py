"""How the describer `basic` says what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audiodesc.describers.basic.latin import spoken

LABELS: Mapping[str, str] = {
    "en": "Text on screen: {}",
    "de": "Text im Bild: {}",
    "fr": "Texte à l’écran : {}",
    "es": "Texto en pantalla: {}",
}


def text_line(captions: Sequence[str], language: str) -> str:
    """One statement with all captions, each closed by its own sign or a full stop.

    In a language (a BCP 47 tag) without a label there are only the bare words.
    """
    label = LABELS.get(language.casefold().replace("_", "-").split("-")[0], "{}")
    return label.format(bare_line(captions))


def bare_line(captions: Sequence[str]) -> str:
    """The captions alone, for a pause that has no room for the label."""
    return " ".join(caption if caption[-1] in "?!" else f"{caption}." for caption in map(spoken, captions))
