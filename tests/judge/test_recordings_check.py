"""Recordings held against a script: by their length, by their sound and by their words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from commandline import audiodesc
from hypothesis import given
from hypothesis import strategies as st
from recordings.speech import RATE, TEXTS, in_room, spoken, tone, write
from stories import write_script

from audiodesc.errors import InputError
from audiodesc.judge.recorded import RecordingsCheck, held_against
from audiodesc.media.clips import wav_length
from audiodesc.recordings.hearing import compared, spoken_words, word_errors
from audiodesc.recordings.transcribing import transcriber
from audiodesc.recordings.wanted import WantedLine
from audiodesc.scripts import ScriptLine

LINES = tuple(ScriptLine(n * 10_000, n * 10_000 + 8_000, text, id=f"id{n}") for n, text in enumerate(TEXTS, 1))


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    """All lines, each in its file."""
    for n, text in enumerate(TEXTS, 1):
        write(tmp_path / f"takes{n}.wav", in_room(text)).rename(_made(tmp_path / "takes") / f"id{n}.wav")
    return tmp_path / "takes"


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def says(words: list[str]) -> Callable[[Path], str]:
    """A recogniser that knows clips by their lengths."""
    known = {len(spoken(text)): said for text, said in zip(TEXTS, words, strict=True)}
    return lambda clip: known[min(known, key=lambda length: abs(length - wav_length(clip)))]


def found(check: RecordingsCheck) -> list[tuple[str, str]]:
    return [(one.kind, one.line) for one in check.findings]


def test_recordings_that_are_right_have_no_findings(takes: Path) -> None:
    check = held_against(LINES, takes, transcribe=says([text.upper().replace(",", "") for text in TEXTS]))
    assert check.findings == ()
    assert (check.lines, check.recorded, check.compared, check.wrong_words) == (3, 3, 3, 0)
    assert check.exit_code(strict=True) == 0


def test_where_the_film_stops_a_recording_is_too_long_only_beyond_the_longest_stop(takes: Path) -> None:
    lines = tuple(ScriptLine(n * 1_000, n * 1_000 + 500, text, id=f"id{n}") for n, text in enumerate(TEXTS, 1))
    assert {kind for kind, _ in found(held_against(lines, takes))} == {"long"}
    assert held_against(lines, takes, most_ms=15_000).findings == ()
    longest_s = len(spoken(TEXTS[1])) / RATE
    check = held_against(lines, takes, most_ms=round(longest_s * 1000) - 1_000)
    assert found(check) == [("long", "id2")]
    assert f"the film stops for {longest_s - 1:.1f} s at most" in check.findings[0].message


def test_recordings_of_each_others_lines_are_known_by_their_words(takes: Path) -> None:
    (takes / "id1.wav").rename(takes / "x")
    (takes / "id3.wav").rename(takes / "id1.wav")
    (takes / "x").rename(takes / "id3.wav")
    check = held_against(LINES, takes, transcribe=says(list(TEXTS)))
    assert found(check) == [("line", "id1"), ("line", "id3")]
    assert "is of line id3" in check.findings[0].message
    assert check.exit_code() == 8


def test_other_words_are_a_warning_and_one_misheard_is_none(takes: Path) -> None:
    one, two, three = TEXTS
    said = [one.replace("bridge", "ridge"), "Something else altogether is said here, in many words", three]
    check = held_against(LINES, takes, transcribe=says(said))
    assert found(check) == [("words", "id2")]
    assert said[1] in check.findings[0].message
    assert check.wrong_words > 5
    assert (check.exit_code(), check.exit_code(strict=True)) == (0, 8)
    assert two


def test_what_is_missing_unused_broken_or_noisy_is_said(takes: Path) -> None:
    (takes / "id2.wav").unlink()
    (takes / "id3.wav").write_text("no sound")
    (takes / "hello.wav").write_bytes((takes / "id1.wav").read_bytes())
    hum = in_room() + tone(len(in_room()), 60, -45)
    write(takes / "id1.wav", hum)
    check = held_against(LINES, takes)
    assert found(check) == [("unused", ""), ("sound", "id1"), ("missing", "id2"), ("sound", "id3")]
    assert [one.severity for one in check.findings] == ["warning", "warning", "info", "error"]
    assert check.compared == 0


@pytest.mark.parametrize(
    ("end_ms", "next_ms", "kinds"), [(8_000, 9_000, []), (1_500, 9_000, ["long"]), (2_000, 2_000, ["long"])]
)
def test_a_recording_has_the_time_of_its_line(takes: Path, end_ms: int, next_ms: int, kinds: list[str]) -> None:
    lines = (ScriptLine(0, end_ms, TEXTS[0], id="id1"), ScriptLine(next_ms, next_ms + 8_000, TEXTS[1], id="id2"))
    check = held_against(lines, takes)
    assert [one.kind for one in check.findings if one.line == "id1"] == kinds
    assert all(one.severity == ("error" if next_ms == 2_000 else "warning") for one in check.findings if one.line)


def test_check_prints_what_was_found(takes: Path, tmp_path: Path) -> None:
    script = write_script(
        tmp_path / "script.vtt", [(f"00:{n}0.000", f"00:{n}8.000", text) for n, text in enumerate(TEXTS, 1)]
    )
    for n in (1, 2, 3):
        (takes / f"id{n}.wav").rename(takes / f"{n:04}.wav")
    (takes / "0002.wav").unlink()
    done = audiodesc("check", script, "--recordings", takes)
    assert done.returncode == 0
    assert "Recordings: 2 of 3 lines; 0 errors, 0 warnings." in done.stdout
    assert "Words were not compared" in done.stdout
    assert "it is not recorded" in done.stdout
    as_json = json.loads(audiodesc("check", script, "--recordings", takes, "--json").stdout)
    assert [one["kind"] for one in as_json["recordings"]["findings"]] == ["missing"]
    for wrong in (["--asr", "x"], ["--recordings", takes, "--sarif"], ["--recordings", tmp_path / "nothing"]):
        assert audiodesc("check", script, *wrong).returncode in (2, 3)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8)


@given(WORDS, WORDS)
def test_the_distance_of_words_is_one(one: list[str], other: list[str]) -> None:
    errors = word_errors(one, other)
    assert errors == word_errors(other, one)
    assert abs(len(one) - len(other)) <= errors <= max(len(one), len(other))
    assert (errors == 0) == (one == other)


@given(WORDS, st.integers(0, 8), st.sampled_from(["x", "y"]))
def test_one_word_more_is_one_error(words: list[str], place: int, more: str) -> None:
    assert word_errors(words, [*words[:place], more, *words[place:]]) == 1


def test_texts_without_spaces_are_compared_by_their_letters() -> None:
    assert spoken_words("彼女は走る。") == list("彼女は走る")
    assert spoken_words("Don’t — “go”, Ärger!") == ["dont", "go", "ärger"]


def test_a_line_is_not_taken_for_another_that_is_no_nearer() -> None:
    lines = [WantedLine(str(n), n, n, text) for n, text in enumerate(TEXTS)]
    assert compared(lines[0], "Nothing of that is here at all in these words", lines).other == ""
    assert compared(lines[0], "", lines).differs
    assert not compared(WantedLine("9", 9, 9, "He falls."), "He fell.", lines).differs


def test_a_recogniser_in_a_folder_listens_and_a_wrong_folder_is_named(tmp_path: Path) -> None:
    """Of the family of wav2vec 2.0, for it is small to make: random weights hear nothing sensible."""
    pytest.importorskip("transformers")
    folder = tiny_recogniser(tmp_path / "model")
    transcribe = transcriber(str(folder), "en")
    assert transcribe
    clip = write(tmp_path / "clip.wav", (np.round(spoken() * 32_767) / 32_768).astype(np.float32), codec="pcm_s16le")
    assert isinstance(transcribe(clip), str)
    with pytest.raises(InputError, match="holds no model of speech recognition"):
        transcriber(str(_made(tmp_path / "empty")), "en")
    with pytest.raises(InputError, match="no folder, nor a model in the cache"):
        transcriber("nobody/nothing", "en")
    assert wav_length(clip) == len(spoken()) > RATE


def tiny_recogniser(folder: Path) -> Path:
    from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    folder.mkdir()
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(letters)}))
    config = Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_stride=(20, 16),
        conv_kernel=(20, 16),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder
