"""The statements of the describer `basic`, in the languages that it has them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from audiodesc.describers.facts import Facts
from audiodesc.describers.latin import spoken

Phrases = Mapping[str, str]

PHRASES: Mapping[str, Phrases] = {
    "en": {
        "text": "Text on screen: {}",
        "near face": "A face is close.",
        "near faces": "Two faces are close.",
        "many near faces": "Several faces are close.",
        "faces": "Two faces are in view.",
        "many faces": "Several faces are in view.",
        "black": "All is dark.",
        "white": "All is white.",
        "from bright to dark": "Now it is dark.",
        "from dark to bright": "Now it is bright.",
        "darker": "Now it is darker.",
        "brighter": "Now it is brighter.",
        "colour": "Nearly everything is {}.",
        "fast": "Something moves fast.",
        "none": "Nothing moves.",
    },
    "de": {
        "text": "Text im Bild: {}",
        "near face": "Ein Gesicht ist ganz nah.",
        "near faces": "Zwei Gesichter sind ganz nah.",
        "many near faces": "Mehrere Gesichter sind ganz nah.",
        "faces": "Zwei Gesichter sind zu sehen.",
        "many faces": "Mehrere Gesichter sind zu sehen.",
        "black": "Alles ist dunkel.",
        "white": "Alles ist weiß.",
        "from bright to dark": "Jetzt ist es dunkel.",
        "from dark to bright": "Jetzt ist es hell.",
        "darker": "Jetzt ist es dunkler.",
        "brighter": "Jetzt ist es heller.",
        "colour": "Fast alles ist {}.",
        "fast": "Etwas bewegt sich schnell.",
        "none": "Nichts bewegt sich.",
        "red": "rot",
        "orange": "orange",
        "yellow": "gelb",
        "green": "grün",
        "blue": "blau",
        "purple": "violett",
    },
    "fr": {
        "text": "Texte à l’écran : {}",
        "near face": "Un visage est tout près.",
        "near faces": "Deux visages sont tout près.",
        "many near faces": "Plusieurs visages sont tout près.",
        "faces": "Deux visages sont visibles.",
        "many faces": "Plusieurs visages sont visibles.",
        "black": "Tout est noir.",
        "white": "Tout est blanc.",
        "from bright to dark": "Maintenant, il fait sombre.",
        "from dark to bright": "Maintenant, il fait clair.",
        "darker": "Maintenant, il fait plus sombre.",
        "brighter": "Maintenant, il fait plus clair.",
        "colour": "Presque tout est {}.",
        "fast": "Quelque chose bouge vite.",
        "none": "Rien ne bouge.",
        "red": "rouge",
        "orange": "orange",
        "yellow": "jaune",
        "green": "vert",
        "blue": "bleu",
        "purple": "violet",
    },
    "es": {
        "text": "Texto en pantalla: {}",
        "near face": "Una cara está muy cerca.",
        "near faces": "Dos caras están muy cerca.",
        "many near faces": "Varias caras están muy cerca.",
        "faces": "Dos caras están a la vista.",
        "many faces": "Varias caras están a la vista.",
        "black": "Todo está oscuro.",
        "white": "Todo es blanco.",
        "from bright to dark": "Ahora está oscuro.",
        "from dark to bright": "Ahora hay mucha luz.",
        "darker": "Ahora está más oscuro.",
        "brighter": "Ahora hay más luz.",
        "colour": "Casi todo es {}.",
        "fast": "Algo se mueve rápido.",
        "none": "Nada se mueve.",
        "red": "rojo",
        "orange": "naranja",
        "yellow": "amarillo",
        "green": "verde",
        "blue": "azul",
        "purple": "morado",
    },
}

OPPOSITES = {
    "darker": "brighter",
    "brighter": "darker",
    "from bright to dark": "from dark to bright",
    "from dark to bright": "from bright to dark",
}

_NO_PHRASES: Phrases = {"text": "{}"}


def phrases(language: str) -> Phrases:
    """The statements in the language of the BCP 47 tag.

    A language that is not in the table has only the bare words on the picture, without a label.
    """
    return PHRASES.get(language.casefold().replace("_", "-").split("-")[0], _NO_PHRASES)


def text_line(captions: Sequence[str], language: str) -> str:
    """One statement with all captions, each closed by its own sign or a full stop."""
    return phrases(language)["text"].format(bare_line(captions))


def bare_line(captions: Sequence[str]) -> str:
    """The captions alone, for a pause that has no room for the label."""
    return " ".join(caption if caption[-1] in "?!" else f"{caption}." for caption in map(spoken, captions))


def opposite(statement: str, language: str) -> str:
    """What takes a statement about the light back, or ""."""
    said = phrases(language)
    kinds = {said[kind]: other for kind, other in OPPOSITES.items() if kind in said}
    return said[kinds[statement]] if statement in kinds else ""


def scenery_lines(facts: Facts, language: str) -> list[str]:
    """What can be said beside words, the most telling first; nothing in a language without statements."""
    said = phrases(language)
    lines = [said.get(kind, "") for kind in _kinds(facts)]
    if facts.colour and "colour" in said:
        lines.append(said["colour"].format(said.get(facts.colour, facts.colour)))
    return [line for line in (*lines, said.get(facts.movement, "")) if line]


def _kinds(facts: Facts) -> Iterator[str]:
    if facts.near:
        yield {1: "near face", 2: "near faces"}.get(facts.near, "many near faces")
    elif facts.faces > 1:
        yield "faces" if facts.faces == 2 else "many faces"
    if facts.light or facts.change:
        yield facts.light or facts.change
