from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import webvtt
from films import FFMPEG, RATE, Sound, make_film, tone, write_srt
from jsonschema import Draft202012Validator
from numpy.typing import NDArray
from stories import CUES, SCRIPT, SECONDS, make_story, write_script

from audiodesc import check
from audiodesc.cli.playback import find_line
from audiodesc.cli.tables import run_summary
from audiodesc.errors import BusyError, OutputError, StrictError, UsageError
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import read_sound
from audiodesc.model import Span
from audiodesc.pipeline import describe, make, render
from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.project import Result
from audiodesc.report import as_plain
from audiodesc.scripts import read_script
from audiodesc.settings import (
    DeliverSettings,
    DialogueSettings,
    Ducking,
    PlanSettings,
    RunSettings,
    Settings,
    SoundSettings,
    VoiceSettings,
)


def samples_of(path: Path) -> NDArray[np.float32]:
    """All samples of a sound file that has as many as the film."""
    import av

    with av.open(str(path)) as file:
        resampler = av.AudioResampler("fltp", rate=RATE)
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        frames += [out.to_ndarray() for out in resampler.resample(None)]
    return np.concatenate(frames, axis=1).astype(np.float32)


def heard_spans(narration: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Stretches of sound in ms; silences under 200 ms do not part them."""
    loud = np.flatnonzero(np.abs(narration) > 1e-3) * 1000 // RATE
    breaks = np.flatnonzero(np.diff(loud) > 200)
    return list(zip(loud[[0, *(breaks + 1)]].tolist(), (loud[[*breaks, -1]] + 1).tolist(), strict=True))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("story")
    return make(make_story(folder), folder / "story.srt")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("render")
    script = write_script(folder / "mine.vtt", SCRIPT)
    return render(
        make_story(folder), script, folder / "story.srt", settings=Settings(deliver=DeliverSettings(track="wav"))
    )


def test_everything_is_there_and_nothing_else(made: Result) -> None:
    names = {"story.ad.vtt", "story.ad.m4a", "story.ad.mp4", "story.narration.flac", "story.ad.json", "story.ad.html"}
    folder = made.files["report"].parent
    assert folder.name == "story.ad"
    assert {path.name for path in folder.iterdir()} == names | {".audiodesc"}


def strokes_ms(path: str) -> list[float]:
    """Where the strokes of a waveform stand, in a row of 16 s."""
    return list(np.cumsum([float(step) for step in re.findall(r"m([\d.]+)", path)]) * 16)


def test_the_page_draws_the_narrator_where_the_lines_are(rendered: Result) -> None:
    """The film of 16 s is one row of 1000 strokes."""
    page = rendered.files["page"].read_text("utf-8")
    [path] = re.findall('class="narration" d="([^"]*)"', page)
    places = strokes_ms(path)
    spans = [speech.span for speech in rendered.spoken]
    assert all(any(span.start_ms - 16 <= ms <= span.end_ms + 16 for span in spans) for ms in places)
    for span in spans:
        heard = [ms for ms in places if span.start_ms <= ms <= span.end_ms]
        assert len(heard) > span.duration_ms / 16 * 0.5
    [mixed] = re.findall('class="mixed" d="([^"]*)"', page)
    for start, end, _ in CUES:  # the tone of the dialogue does not rest
        assert len([ms for ms in strokes_ms(mixed) if start <= ms < end]) == (end - start) // 16


def test_the_titles_are_told_in_the_pauses(made: Result) -> None:
    text = " ".join(caption.text for caption in webvtt.read(str(made.files["script"])).captions)
    assert "the last ferry" in text.lower()
    assert "three days later" in text.lower()


def test_the_script_says_when_the_narrator_is_heard(made: Result) -> None:
    spans = heard_spans(samples_of(made.files["narration"])[0])
    cues = [(c.start_in_seconds, c.end_in_seconds) for c in webvtt.read(str(made.files["script"])).captions]
    begins = [speech.span.start_ms for speech in made.spoken]
    assert len(spans) >= len(begins)
    for speech in made.spoken:
        near = [s for s in spans if s[0] >= speech.span.start_ms - 1 and s[1] <= speech.span.end_ms + 1]
        assert near
        assert near[0][0] - speech.span.start_ms <= 30
        assert speech.span.end_ms - near[-1][1] <= 120
    assert len(cues) == len(made.spoken)


def test_no_line_comes_near_dialogue(made: Result, rendered: Result) -> None:
    for result in (made, rendered):
        assert result.report.overlap_ms == 0
        for start, end in heard_spans(samples_of(result.files["narration"])[0]):
            for cue_start, cue_end, _ in CUES:
                assert end <= cue_start - MARGIN_MS or start >= cue_end + MARGIN_MS


REPORTS = Draft202012Validator(json.loads(files("audiodesc.report").joinpath("schema.json").read_text("utf-8")))


@pytest.fixture(params=["make", "describe", "render"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The report that a command has just written."""
    if request.param == "describe":
        return describe(make_story(tmp_path), tmp_path / "story.srt").files["report"]
    result: Result = request.getfixturevalue({"make": "made", "render": "rendered"}[request.param])
    return result.files["report"]


def test_a_fresh_report_is_what_the_schema_says(written: Path) -> None:
    REPORTS.validate(json.loads(written.read_text("utf-8")))


def test_narration_and_mix_are_as_long_as_the_film(rendered: Result) -> None:
    assert samples_of(rendered.files["narration"]).shape == (1, SECONDS * RATE)
    assert samples_of(rendered.files["track"]).shape == (2, SECONDS * RATE)


def test_a_written_line_is_spoken_where_it_stands(rendered: Result) -> None:
    assert [speech.span.start_ms for speech in rendered.spoken] == [500, 7400, 13_300]
    assert [round(start, -2) for start, _ in heard_spans(samples_of(rendered.files["narration"])[0])] == [
        500,
        7400,
        13_300,
    ]


def test_the_film_goes_down_9_db_under_a_line_and_is_itself_elsewhere(rendered: Result) -> None:
    film = probe(rendered.film.path)
    track = programme(film).track
    assert track is not None
    original = np.concatenate(list(read_sound(film, track)), axis=1)
    mix, voice = samples_of(rendered.files["track"]), samples_of(rendered.files["narration"])
    rest = mix - voice * np.sqrt(0.5)
    speech = rendered.spoken[0].span
    under = slice((speech.start_ms + 20) * 48, (speech.end_ms - 20) * 48)
    level = 20 * np.log10(np.sqrt(np.mean(rest[:, under] ** 2) / np.mean(original[:, under] ** 2)))
    assert level == pytest.approx(-9, abs=0.1)
    alone = slice(5_000 * 48, 7_000 * 48)
    assert np.abs(mix[:, alone] - original[:, alone]).max() < 2**-20


def test_the_narrator_is_as_loud_as_the_dialogue(rendered: Result) -> None:
    meter = pyloudnorm.Meter(RATE)
    voice = samples_of(rendered.files["narration"])[0]
    spoken = np.concatenate([voice[s.span.start_ms * 48 : s.span.end_ms * 48] for s in rendered.spoken])
    dialogue = tone(2, 500, 0.1, 2)
    assert meter.integrated_loudness(spoken) == pytest.approx(meter.integrated_loudness(dialogue.T), abs=1)


@pytest.mark.parametrize("level", [0.02, 0.9])
def test_r128_comes_out_at_minus_23(tmp_path: Path, level: float) -> None:
    noise = (np.random.default_rng(3).uniform(-level, level, (2, 20 * RATE))).astype(np.float32)
    film = make_film(tmp_path / "film.mkv", 20, sounds=[Sound(noise, "stereo")])
    script = write_script(tmp_path / "s.vtt", [("00:02.000", "00:05.000", "A long line about a ferry at the pier.")])
    result = render(
        film, script, settings=Settings(sound=SoundSettings(loudness="r128"), deliver=DeliverSettings(track="wav"))
    )
    mix = samples_of(result.files["track"])
    assert pyloudnorm.Meter(RATE).integrated_loudness(mix.T) == pytest.approx(-23, abs=0.2)
    loudness = result.report.loudness
    assert loudness
    assert loudness.after.true_peak_db is not None
    assert loudness.after.true_peak_db <= -1
    assert loudness.after.integrated_lufs == pytest.approx(-23, abs=0.2)


def test_source_loudness_leaves_the_film_as_it_came(rendered: Result) -> None:
    loudness = rendered.report.loudness
    assert loudness
    assert loudness.programme_db == 0
    assert loudness.before.integrated_lufs == pytest.approx(loudness.after.integrated_lufs, abs=0.5)


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_the_layout_stays(tmp_path: Path, layout: str, channels: int) -> None:
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    result = render(
        make_story(tmp_path, "story.mkv", layout, "flac"),
        script,
        settings=Settings(deliver=DeliverSettings(track="flac")),
    )
    assert samples_of(result.files["track"]).shape == (channels, SECONDS * RATE)
    assert [track.layout for track in probe(result.files["film"]).audio_tracks] == [layout, layout]
    voice = samples_of(result.files["narration"])[0]
    mix = samples_of(result.files["track"])
    speech = result.spoken[0].span
    place = slice(speech.start_ms * 48, speech.end_ms * 48)
    likeness = [abs(float(np.corrcoef(channel[place], voice[place])[0, 1])) for channel in mix]
    carriers = {"mono": {0}, "stereo": {0, 1}, "5.1": {2}}[layout]
    assert {i for i, like in enumerate(likeness) if like > 0.9} == carriers


def test_a_film_without_sound_gets_the_narrator_alone(tmp_path: Path) -> None:
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    result = render(make_story(tmp_path, layout=None), script, settings=Settings(deliver=DeliverSettings(track="wav")))
    mix, voice = samples_of(result.files["track"]), samples_of(result.files["narration"])
    assert mix.shape == voice.shape == (1, SECONDS * RATE)
    assert np.abs(mix - voice).max() < 2**-20
    assert voice.any()


def test_describe_writes_the_script_only(tmp_path: Path) -> None:
    result = describe(make_story(tmp_path), tmp_path / "story.srt")
    assert {path.name for path in (tmp_path / "story.ad").iterdir()} == {"story.ad.vtt", "story.ad.json", ".audiodesc"}
    assert result.spoken


def test_make_after_describe_says_the_same(tmp_path: Path, made: Result) -> None:
    film = make_story(tmp_path)
    describe(film, tmp_path / "story.srt")
    again = make(film, tmp_path / "story.srt")
    assert again.files["script"].read_bytes() == made.files["script"].read_bytes()


def test_a_second_run_touches_nothing(made: Result) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.files.values()}
    again = make(made.film.path, made.film.path.with_name("story.srt"))
    assert {path: path.stat().st_mtime_ns for path in again.files.values()} == before
    assert again.report == made.report


def test_one_changed_line_is_the_only_one_voiced_again(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), tmp_path / "mine.vtt"
    first = render(film, write_script(script, SCRIPT), tmp_path / "story.srt")
    clips = set((tmp_path / "story.ad/.audiodesc/cache").glob("say.*.wav"))
    changed = [SCRIPT[0], (SCRIPT[1][0], SCRIPT[1][1], "Darkness comes."), SCRIPT[2]]
    second = render(film, write_script(script, changed), tmp_path / "story.srt")
    assert len(set((tmp_path / "story.ad/.audiodesc/cache").glob("say.*.wav")) - clips) == 1
    assert [s.line.text for s in second.spoken] == [text for _, _, text in changed]
    assert [s.span.start_ms for s in second.spoken] == [s.span.start_ms for s in first.spoken]


def edited(path: Path, old: str, new: str) -> str:
    """Change a script as a person does; give back what it holds then."""
    text = path.read_text("utf-8").replace(old, new)
    path.write_text(text, "utf-8")
    return text


def cues_of(path: Path) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in read_script(path).lines]


def test_a_script_from_elsewhere_is_read_and_never_written_to(tmp_path: Path) -> None:
    """The second line is written into the dialogue from 5 to 7 s, and is spoken behind it."""
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    lines = [SCRIPT[0], ("00:06.800", "00:08.000", "Night falls."), SCRIPT[2]]
    mine = write_script(tmp_path / "mine.vtt", lines)
    before = mine.read_bytes()
    result = render(film, mine, subs)
    assert mine.read_bytes() == before
    assert result.files["script"] == tmp_path / "story.ad/story.ad.vtt"
    told = [(s.span.start_ms, s.span.end_ms, s.line.text) for s in result.spoken]
    assert cues_of(result.files["script"]) == told
    assert [start for start, _, _ in told] == [500, 7_000 + MARGIN_MS, 13_300]
    (note,) = (note for note in result.notes if "moved" in note.message)
    assert note.message == "1 line was moved from 0:06.8 to 0:07.2: the script has the times of all"
    assert check(result.files["script"], film, subs).count("error") == 0
    files = {path: path.stat().st_mtime_ns for path in result.files.values()}
    assert render(tmp_path / "story.ad").files == result.files
    assert {path: path.stat().st_mtime_ns for path in result.files.values()} == files


def test_a_file_of_the_users_is_not_replaced(tmp_path: Path) -> None:
    film = make_story(tmp_path)
    (tmp_path / "story.ad").mkdir()
    (tmp_path / "story.ad/story.ad.m4a").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"story\.ad\.m4a"):
        make(film, tmp_path / "story.srt")
    assert (tmp_path / "story.ad/story.ad.m4a").read_bytes() == b"mine"


def test_a_line_too_long_for_its_pause_is_left_out_and_said(tmp_path: Path) -> None:
    long = "This line goes on and on about the ferry, the pier, the gulls and the woman in the red coat who waits."
    script = write_script(tmp_path / "mine.vtt", [SCRIPT[0], ("00:07.400", "00:08.000", long * 2)])
    result = render(make_story(tmp_path), script, tmp_path / "story.srt")
    assert [s.line.text for s in result.spoken] == [SCRIPT[0][2]]
    assert [outcome.text for outcome in result.left_out] == [long * 2]
    assert "the pause has" in result.report.segments[1].reason
    with pytest.raises(StrictError, match="1 line"):
        render(result.film.path, script, tmp_path / "story.srt", settings=Settings(run=RunSettings(strict=True)))


def test_a_line_over_dialogue_is_left_out_and_one_at_its_edge_moved(tmp_path: Path) -> None:
    lines = [("00:05.500", "00:06.500", "Over dialogue."), ("00:07.050", "00:08.000", "After it.")]
    result = render(make_story(tmp_path), write_script(tmp_path / "s.vtt", lines), tmp_path / "story.srt")
    assert [(s.line.text, s.span.start_ms) for s in result.spoken] == [("After it.", 7_000 + MARGIN_MS)]
    over, after = result.report.segments
    assert (over.number, after.number) == (1, 2)
    assert after.written == Span(7_050, 8_000)
    assert "Moved from 0:07.1 to 0:07.2: “After it.”" in run_summary(result)
    page = result.files["page"].read_text("utf-8")
    assert "(moved from 0:07.050)" in page
    assert 'id="line-2"' in page
    assert 'id="left-1"' in page
    assert find_line(result.files["page"].parent, 2).line.line == "After it."
    with pytest.raises(UsageError, match=r"no spoken line 1, of 1 line: give --line a number from 2 to 2"):
        find_line(result.files["page"].parent, 1)


def test_a_film_without_a_pause_is_not_described(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 4, sounds=[Sound(tone(4), "mono", codec="aac")])
    subs = write_srt(tmp_path / "film.srt", [(0, 2000, "A"), (2100, 4000, "B")])
    result = make(film, subs)
    assert result.spoken == ()
    assert result.report.totals.usable_pauses == 0
    assert result.notes[0].message == result.report.notes[0].message
    assert result.notes[0].message.startswith("no line is spoken: the dialogue leaves no pause of 1.2 s")
    assert set(result.files) == {"script", "report"}
    assert {path.name for path in (tmp_path / "film.ad").iterdir()} == {"film.ad.vtt", "film.ad.json", ".audiodesc"}
    assert "-->" not in result.files["script"].read_text("utf-8")
    assert run_summary(result).splitlines()[0].startswith("film.mp4 was not described: the dialogue leaves no pause")
    assert "upport" not in result.report.check.statement
    with pytest.raises(StrictError, match=r"film\.mp4 was not described: the dialogue leaves no pause") as caught:
        make(film, subs, settings=Settings(run=RunSettings(strict=True)))
    assert caught.value.exit_code == 7
    before = {path: path.stat().st_mtime_ns for path in result.files.values()}
    assert {path: path.stat().st_mtime_ns for path in make(film, subs).files.values()} == before


def test_that_no_line_is_spoken_is_said_of_a_draft_and_of_a_persons_script_too(tmp_path: Path) -> None:
    grey = np.full((120, 160, 3), 128, np.uint8)
    film = make_film(tmp_path / "film.mp4", 6, lambda _: grey, [Sound(tone(6, 330, 0.01), "mono", codec="aac")])
    subs = write_srt(tmp_path / "film.srt", [(0, 1_000, "A")])
    draft = describe(
        film,
        subs,
        settings=Settings(
            dialogue=DialogueSettings(hear=False),
            plan=PlanSettings(density="full"),
            voice=VoiceSettings(language="it"),
        ),
    )
    assert "no line is spoken: " in draft.notes[0].message
    script = write_script(tmp_path / "mine.vtt", [("00:00.100", "00:00.900", "Over it.")])
    rendered = render(film, script, subs, settings=Settings(dialogue=DialogueSettings(hear=False)))
    assert "no line is spoken: the only line is left out (dialogue there" in rendered.notes[0].message


def test_the_report_holds_what_was_seen_said_and_left_out(made: Result) -> None:
    report = json.loads(made.files["report"].read_text("utf-8"))
    assert [(cue["start_ms"], cue["text"]) for cue in report["cues"]] == [(a, text) for a, _, text in CUES]
    assert set(report["seconds"]) == {
        *("probe", "load", "hash", "hear", "shots", "look", "describe", "listen", "mix", "mux", "stills")
    }
    assert report["versions"]["av"]
    for segment in report["segments"]:
        assert (segment["placed"] is None) == bool(segment["reason"])
        assert {"facts", "line", "author", "rate", "watch", "max_words"} <= set(segment)
    assert report["totals"]["lines"] == len(made.spoken)


def test_the_report_says_of_each_pause_why_it_is_used_or_not(made: Result) -> None:
    gaps = made.report.gaps
    assert all(gap.why for gap in gaps)
    planned = [start for gap in gaps for start in gap.planned_ms or ()]
    assert planned == [outcome.segment.wanted_ms for outcome in made.outcomes]
    assert [start for gap in gaps for start in gap.spoken_ms or ()] == [s.span.start_ms for s in made.spoken]


def test_the_report_holds_a_check_of_what_is_spoken(made: Result) -> None:
    check = made.report.check
    assert check.counts["error"] == 0
    assert check.pace.lines == len(made.spoken)
    assert {"over-dialogue", "past-end", "empty-pause"} <= set(check.judged)
    assert json.loads(made.files["report"].read_text("utf-8"))["check"] == as_plain(check)


def test_the_script_that_was_made_passes_a_check_of_its_own(made: Result) -> None:
    judgement = check(made.files["script"], made.film.path, made.film.path.with_name("story.srt"))
    assert judgement.count("error") == 0
    assert judgement.pace.lines == len(made.spoken)


def test_the_check_of_a_persons_script_finds_what_is_wrong_with_it(tmp_path: Path) -> None:
    lines = [("00:00.500", "00:03.000", "There is a ferry."), ("00:13.300", "00:15.000", "We see her go.")]
    film, script = make_story(tmp_path), write_script(tmp_path / "mine.vtt", lines)
    found = render(film, script, tmp_path / "story.srt").report.check.findings
    assert [one.rule for one in found] == ["there-is", "third-person"]
    deaf = Settings(dialogue=DialogueSettings(hear=False))
    without = render(film, script, output=tmp_path / "without", settings=deaf).report.check
    assert without.not_judged["over-dialogue"] == "no subtitles were given"
    assert "Not evaluated: 1.2.5" in without.statement


def test_two_runs_at_once_do_not_meet(tmp_path: Path) -> None:
    from filelock import FileLock

    film = make_story(tmp_path)
    (tmp_path / "story.ad/.audiodesc").mkdir(parents=True)
    with FileLock(tmp_path / "story.ad/.audiodesc/lock"), pytest.raises(BusyError, match="another run"):
        make(film, tmp_path / "story.srt")


def test_a_language_of_three_letters_is_known(made: Result) -> None:
    """Films name languages by ISO 639-2: the story's sound is tagged "eng"."""
    assert made.report.language == "en"
    assert any(speech.line.text.startswith("Text on screen: ") for speech in made.spoken)


def test_without_subtitles_and_without_listening_no_proof_is_claimed(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "s.vtt", SCRIPT)
    assert render(film, script, settings=Settings(dialogue=DialogueSettings(hear=False))).report.overlap_ms is None
    assert render(film, script).report.overlap_ms == 0


def test_a_persons_line_is_not_spoken_over_the_films_own_subtitles(tmp_path: Path) -> None:
    """As with the same subtitles beside it: the second line is wholly over them."""
    film = make_story(tmp_path)
    inside, lines = tmp_path / "inside.mp4", [SCRIPT[0], ("00:05.200", "00:06.900", "Over dialogue.")]
    inputs: list[str | Path] = ["-loglevel", "error", "-i", film, "-i", tmp_path / "story.srt"]
    subprocess.run([FFMPEG, *inputs, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text", inside], check=True)
    script = write_script(tmp_path / "s.vtt", lines)
    for hear in (True, False):
        made = render(
            inside, script, output=tmp_path / f"own{hear}", settings=Settings(dialogue=DialogueSettings(hear=hear))
        )
        assert [speech.line.text for speech in made.spoken] == [SCRIPT[0][2]]
        assert [cue.text for cue in made.report.cues] == [text for _, _, text in CUES]
        assert "subtitles taken from track" in str(made.report.notes)


def test_where_nothing_is_known_of_the_dialogue_a_persons_lines_are_spoken_and_that_is_said(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "s.vtt", SCRIPT)
    deaf = render(film, script, settings=Settings(dialogue=DialogueSettings(hear=False)))
    assert len(deaf.spoken) == len(SCRIPT)
    notes = [note.message for note in deaf.report.notes]
    assert any("no subtitle track with text" in message for message in notes)
    assert any("nothing tells when people speak" in message for message in notes)
    assert "nothing tells" not in str(render(film, script, output=tmp_path / "heard").report.notes)


def test_another_voice_profile_of_the_same_name_is_another_voice(tmp_path: Path) -> None:
    film, script, voice = make_story(tmp_path), write_script(tmp_path / "s.vtt", SCRIPT), tmp_path / "mine.toml"
    profile = "engine = 'espeak'\nvoice = 'gmw/en'\nlanguage = 'en'\nlicence = 'x'\n[settings]\npitch = {}\n"
    voice.write_text(profile.format(50), "utf-8")
    first = (
        render(film, script, settings=Settings(voice=VoiceSettings(name=str(voice)))).files["narration"].read_bytes()
    )
    voice.write_text(profile.format(90), "utf-8")
    assert (
        render(film, script, settings=Settings(voice=VoiceSettings(name=str(voice)))).files["narration"].read_bytes()
        != first
    )


def test_a_result_of_a_run_that_was_stopped_between_two_renames_is_made_again(tmp_path: Path) -> None:
    film, script = make_story(tmp_path), write_script(tmp_path / "s.vtt", SCRIPT)
    old = render(film, script).files["track"].read_bytes()
    new = render(film, script, settings=Settings(sound=SoundSettings(ducking=Ducking(depth_db=-30.0))))
    wanted = new.files["track"].read_bytes()
    new.files["track"].write_bytes(old)
    again = render(film, script, settings=Settings(sound=SoundSettings(ducking=Ducking(depth_db=-30.0))))
    assert again.files["track"].read_bytes() == wanted != old


def test_an_edit_made_during_a_run_is_not_lost(tmp_path: Path) -> None:
    film = make_story(tmp_path)
    script = make(film, tmp_path / "story.srt").files["script"]

    def edit(stage: str, done: int, total: int) -> None:
        if stage == "mix":
            script.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nMine.\n", "utf-8")

    with pytest.raises(OutputError, match="was changed"):
        make(
            film,
            tmp_path / "story.srt",
            settings=Settings(sound=SoundSettings(ducking=Ducking(depth_db=-12.0))),
            progress=edit,
        )
    assert "Mine." in script.read_text("utf-8")


def test_strict_and_force_make_nothing_anew(made: Result) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.files.values()}
    again = make(
        made.film.path,
        made.film.path.with_name("story.srt"),
        settings=Settings(run=RunSettings(strict=True, force=True)),
    )
    assert {path: path.stat().st_mtime_ns for path in again.files.values()} == before


def test_a_language_that_no_voice_speaks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no voice speaks"):
        make(
            make_story(tmp_path),
            tmp_path / "story.srt",
            settings=Settings(voice=VoiceSettings(language="tlh")),
        )
