"""Every file says by machine what it is: read back by other programs than the one that wrote it."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import aaf2
import av
import mido
import opentimelineio as otio
import pytest
import rpp
from docx import Document
from films import Sound, make_film, tone
from lxml import etree
from openpyxl import load_workbook

import audiodesc
from audiodesc.core.provenance import TERMS
from audiodesc.media.xmp import IPTC, XMP_UUID
from audiodesc.settings import DeliverSettings, Settings, VoiceSettings

COMPOSITE = f"{TERMS}composite"
ALGORITHM = f"{TERMS}algorithmicMedia"
PERSONS = f"{TERMS}digitalCreation"

TIMELINES = ("edl", "otio", "aaf", "reaper", "protools")

SCRIPT = "WEBVTT\n\n00:01.000 --> 00:03.000\nA red wall.\n\n00:05.000 --> 00:07.000\nIt is gone.\n"


def rendered(folder: Path, suffix: str = ".mp4", **deliver: Any) -> audiodesc.Result:
    """A film of ten seconds with two lines of a person in it, spoken by the voice that needs no model."""
    film = make_film(folder / f"film{suffix}", seconds=10, sounds=[Sound(tone(10), "mono", codec="aac")])
    script = folder / "mine.vtt"
    script.write_text(SCRIPT)
    chosen = Settings(voice=VoiceSettings(name="espeak-en-gb"), deliver=DeliverSettings(**deliver))
    return audiodesc.render(film, script, settings=chosen)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> audiodesc.Result:
    also = ("docx", "xlsx", "dapt", "rtf", "txt", "transcript", "lines", "wav-regions", *TIMELINES)
    return rendered(tmp_path_factory.mktemp("made"), also=also, stems=True)


@pytest.fixture(scope="module")
def lossless(tmp_path_factory: pytest.TempPathFactory) -> audiodesc.Result:
    return rendered(tmp_path_factory.mktemp("lossless"), ".mkv", track="wav")


def packet(content: bytes) -> Any:
    """The one XMP packet in the bytes of a file."""
    (found,) = re.findall(rb"<\?xpacket begin.*?\?>(.*?)<\?xpacket end", content, re.S)
    return etree.fromstring(found)


def source_type(path: Path) -> str:
    return str(packet(path.read_bytes()).findtext(f".//{{{IPTC}}}DigitalSourceType"))


def test_mp4_and_m4a_have_it_as_xmp_in_a_box_of_their_own(made: audiodesc.Result) -> None:
    for kind in ("film", "track"):
        content = made.files[kind].read_bytes()
        at = content.index(XMP_UUID)
        size, name = struct.unpack(">I4s", content[at - 8 : at])
        assert name == b"uuid"
        assert at - 8 + size == len(content)
        assert source_type(made.files[kind]) == COMPOSITE


def test_sound_says_it_in_tags(made: audiodesc.Result) -> None:
    for kind in ("film", "track", "narration"):
        with av.open(str(made.files[kind])) as file:
            comment = {name.lower(): text for name, text in file.metadata.items()}["comment"]
        assert "2 lines written by a person" in comment
        assert "2 lines spoken by a synthetic voice (espeak-en-gb" in comment


def test_flac_has_each_fact_as_a_tag(made: audiodesc.Result) -> None:
    with av.open(str(made.files["narration"])) as file:
        tags = {name.lower(): text for name, text in file.metadata.items()}
    assert tags["digital_source_type"] == ALGORITHM
    assert (tags["lines_written_by_person"], tags["lines_recorded_by_person"]) == ("2", "0")
    assert "ai_system" not in tags


def test_matroska_has_each_fact_at_the_film_and_at_the_track(lossless: audiodesc.Result) -> None:
    with av.open(str(lossless.files["film"])) as file:
        described = file.streams.audio[-1].metadata
        for tags in (file.metadata, described):
            assert {name.lower(): text for name, text in tags.items()}["digital_source_type"] == COMPOSITE


def test_wav_is_bwf_with_xmp(lossless: audiodesc.Result) -> None:
    from audiodesc.media.wav_metadata import read_metadata

    track = lossless.files["track"]
    said = read_metadata(track)
    assert "2 lines written by a person" in said.metadata.description
    assert said.metadata.originator.startswith("audiodesc")
    assert said.samples == 480_000
    content = track.read_bytes()
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert source_type(track) == COMPOSITE


def test_the_lines_and_the_narration_as_wav_have_it(made: audiodesc.Result) -> None:
    files = [*made.files["lines"].glob("*.wav"), made.files["wav-regions"]]
    assert [source_type(file) for file in files] == [ALGORITHM] * 3


def of_edl(path: Path) -> dict[str, str]:
    timeline = otio.adapters.read_from_file(str(path), rate=25)
    [*_, last] = timeline.find_clips()
    return dict(row.split(": ", 1) for row in last.metadata["cmx_3600"]["comments"])


def of_otio(path: Path) -> dict[str, str]:
    timeline = otio.adapters.read_from_file(str(path))
    return dict(timeline.metadata["audiodesc"]["provenance"])


def of_aaf(path: Path) -> dict[str, str]:
    with aaf2.open(str(path)) as file:
        [top] = file.content.toplevel()
        said = dict(top.comments.items())
    return {"comment": said.pop("Comments"), **said}


def of_reaper(path: Path) -> dict[str, str]:
    rows = [row.strip().removeprefix("|") for row in path.read_text("utf-8").splitlines() if row.startswith("    |")]
    assert rpp.loads(path.read_text("utf-8")).find("NOTES") is not None
    return dict(row.split(": ", 1) for row in rows[1:])


def of_pro_tools(path: Path) -> dict[str, str]:
    texts = [one for one in mido.MidiFile(str(path), charset="utf-8").tracks[0] if one.type == "text"]
    assert not any(one.time for one in texts)
    return dict(one.text.split(": ", 1) for one in texts)


READERS = dict(zip(TIMELINES, (of_edl, of_otio, of_aaf, of_reaper, of_pro_tools), strict=True))


@pytest.mark.parametrize("name", TIMELINES)
def test_timelines_have_it_as_comments(made: audiodesc.Result, name: str) -> None:
    said = {key.lower(): text for key, text in READERS[name](made.files[name]).items()}
    assert said["digital_source_type"] == (COMPOSITE if name == "reaper" else ALGORITHM)
    assert (said["lines_written_by_person"], said["lines_recorded_by_person"]) == ("2", "0")
    assert "2 lines written by a person" in said["comment"]
    assert "2 lines spoken by a synthetic voice (espeak-en-gb" in said["comment"]


def test_the_ducked_film_is_no_description(made: audiodesc.Result) -> None:
    assert source_type(made.files["ducked"]) == f"{TERMS}algorithmicallyEnhanced"


def test_documents_have_it_in_their_properties(made: audiodesc.Result) -> None:
    word = Document(io.BytesIO(made.files["docx"].read_bytes())).core_properties
    sheet = load_workbook(made.files["xlsx"]).properties
    for comment, keywords in ((word.comments, word.keywords), (sheet.description, sheet.keywords)):
        assert "2 lines written by a person" in comment
        assert f"digital_source_type={PERSONS}" in keywords


def test_texts_have_it(made: audiodesc.Result) -> None:
    dapt = etree.parse(made.files["dapt"])
    (found,) = dapt.xpath("//*[@*[local-name()='descType']='x-digital-source-type']/text()")
    assert found == PERSONS
    assert "{\\doccomm Audio description by audiodesc" in made.files["rtf"].read_text()
    assert made.files["txt"].read_text().startswith("# Audio description by audiodesc")
    page = etree.HTML(made.files["transcript"].read_text())
    assert page.xpath("//meta[@name='digital_source_type']/@content") == [PERSONS]
    assert "2 lines written by a person" in page.xpath("string(//footer)")


def test_the_report_and_the_page_have_it(made: audiodesc.Result) -> None:
    kept = json.loads(made.files["report"].read_text())["provenance"]
    assert kept["digital_source_type"]["mix"] == COMPOSITE
    assert (kept["of"]["by_person"], kept["of"]["untouched"], kept["of"]["voice_kind"]) == (2, 0, "rules")
    page = etree.HTML(made.files["page"].read_text())
    assert page.xpath("//meta[@name='digital_source_type']/@content") == [COMPOSITE]
    assert page.xpath("string(//footer)").strip() == kept["statement"]


def test_exiftool_reads_it(made: audiodesc.Result, lossless: audiodesc.Result) -> None:
    if not shutil.which("exiftool"):
        pytest.skip("exiftool is not installed (libimage-exiftool-perl)")
    files = [made.files["film"], made.files["track"], made.files["ducked"], lossless.files["track"]]
    told = json.loads(
        subprocess.run(["exiftool", "-j", "-a", "-n", *map(str, files)], check=True, capture_output=True).stdout
    )
    assert [one["DigitalSourceType"].removeprefix(TERMS) for one in told] == [
        "composite",
        "composite",
        "algorithmicallyEnhanced",
        "composite",
    ]
    assert not any("Warning" in one or "Error" in one for one in told)


def test_mediainfo_reads_it(made: audiodesc.Result, lossless: audiodesc.Result) -> None:
    if not shutil.which("mediainfo"):
        pytest.skip("mediainfo is not installed")
    for file in (made.files["film"], made.files["track"], made.files["narration"], *lossless.files.values()):
        if file.suffix not in (".mp4", ".m4a", ".flac", ".wav", ".mkv"):
            continue
        told = subprocess.run(["mediainfo", "--Output=JSON", str(file)], check=True, capture_output=True).stdout
        general = json.loads(told)["media"]["track"][0]
        assert any("2 lines written by a person" in str(value) for value in general.values()), file.name


def test_nobody_is_named(made: audiodesc.Result) -> None:
    for path in made.files.values():
        for file in path.rglob("*") if path.is_dir() else [path]:
            assert str(Path.home()).encode() not in file.read_bytes()


def test_the_script_says_it_in_a_note_that_is_nobodys_comment(made: audiodesc.Result) -> None:
    text = made.files["script"].read_text()
    note = text.split("\n\n")[-1]
    assert note.startswith("NOTE\nAbout this file: Audio description by audiodesc")
    assert f"digital_source_type: {PERSONS}" in note
    again = audiodesc.render(made.files["script"].parent)
    assert again.files["script"].read_text() == text


def test_an_edited_and_an_approved_line_of_a_describer_are_counted(tmp_path: Path) -> None:
    from audiodesc.project import Edit, open_project

    film = tmp_path / "film.mp4"
    shutil.copy(Path("samples/sample.mp4"), film)
    shutil.copy(Path("samples/sample.srt"), tmp_path / "film.srt")
    chosen = Settings(voice=VoiceSettings(name="espeak-en-gb"))
    first = audiodesc.describe(film, tmp_path / "film.srt", settings=chosen)
    assert first.report.provenance
    assert first.report.provenance.of.untouched == 3
    with open_project(tmp_path / "film.ad") as project:
        lines = project.lines()
        project.edit([Edit(lines[0].id, text="A sign."), Edit(lines[1].id, state="approved")], "Anna Nym")
    done = audiodesc.render(tmp_path / "film.ad")
    assert done.report.provenance
    of = done.report.provenance.of
    assert (of.untouched, of.approved, of.edited, of.by_person) == (1, 1, 1, 0)
    note = done.files["script"].read_text().split("\n\n")[-1]
    assert f"approved by a person: {lines[1].id}" in note
    for path in done.files.values():
        assert b"Anna Nym" not in path.read_bytes()
