"""Languages by tags, codes, names, and by what is written in them."""

from __future__ import annotations

import pytest

from audiodesc.core.languages import english_name, is_same, is_tag, iso_639, may_be, of_texts, primary, tag

TEXTS = {
    "de": ["Der Mann öffnet die Tür und sieht hinaus.", "Es regnet seit drei Tagen, sagt er leise.", "Kommst du mit?"],
    "en": [
        "The man opens the door and looks outside.",
        "It has been raining for three days, he says.",
        "Come with us?",
    ],
    "fr": ["L'homme ouvre la porte et regarde dehors.", "Il pleut depuis trois jours, dit-il.", "Tu viens avec nous ?"],
    "es": [
        "El hombre abre la puerta y mira hacia afuera.",
        "Lleva tres días lloviendo, dice.",
        "¿Vienes con nosotros?",
    ],
    "ja": [
        "男はドアを開けて外を見る。三日間雨が降っていると彼は静かに言う。一緒に町へ行くか、それともお母さんと"
        "ここに残るのか。彼女は窓のそばに立って、長い間黙っている。"
    ],
}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        *[(name, "de") for name in ("German", "german", " Deutsch ", "ger", "deu", "de", "DE")],
        *[("pt_BR", "pt-BR"), ("en-gb", "en-GB"), ("日本語", "ja"), ("nob", "nb"), ("Klingon", "tlh")],
        *[(name, "") for name in ("und", "", "  ", "mul", "zxx", "x" * 5000)],
        *[("Track 1", "track 1"), ("Director's cut", "director's cut"), ("\ud800", "\ud800")],
    ],
)
def test_tags(name: str, known: str) -> None:
    assert tag(name) == known


def test_codes_of_three_letters() -> None:
    assert [iso_639(name) for name in ("de", "German", "en-gb", "zh-Hant", "und", "Track 1")] == [
        *("deu", "deu", "eng", "zho", "", ""),
    ]


def test_one_language_by_two_names() -> None:
    assert is_same("German", "ger")
    assert is_same("nb", "no")
    assert not is_same("eng", "deu")
    assert not is_same("", "")
    assert not is_same("und", "und")


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_tells_its_language(language: str) -> None:
    assert of_texts(TEXTS[language]) == language


@pytest.mark.parametrize("texts", [[], ["Ja, genau.", "Nein!"], ["1 2 3"] * 50, ["♪"] * 100, ["Anna Karenina"] * 20])
def test_little_tells_nothing(texts: list[str]) -> None:
    assert of_texts(texts) == ""


def test_what_may_be_one_language() -> None:
    assert may_be("de", "de-AT")
    assert may_be("da", "nb-NO")
    assert may_be("", "en")
    assert may_be("de", "")
    assert not may_be("de", "en-GB")


def test_names_for_people() -> None:
    assert [english_name(name) for name in ("ger", "en-GB", "de")] == ["German", "English (United Kingdom)", "German"]


def test_the_language_alone() -> None:
    names = ("en-GB", "eng", "English", "zh-Hant-TW", "nb_NO", "und", "Track 1", "xx")
    assert [primary(name) for name in names] == ["en", "en", "en", "zh", "nb", "", "track 1", "xx"]


def test_what_is_a_tag() -> None:
    assert all(map(is_tag, ("en", "en-GB", "eng", "zh-Hant")))
    assert not any(map(is_tag, ("", "English", "Track 1", "xx", "en-")))
