from __future__ import annotations

import pytest

from audiodesc.media.probe import role

DESCRIPTIONS = [
    *(
        "Audio Description",
        "English AD",
        "AD",
        "[AD] English 2.0",
        "English Descriptive Audio",
        "DVS",
        "Described video",
    ),
    *(
        "Audiodescription",
        "Audiodeskription (Hörfilm)",
        "Hoerfilm",
        "Bildbeschreibung",
        "Audiodescripción",
        "Audiovision",
    ),
    *("Audiodescrizione", "Audiodescrição", "Synstolkning", "Syntolkat", "Kuvailutulkkaus", "Audiodeskrypcja"),
    *("Zvukový popis pro nevidomé", "Komentář pro nevidomé", "Аудиодескрипция", "Тифлокомментарий", "音声解説"),
    *("화면해설", "口述影像", "Français (malvoyants)", "English for the visually impaired", "audio_description"),
    *(
        "English for the blind",
        "For blind viewers",
        "Für Blinde und Sehbehinderte",
        "Blindenfassung",
        "English (blind)",
    ),
    *("English - Blind", "Blind & partially sighted", "Description", "English descriptions 2.0", "Description track"),
]
COMMENTARIES = [
    *("Director's Commentary", "Commentary with cast and crew", "Kommentar des Regisseurs", "Commentaire audio"),
    *("Comentarios del director", "Commento del regista", "Kommenttiraita", "Komentarz", "Комментарии", "コメンタリー"),
]
OWN = [
    *("", "English", "Surround 5.1", "Stereo", "Original", "Deutsch DD 5.1", "SoundHandler", "Advert-free", "Adagio"),
    *("Blindspotting theme (stereo)", "Blind Guardian live 2.0", "Sound of a blind man", "Product description music"),
    *("Blinded by the light", "Blinding Lights", "Love Is Blindness"),
    *("Core Media Audio", "ad hoc mix", "Radio edit", "Français VF", "日本語"),
]


@pytest.mark.parametrize("title", DESCRIPTIONS)
def test_a_description_is_known_by_its_name(title: str) -> None:
    assert role([], title) == "description"


@pytest.mark.parametrize("title", COMMENTARIES)
def test_a_commentary_is_known_by_its_name(title: str) -> None:
    assert role([], title) == "commentary"


@pytest.mark.parametrize("title", OWN)
def test_the_films_own_sound_is_nothing_else(title: str) -> None:
    assert role(["default", "original", "dub"], title) == ""


@pytest.mark.parametrize("title", ["M&E", "Music and Effects", "Isolated Score", "Clean effects"])
def test_sound_without_dialogue(title: str) -> None:
    assert role([], title) == "effects"


@pytest.mark.parametrize(
    ("flag", "kind"),
    [
        ("visual_impaired", "description"),
        ("descriptions", "description"),
        ("comment", "commentary"),
        ("hearing_impaired", "hearing"),
        ("clean_effects", "effects"),
    ],
)
def test_a_flag_says_more_than_a_name(flag: str, kind: str) -> None:
    assert role([flag], "English") == kind
    assert role([flag, "default"], "English") == kind
