"""What an inspection says of WAV files with ADM, and of receiver mixes, made here byte by byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from inspection.described_films import tone

from audiodesc.inspection import inspect
from audiodesc.media.descriptors import control_track, encode
from audiodesc.media.wav_chunks import WavFile, WavMetadata, chunk

ADM = """<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016"><coreMetadata><format><audioFormatExtended>
<audioProgramme audioProgrammeName="Film" audioProgrammeLanguage="de"/>
<audioContent audioContentName="Description"><dialogue dialogueContentKind="4">1</dialogue></audioContent>
<audioObject audioObjectName="Bed" interact="0" dialogue="2"><audioTrackUIDRef>ATU_1</audioTrackUIDRef></audioObject>
<audioObject audioObjectName="Narrator" interact="1" dialogue="1"><audioTrackUIDRef>ATU_2</audioTrackUIDRef>
<audioObjectInteraction onOffInteract="1" gainInteract="1" positionInteract="0">
<gainInteractionRange bound="min">0.5</gainInteractionRange>
<gainInteractionRange bound="max" gainUnit="dB">6</gainInteractionRange></audioObjectInteraction>
<alternativeValueSet alternativeValueSetID="AVS_1"/></audioObject>
</audioFormatExtended></format></coreMetadata></ebuCoreMain>"""


def with_chunks(place: Path, **chunks: bytes) -> Path:
    """A WAV file of two channels with these chunks at its end."""
    with WavFile(place, WavMetadata(), 2) as file:
        file.push(tone(440, 2, 0.1, 2))
    grown = place.read_bytes() + b"".join(chunk(name.encode(), content) for name, content in chunks.items())
    place.write_bytes(grown[:4] + (len(grown) - 8).to_bytes(4, "little") + grown[8:])
    return place


def test_programmes_and_objects_of_adm(tmp_path: Path) -> None:
    found = inspect(with_chunks(tmp_path / "film.wav", axml=ADM.encode(), chna=bytes(44)))
    assert found.adm
    assert found.adm.programmes == (("Film", "de"),)
    assert found.adm.contents == (("Description", "audio description"),)
    bed, narrator = found.adm.objects
    assert (bed.name, bed.interact, bed.on_off, bed.dialogue, bed.tracks) == ("Bed", False, False, "mixed", 1)
    assert (narrator.on_off, narrator.gain_db, narrator.position) == (True, "-6.0 to 6 dB", "")
    assert narrator.alternatives == 1
    assert [one.description and one.description.certainty for one in found.tracks] == ["certain"]
    assert found.tracks[0].level is None


def test_adm_without_channels_and_hostile_adm(tmp_path: Path) -> None:
    lost = inspect(with_chunks(tmp_path / "lost.wav", axml=ADM.encode()))
    assert "adm-chna" in {one.name for one in lost.findings}
    laughs = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    hostile = inspect(with_chunks(tmp_path / "hostile.wav", axml=laughs))
    assert hostile.adm is None
    assert {one.name: one.severity for one in hostile.findings} == {"wav-xml": "error"}


def test_ixml_is_read(tmp_path: Path) -> None:
    said = b"<BWFXML><PROJECT>Film</PROJECT><NOTE>described</NOTE><SECRET>x</SECRET></BWFXML>"
    found = inspect(with_chunks(tmp_path / "film.wav", iXML=said), loudness=False)
    assert found.said == {"iXML PROJECT": "Film", "iXML NOTE": "described"}


@pytest.mark.parametrize("broken", [0, 5])
def test_a_receiver_mix_by_its_descriptors(tmp_path: Path, broken: int) -> None:
    fades = [0.0] * 30 + [-9.0] * 10 + [0.0] * 60
    content = b"".join(encode(fade, 0.0) for fade in fades)
    data = control_track(content)
    data = data.reshape(-1)
    data[50 * 4_800 : (50 + broken) * 4_800] = 0
    place = tmp_path / "film.wav"
    with WavFile(place, WavMetadata(), 2) as file:
        file.push(np.stack([tone(300, len(data) / 48_000)[0], data]).astype(np.float32))
    found = inspect(place)
    assert found.receiver
    assert abs(found.receiver.descriptors - (100 - broken)) <= 2
    assert abs(found.receiver.broken - broken) <= 2
    assert found.receiver.deepest_db == pytest.approx(-9)
    assert found.receiver.faded == pytest.approx(0.1, abs=0.02)
    assert [one.description and one.description.certainty for one in found.tracks] == ["certain"]


def test_a_sound_in_two_channels_is_no_receiver_mix(tmp_path: Path) -> None:
    assert inspect(with_chunks(tmp_path / "film.wav")).receiver is None
