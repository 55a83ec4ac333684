"""The lexicon: which words it replaces, which it leaves alone, and what it says of a wrong file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import InputError
from audiodesc.speak.lexicon import IPA_END, IPA_START, Entry, Lexicon, has_ipa, lexicon_text, read_lexicon, split_ipa


def sounds(ipa: str) -> str:
    return f"{IPA_START}{ipa}{IPA_END}"


def read(tmp_path: Path, text: str) -> Lexicon:
    path = tmp_path / "names.toml"
    path.write_text(text, "utf-8")
    return read_lexicon(path)


NAMES = """
"Siobhan" = "shiv-awn"
"Siobhan Roche" = "shiv-awn rawsh"
"Nguyen" = { ipa = "ˈŋwiən" }
"US" = { say = "U S", case = true }
"O'Hara" = "oh-harra"
"José" = "hoh-zay"
"""


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Siobhan waits.", "shiv-awn waits."),
        ("SIOBHAN! siobhan?", "shiv-awn! shiv-awn?"),
        ("Siobhan's coat, Siobhan’s hat", "shiv-awn's coat, shiv-awn’s hat"),
        ("Siobhan Roche and Siobhan", "shiv-awn rawsh and shiv-awn"),
        ("Siobhan\nRoche", "shiv-awn rawsh"),
        ("Nguyen waits.", f"{sounds('ˈŋwiən')} waits."),
        ("Nguyen's dog", f"{sounds('ˈŋwiənz')} dog"),
        ("The US asks us.", "The U S asks us."),
        ("O’Hara and O'Hara", "oh-harra and oh-harra"),
        ("José", "hoh-zay"),
        ("Jose\u0301", "hoh-zay"),  # an e and an accent
        ("(Siobhan)", "(shiv-awn)"),
        ("Anne-Siobhan", "Anne-shiv-awn"),
    ],
)
def test_words_that_have_an_entry(tmp_path: Path, text: str, spoken: str) -> None:
    assert read(tmp_path, NAMES).spoken(text) == spoken


@pytest.mark.parametrize("text", ["Siobhanes", "McSiobhan", "Siobhan2", "Siobhan_", "Josephine", "USA", "éSiobhan", ""])
def test_parts_of_words_are_left_alone(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, NAMES).spoken(text) == text


def test_an_accent_that_cannot_be_composed_is_part_of_its_word() -> None:
    assert Lexicon((Entry("Max", "M"),)).spoken("Max\u030c") == "Max\u030c"


def test_nothing_is_looked_up_in_what_was_put_in() -> None:
    lexicon = Lexicon((Entry("Ann", "Bob"), Entry("Bob", "Carl")))
    assert lexicon.spoken("Ann and Bob") == "Bob and Carl"


@pytest.mark.parametrize(
    ("ipa", "possessive"),
    [("ˈæn", "ˈænz"), ("ˈruːθ", "ˈruːθs"), ("ˈælɪs", "ˈælɪsɪz"), ("ˈʒɔʒ", "ˈʒɔʒɪz"), ("ˈliː", "ˈliːz")],
)
def test_the_english_possessive_of_ipa(ipa: str, possessive: str) -> None:
    assert Lexicon((Entry("X", ipa=ipa),)).spoken("X's") == sounds(possessive)


words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6)
texts = st.text(max_size=60).filter(lambda text: IPA_START not in text and IPA_END not in text)


@given(texts, st.lists(words, max_size=4, unique_by=str.casefold))
def test_a_text_without_entries_is_unchanged(text: str, names: list[str]) -> None:
    lexicon = Lexicon(tuple(Entry(f"zq{name}qz", "no") for name in names))
    assert lexicon.spoken(text) == text


@given(texts, st.lists(words, min_size=1, max_size=4, unique_by=str.casefold))
def test_replacing_twice_is_replacing_once(text: str, names: list[str]) -> None:
    lexicon = Lexicon(tuple(Entry(name, "&&") for name in names))  # no entry's word is in a replacement
    once = lexicon.spoken(f"{text} {names[0]}")
    assert lexicon.spoken(once) == once


@given(st.lists(words.filter(str.isascii), min_size=1, max_size=5, unique_by=str.casefold), st.data())
def test_every_word_with_an_entry_is_replaced(names: list[str], data: st.DataObject) -> None:
    lexicon = Lexicon(tuple(Entry(name, f"<{number}>") for number, name in enumerate(names)))
    chosen = data.draw(st.lists(st.integers(0, len(names) - 1), max_size=8))
    changed = [data.draw(st.sampled_from([names[i], names[i].upper(), names[i].lower()])) for i in chosen]
    assert lexicon.spoken(" ".join(changed)) == " ".join(f"<{i}>" for i in chosen)


@given(st.text(alphabet=[IPA_START, IPA_END, "a", " ", "ɪ"], max_size=30))
def test_a_text_has_no_right_to_marks(text: str) -> None:
    assert not has_ipa(Lexicon().spoken(text))
    assert not has_ipa(Lexicon((Entry("b", "c"),)).spoken(text))


def test_the_stretches_of_a_text() -> None:
    text = f"She is {sounds('ˈæn')}, {sounds('ˈliː')}."
    assert list(split_ipa(text)) == [("She is ", False), ("ˈæn", True), (", ", False), ("ˈliː", True), (".", False)]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("/ʃɪˈvɔːn/", "ʃɪˈvɔːn"),
        ("[ʃɪ.ˈvɔːn]", "ʃɪˈvɔːn"),
        ("gI'vO:n", None),
        ("ɡɪ'vɔ:n", "ɡɪˈvɔːn"),
        ("gɪˈvɔːn", "ɡɪˈvɔːn"),
        ("t͡ʃɑː", "ˈtʃɑː"),
        ("ʧɑː", "ˈtʃɑː"),
        ("ˈfʁɑ̃ˈswa", "ˈfʁɑ̃ˈswa"),
        ("a1", None),
        ("<b>", None),
        ("{{x}}", None),
    ],
)
def test_ipa_has_one_form(tmp_path: Path, written: str, read_as: str | None) -> None:
    text = f'"X" = {{ ipa = "{written}" }}'
    if read_as is None:
        with pytest.raises(InputError, match=r'names\.toml: "X": .* is no IPA'):
            read(tmp_path, text)
    else:
        assert read(tmp_path, text).entries == (Entry("X", ipa=read_as),)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"Ann" = 7', '"Ann": must be text or a table'),
        ('"Ann" = ["a"]', '"Ann": must be text or a table'),
        ('"Ann" = ""', '"Ann": needs something to be said'),
        ('"Ann" = {}', '"Ann": needs something to be said'),
        ('"Ann" = { case = true }', '"Ann": needs something to be said'),
        ('"Ann" = { say = "a", ipa = "a" }', '"Ann": needs something to be said: text, or ipa, and not both'),
        ('"Ann" = { say = 7 }', '"Ann": say must be text'),
        ('"Ann" = { ipa = true }', '"Ann": ipa must be text'),
        ('"Ann" = { say = "a", case = "yes" }', '"Ann": case must be true or false'),
        ('"Ann" = { sya = "a" }', "unknown key 'sya'"),
        ('St.Mary = "saint mary"', "\"St\": unknown key 'Mary' (words with a dot or a space stand in quotes)"),
        ('" " = "a"', "has no words"),
        (f'"Ann" = "{"a" * 201}"', '"Ann": is longer than 200 characters'),
        (f'"Ann" = {{ ipa = "{"a" * 201}" }}', '"Ann": is longer than 200 characters'),
        (f'"{"b" * 201}" = "a"', f'"{"b" * 40}…": is longer than 200 characters'),
        ('"ann" = "a"\n"Ann" = "b"', "\"Ann\": is there already, as 'ann'"),
        ('"Ann" = "a', "not TOML"),
        ("Ann", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_entry(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'names.toml'}: ")
    assert fault in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_lexicon(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not TOML"):
        read_lexicon(tmp_path / "x.toml")


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    lexicon = read(tmp_path, '"a.*(b" = "\\\\1\\\\g<0>"\n"C++" = "see"\n"x" = "\\u0000\\ue1a0a\\ue1a1"')
    assert lexicon.spoken("a.*(b aXXb C++ x") == r"\1\g<0> aXXb see a"


def test_the_fingerprint_is_what_is_said(tmp_path: Path) -> None:
    assert Lexicon().fingerprint == ""
    one = Lexicon((Entry("Ann", "an"),), "one.toml")
    assert one.fingerprint == Lexicon((Entry("Ann", "an"),), "other.toml").fingerprint
    changes = [{"words": "Anna"}, {"say": "on"}, {"case": True}, {"say": "", "ipa": "ˈan"}]
    others = {Lexicon((dataclasses.replace(one.entries[0], **change),)).fingerprint for change in changes}  # type: ignore[arg-type]
    assert len({one.fingerprint, *others}) == 5


def test_a_voice_is_asked_for_ipa_only() -> None:
    Lexicon((Entry("Ann", "an"),)).check(lambda ipa: False)
    lexicon = Lexicon((Entry("Bob", ipa="ˈbab"), Entry("Nguyen", ipa="ˈŋwiən")), "names.toml")
    lexicon.check(lambda ipa: True)
    with pytest.raises(InputError, match=r'names.toml: "Bob": the voice takes no IPA: spell it as it sounds'):
        lexicon.check(lambda ipa: False)
    with pytest.raises(InputError, match=r'names.toml: "Nguyen": the voice cannot speak \'ŋ\''):
        lexicon.check(lambda ipa: "ŋ" not in ipa)


def test_many_entries_take_no_time(tmp_path: Path) -> None:
    lexicon = read(tmp_path, "\n".join(f'"Name{number}" = "n {number}"' for number in range(3000)))
    assert lexicon.spoken("Name2999 meets Name29 and Name.") == "n 2999 meets n 29 and Name."


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entries = (
        Entry("Siobhan", "shiv-awn"),
        Entry('"Max" \\ O\u2019Neill', ipa="ˈmæks"),
        Entry("US", "U S", case=True),
        Entry("us", "uhs"),
        Entry("a.b = c", "[table]"),
    )
    assert read(tmp_path, lexicon_text(entries)).entries == entries
