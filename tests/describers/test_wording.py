from __future__ import annotations

import pytest

from audiodesc.describers.basic.phrases import text_line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Text on screen: The Last Ferry. Paris, 1944."),
        ("en-GB", "Text on screen: The Last Ferry. Paris, 1944."),
        ("DE_at", "Text im Bild: The Last Ferry. Paris, 1944."),
        ("fr", "Texte à l’écran : The Last Ferry. Paris, 1944."),
        ("es-MX", "Texto en pantalla: The Last Ferry. Paris, 1944."),
        ("ja", "The Last Ferry. Paris, 1944."),
    ],
)
def test_label_of_the_language(language: str, line: str) -> None:
    assert text_line(["THE LAST FERRY", "Paris, 1944"], language) == line


def test_a_question_keeps_its_sign() -> None:
    assert text_line(["WHO GOES THERE?"], "en") == "Text on screen: Who Goes There?"
