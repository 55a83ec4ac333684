"""The lines as an AAF (Advanced Authoring Format) composition, for Avid Media Composer and Pro Tools.

The media are linked: each line's file is a source mob with a locator, and over it a master mob. The composition counts
in the film's frames and has its timecode; each text is a marker there and a comment of its master mob. Comments of the
composition say who wrote and who speaks the lines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import LineClip, line_clips, media_url, one_line, tracks, with_gaps
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.wav_chunks import BITS, FMT
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings

if TYPE_CHECKING:
    import aaf2

MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A date for all: the same lines give the same file."""


class Aaf(BuiltIn):
    """One clip a line."""

    is_extended = True
    name = "aaf"
    summary = "the lines' files in their places as an AAF composition (Avid, Pro Tools), with the files"
    needs_sound = False
    beside = ("lines",)

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.aaf"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        import aaf2

        with aaf2.open(str(path), "w") as file:
            _Composition(file, delivery).write()
        return ()


class _Composition:
    """What is written into one file."""

    def __init__(self, file: aaf2.file.AAFFile, delivery: Delivery) -> None:
        self._file, self._delivery = file, delivery
        self._count = delivery.timecode[0]
        self._title = one_line(delivery.film.path.stem)

    def write(self) -> None:
        self._say_what_made_it()
        clips = line_clips(self._delivery)
        mob = self._mob(self._file.create.CompositionMob(f"{self._title} audio description"), "composition")
        mob.usage = "Usage_TopLevel"
        for name, text in self._delivery.said("narration").items():
            mob.comments["Comments" if name == "comment" else name] = text
        end = max((clip.frame + clip.frames for clip in clips), default=1)
        self._timecode(mob, self._count.start, end)
        laid = list(enumerate(tracks(clips), 1))
        slots = [self._track(mob, n, track) for n, track in laid]
        for (n, track), described in zip(laid, slots, strict=True):
            self._markers(mob, n, described, track)

    def _say_what_made_it(self) -> None:
        header, made_by = self._file.header, self._delivery.report.made_by
        header["LastModified"].value = MADE
        [said] = header["IdentificationList"].value
        said["Date"].value = MADE
        said["GenerationAUID"].value = self._unique("generation")
        said["CompanyName"].value = said["ProductName"].value = "audiodesc"
        said["ProductVersionString"].value = made_by.removeprefix("audiodesc ")

    def _track(self, mob: Any, n: int, track: list[LineClip]) -> int:
        """A track with its clips; gives the number of its slot."""
        slot = mob.create_sound_slot(_rate(self._count.fps))
        slot.name = f"Audio description {n}"
        slot["PhysicalTrackNumber"].value = n
        sequence = slot.segment
        for gap, clip in with_gaps(track):
            if gap:
                sequence.components.append(self._file.create.Filler("sound", gap))
            sequence.components.append(self._master(clip).create_source_clip(1, clip.head, clip.frames))
        sequence.length = sum(one.length for one in sequence.components)
        return int(slot.slot_id)

    def _master(self, clip: LineClip) -> Any:
        """The clip's master mob, over its file, over its timecode."""
        mob = self._mob(self._file.create.MasterMob(clip.file_name), f"master {_identity(clip)}")
        mob.comments["Comments"] = clip.text
        mob.comments["Line"] = f"{clip.number}"
        slot = mob.create_timeline_slot(RATE_HZ)
        slot.segment = self._source(clip).create_source_clip(1, 0, clip.count)
        slot["PhysicalTrackNumber"].value = 1
        return mob

    def _source(self, clip: LineClip) -> Any:
        file = self._file
        mob = self._mob(file.create.SourceMob(clip.file_name), f"file {_identity(clip)}")
        described = file.create.WAVEDescriptor()
        described["SampleRate"].value = RATE_HZ
        described["Summary"].value = _summary(clip)
        described["Length"].value = clip.count
        described["ContainerFormat"].value = file.dictionary.lookup_containerdef("AAF")
        locator = file.create.NetworkLocator()
        locator["URLString"].value = media_url(self._delivery, clip)
        described["Locator"].append(locator)
        mob.descriptor = described
        slot = mob.create_timeline_slot(RATE_HZ)
        slot.segment = self._tape(clip).create_source_clip(1, 0, clip.count, "sound")
        return mob

    def _tape(self, clip: LineClip) -> Any:
        """Where the file's own timecode stands: as if it had been recorded from a tape with the film's."""
        mob = self._mob(self._file.create.SourceMob(clip.file_name), f"tape {_identity(clip)}")
        mob.descriptor = self._file.create.TapeDescriptor()
        sound = mob.create_timeline_slot(RATE_HZ)
        sound.segment = self._file.create.SourceClip(length=clip.count, media_kind="sound")
        self._timecode(mob, (self._count.start + clip.file_frame) % self._count.day, clip.file_frames)
        return mob

    def _timecode(self, mob: Any, start: int, frames: int) -> None:
        """The slot that numbers the frames."""
        slot = mob.create_timeline_slot(_rate(self._count.fps))
        slot.name = "TC"
        slot["PhysicalTrackNumber"].value = 1
        slot.segment = self._file.create.Timecode(self._count.nominal, self._count.drops, frames)
        slot.segment.start = start

    def _markers(self, mob: Any, n: int, described: int, track: list[LineClip]) -> None:
        """The texts, as markers of track `n`, whose slot is `described`."""
        file = self._file
        slot = file.create.EventMobSlot()
        slot.slot_id = max(one.slot_id for one in mob.slots) + 1
        slot["PhysicalTrackNumber"].value = n
        slot["EditRate"].value = _rate(self._count.fps)
        sequence = file.create.Sequence("DescriptiveMetadata")
        for clip in track:
            marker = file.create.DescriptiveMarker()
            marker["DataDefinition"].value = file.dictionary.lookup_datadef("DescriptiveMetadata")
            marker["Position"].value = clip.frame
            marker["Length"].value = clip.frames
            marker["DescribedSlots"].value = [described]
            marker["Comment"].value = f"{clip.number} {clip.text}"
            sequence.components.append(marker)
        sequence.length = track[-1].frame + track[-1].frames
        slot.segment = sequence
        mob.slots.append(slot)

    def _mob(self, mob: Any, name: str) -> Any:
        """A mob that has its id from the film's content and the line's, and stands in the file."""
        mob.mob_id = _mob_id(self._unique(name))
        mob["CreationTime"].value = mob["LastModified"].value = MADE
        self._file.content.mobs.append(mob)
        return mob

    def _unique(self, name: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"audiodesc {self._delivery.film.fingerprint} {name}")


def _identity(clip: LineClip) -> str:
    return f"{clip.id} {clip.number} {clip.speech.clip.name} {clip.first} {clip.text}"


def _mob_id(unique: UUID) -> Any:
    from aaf2.mobid import MobID

    made = MobID.new()
    made.material = unique
    return made


def _rate(fps: Fraction) -> str:
    return f"{fps.numerator}/{fps.denominator}"


def _summary(clip: LineClip) -> bytearray:
    """The head of the clip's WAV file, up to its form."""
    frame = BITS // 8
    form = FMT.pack(1, 1, RATE_HZ, RATE_HZ * frame, frame, BITS)
    size = 4 + 8 + len(form) + 8 + clip.count * frame
    return bytearray(b"RIFF" + size.to_bytes(4, "little") + b"WAVEfmt " + len(form).to_bytes(4, "little") + form)
