"""What is said between a film's process and the one that has the describer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from audiodesc.core.pickling import can_be_pickled
from audiodesc.errors import AudiodescError

if TYPE_CHECKING:
    from audiodesc.describers.base import Describer
    from audiodesc.model import FrameRequest, VideoClip


class HostLostError(Exception):
    """The process that has the describer died, or does not know a describer of that id (any more)."""


class LostError(AudiodescError):
    """The describer's process died again and again while it was asked about a film."""

    exit_code: ClassVar[int] = 1


class Transport(Protocol):
    """How to write a transport: one object for a film, which reaches the `DescriberHost` of its batch."""

    def call(self, method: str, /, *args: Any) -> Any:
        """What the host's method of that name gives back; blocks until then. May be called from several threads.

        Raises what the method raises, and HostLostError where the host died meanwhile; the next call then reaches
        another host.
        """


@dataclass(frozen=True, slots=True)
class Described:
    """What a describer says of itself, with the names of `Describer`."""

    fingerprint: str
    label: str
    limits: str
    frames: FrameRequest
    lines_at_once: int
    asked_ahead: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A describer that a host has chosen. `id` is what calls name it by, "" for one that is not shared: `own` is then
    the describer itself, for the film's process to use, or None where it cannot be sent: the film chooses its own."""

    id: str
    why: str = ""
    momentary: bool = False
    own: Describer | None = None

    @property
    def shared(self) -> bool:
        """Whether films share it."""
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a describer did for one film: seconds of its work, and tokens; None where it counts none."""

    seconds: float = 0.0
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a host since it was made: seconds in which it had work in hand, clips and lines that it answered, and clips
    that wait."""

    busy_s: float = 0.0
    clips: int = 0
    lines: int = 0
    waiting: int = 0


def bytes_of(clip: VideoClip) -> int:
    """Bytes of a clip's frames."""
    return sum(frame.image.nbytes for frame in clip.frames)


def sendable_error(error: Exception) -> Exception:
    """An error of a describer as it is sent to the film's process: itself, or one with the same text where it cannot be
    pickled."""
    if can_be_pickled(error):
        return error
    first = next(iter(str(error).splitlines()), "")
    return AudiodescError(f"the describer failed ({type(error).__name__}: {first})", "look at its log, then run again")
