"""A line in another language is noticed, and hardly ever is a right one taken for wrong."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from time import thread_time

import pytest

from audiodesc.describers.line_language import LANGUAGES, in_language
from audiodesc.describers.prompts import EXAMPLES

LINES = {
    "en": [
        "A woman in a red coat opens the door and looks out into the rain.",
        "He lifts the child onto his shoulders.",
        "Smoke drifts across the empty street.",
        "She tears the letter in half.",
    ],
    "de": [
        "Eine Frau in einem roten Mantel öffnet die Tür und schaut hinaus in den Regen.",
        "Er hebt das Kind auf seine Schultern.",
        "Rauch zieht über die leere Straße.",
        "Sie zerreißt den Brief.",
    ],
    "fr": [
        "Une femme en manteau rouge ouvre la porte et regarde la pluie.",
        "Il hisse l'enfant sur ses épaules.",
        "De la fumée dérive dans la rue déserte.",
        "Elle déchire la lettre en deux.",
    ],
    "es": [
        "Una mujer con abrigo rojo abre la puerta y mira la lluvia.",
        "Levanta al niño sobre sus hombros.",
        "El humo cruza la calle vacía.",
        "Ella rompe la carta en dos.",
    ],
    "it": [
        "Una donna con un cappotto rosso apre la porta e guarda fuori nella pioggia.",
        "Solleva il bambino sulle spalle.",
        "Il fumo attraversa la strada deserta.",
        "Lei strappa la lettera in due.",
    ],
    "pt": [
        "Uma mulher de casaco vermelho abre a porta e olha para a chuva.",
        "Ele ergue a criança nos ombros.",
        "A fumaça atravessa a rua vazia.",
        "Ela rasga a carta ao meio.",
    ],
    "nl": [
        "Een vrouw in een rode jas opent de deur en kijkt naar buiten in de regen.",
        "Hij tilt het kind op zijn schouders.",
        "Rook drijft door de lege straat.",
        "Ze scheurt de brief doormidden.",
    ],
    "sv": [
        "En kvinna i röd kappa öppnar dörren och ser ut i regnet.",
        "Han lyfter upp barnet på sina axlar.",
        "Rök driver över den tomma gatan.",
        "Hon river brevet itu.",
    ],
    "nb": [
        "En kvinne i rød kåpe åpner døren og ser ut i regnet.",
        "Han løfter barnet opp på skuldrene.",
        "Hun river brevet i to.",
    ],
    "da": [
        "En kvinde i rød frakke åbner døren og ser ud i regnen.",
        "Han løfter barnet op på sine skuldre.",
        "Hun river brevet midt over.",
    ],
    "fi": [
        "Punatakkinen nainen avaa oven ja katsoo sateeseen.",
        "Mies nostaa lapsen harteilleen.",
        "Savu leijuu tyhjän kadun yli.",
    ],
    "pl": [
        "Kobieta w czerwonym płaszczu otwiera drzwi i patrzy na deszcz.",
        "Podnosi dziecko na ramiona.",
        "Dym snuje się nad pustą ulicą.",
    ],
    "cs": [
        "Žena v červeném kabátě otevírá dveře a dívá se do deště.",
        "Zvedne dítě na ramena.",
        "Prázdnou ulicí se táhne kouř.",
    ],
    "hu": ["Egy piros kabátos nő kinyitja az ajtót, és kinéz az esőbe.", "A vállára emeli a gyereket."],
    "tr": ["Kırmızı paltolu bir kadın kapıyı açar ve yağmura bakar.", "Çocuğu omuzlarına kaldırır."],
    "id": ["Seorang wanita bermantel merah membuka pintu dan memandang hujan.", "Asap melayang di jalan yang kosong."],
    "ru": ["Женщина в красном пальто открывает дверь и смотрит на дождь.", "Он поднимает ребёнка на плечи."],
    "uk": ["Жінка в червоному пальті відчиняє двері й дивиться на дощ.", "Він піднімає дитину на плечі."],
    "el": ["Μια γυναίκα με κόκκινο παλτό ανοίγει την πόρτα και κοιτάζει τη βροχή.", "Σκίζει το γράμμα στα δύο."],
    "ar": ["تفتح امرأة ترتدي معطفا أحمر الباب وتنظر إلى المطر.", "يرفع الطفل على كتفيه."],
    "he": ["אישה במעיל אדום פותחת את הדלת ומביטה בגשם.", "הוא מרים את הילד על כתפיו."],
    "hi": ["लाल कोट पहने एक औरत दरवाज़ा खोलती है और बारिश को देखती है।", "वह बच्चे को कंधों पर उठाता है।"],
    "zh": ["一个穿红色大衣的女人打开门,望着外面的雨。", "他把孩子举到肩上。"],
    "ja": ["赤いコートの女性がドアを開け、雨を見つめる。", "彼は子供を肩に乗せる。"],
    "ko": ["빨간 코트를 입은 여자가 문을 열고 비를 바라본다.", "그는 아이를 어깨에 올린다."],
    "th": ["ผู้หญิงในเสื้อโค้ทสีแดงเปิดประตูและมองออกไปที่สายฝน"],
}
ALL = [(tag, line) for tag, lines in LINES.items() for line in lines]
KIN = ({"nb", "da", "sv"}, {"ru", "uk"}, {"es", "pt", "it"})
"""Lines of which may be taken for each other."""


@pytest.mark.parametrize(("tag", "line"), ALL)
def test_a_right_line_is_not_called_wrong(tag: str, line: str) -> None:
    assert in_language(line, tag) is not False


def test_most_right_lines_are_known_to_be_right() -> None:
    assert sum(in_language(line, tag) is True for tag, line in ALL) > 0.9 * len(ALL)


def test_most_lines_in_another_language_are_noticed() -> None:
    wrong = [
        in_language(line, wanted)
        for tag, line in ALL
        for wanted in LINES
        if tag != wanted and not any({tag, wanted} <= kin for kin in KIN)
    ]
    assert True not in wrong
    assert sum(answer is False for answer in wrong) > 0.9 * len(wrong)


@pytest.mark.parametrize("tag", ["de", "fr", "es", "pl", "fi", "tr", "ru", "ja"])
def test_a_line_left_in_english_is_noticed(tag: str) -> None:
    for line in LINES["en"][:3]:
        assert in_language(line, tag) is False


RIGHT = [
    ("en", "In the Rue de la Paix, Jean-Pierre hails a taxi."),
    ("en", "Giovanni Bellini hands Francesca Romano the Corriere della Sera."),
    ("en", "At the Piazza della Signoria, Signora di Lorenzo buys gelato."),
    ("en", "Ludwig van Beethoven kisses Catherine de' Medici."),
    ("en", "La Señorita González de la Vega y Torres bows."),
    ("en", "Svetlana Aleksandrovna bows to Dmitri Ivanovich."),
    ("en", "Nguyen Van Minh pours tea for Tran Thi Lan."),
    ("en", "The maître d' pours crème de menthe into a café au lait."),
    ("en", "She orders spaghetti alla carbonara and a bottle of vino rosso della casa."),
    ("en", 'A sign reads: "Rauchen und offenes Feuer sind streng verboten".'),
    ("en", "On the door: Betreten der Baustelle verboten, Eltern haften für ihre Kinder."),
    ("en", "Under the words “Défense d'afficher sur ce mur sous peine d'amende” stands a boy."),
    ("en", "Neon letters flicker: 北京烤鸭店欢迎您光临."),
    ("en", "He points at «Осторожно, двери закрываются» and laughs."),
    ("de", "Auf dem Plakat steht: The Last Days of the Old Empire."),
    ("de", "Der Cowboy trinkt Whisky im Saloon."),
    ("fr", "Un panneau indique « Danger, keep out of the water » en lettres rouges."),
    ("es", "Un hacker con una laptop en el lobby."),
    ("it", "Il manager chiude il laptop nel weekend."),
    ("ru", "На экране надпись «The End of the World as We Know It»."),
    ("ja", "看板に「Welcome to the Grand Hotel」と書かれている。"),
    ("sr", "Жена отвара прозор и гледа напоље."),
    ("sr", "Žena otvara prozor i gleda napolje."),
]


@pytest.mark.parametrize(("tag", "line"), RIGHT)
def test_names_titles_and_what_is_read_out_make_no_line_wrong(tag: str, line: str) -> None:
    assert in_language(line, tag) is not False


@pytest.mark.parametrize(
    "line", ["", "  ", "…", "1944", "Anna.", "Paris, 1944.", "Snow falls.", "Jean-Pierre Dubois, Marie-Claire"]
)
@pytest.mark.parametrize("tag", ["en", "fr", "ru", "ja"])
def test_of_short_lines_and_names_nothing_is_said(line: str, tag: str) -> None:
    assert in_language(line, tag) is not False


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("en", "女人走进房间。"),
        ("en", "女人走进Anna的房间。"),
        ("de", "Женщина открывает дверь."),
        ("ru", "A woman opens the door."),
        ("zh", "She opens the door."),
        ("ja", "She opens the door."),
        ("el", "She opens the door."),
        ("ko", "彼女はドアを開ける。"),
        ("zh", "彼女はドアを開けて部屋に入る。"),
    ],
)
def test_even_a_short_line_in_another_script_is_wrong(tag: str, line: str) -> None:
    assert in_language(line, tag) is False


@pytest.mark.parametrize("tag", ["de-AT", "de_CH", "DE", "de-CH-1996"])
def test_regions_and_spelling_of_a_tag_do_not_matter(tag: str) -> None:
    assert in_language(LINES["de"][0], tag) is True
    assert in_language(LINES["en"][0], tag) is False


@pytest.mark.parametrize("tag", ["zh-Hans", "zh-Hant-TW", "zh"])
def test_chinese_is_chinese_in_either_script(tag: str) -> None:
    assert in_language(LINES["zh"][0], tag) is True


@pytest.mark.parametrize("tag", ["xx", "tlh", "", "sr-Latn", "zh-Latn", "ja-Latn"])
def test_of_a_language_that_is_not_known_nothing_is_said(tag: str) -> None:
    assert {in_language(line, tag) for line in LINES["en"]} == {None}


def test_every_language_that_a_model_is_asked_for_is_known() -> None:
    foreign = (LINES["en"][0], LINES["ja"][0])
    assert [tag for tag in LANGUAGES if False not in [in_language(line, tag) for line in foreign]] == []


def test_a_line_that_never_ends_takes_no_time() -> None:
    began = thread_time()
    for line in ("“" * 1_000_000, "a: " * 300_000, "'a " * 300_000, "She opens the door. " * 50_000):
        in_language(line, "en")
    assert thread_time() - began < 3


def test_our_own_examples_are_english() -> None:
    assert {in_language(line, "en") for line in EXAMPLES if len(line.split()) > 4} <= {True, None}


@pytest.mark.media
def test_no_human_description_is_called_wrong(media: Path) -> None:
    texts = [
        (tag, line)
        for path in sorted([*media.rglob("*_ad_desc.*.vtt"), *media.rglob("*descriptions*.vtt")])
        for tag in re.findall(r"(?<=\.)(?:fr|id)(?=\.vtt)", path.name) or ["en"]
        for before, line in pairwise(path.read_text("utf-8").splitlines())
        if "-->" in before
    ]
    assert len(texts) > 200
    assert [(tag, line) for tag, line in texts if in_language(line, tag) is False] == []
