"""What is made of the film once, in the background: its waveform, and a copy that browsers play where it needs one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.progress import Progress
from audiodesc.project.known import KnownFilm
from audiodesc.review.proxy import make_proxy, proxy_path, unplayable
from audiodesc.review.state import Review
from audiodesc.review.waveform import Level, waveform

FILM: Final = "/api/v1/media/film"
PROXY: Final = "/api/v1/media/proxy"


@dataclass(frozen=True, slots=True)
class Playback:
    """`film` is the address to play; where a browser cannot, `why` says so, and `proxy` how far a copy for it is."""

    film: str
    playable: bool
    why: str
    proxy: Literal["none", "making", "ready", "failed"]


class Player:
    """The film as the page plays and draws it."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._levels: tuple[Level, ...] | None = None
        self._why: str | None = None

    def open_all(self, progress: Progress) -> tuple[str, ...]:
        """Open the film, then begin what is made of it; the work of a job."""
        self._review.open_film(progress)
        known = self._review.need_film()
        self._why = unplayable(known.film, known.source.track)
        self._review.jobs.start("peaks", self._make_waveform)
        if self._why and not proxy_path(known.film, known.source.track, self._review.store).is_file():
            self._review.jobs.start("proxy", self._make_proxy)
        return ()

    def waveform(self) -> tuple[Level, ...] | None:
        """None while it is made."""
        return self._levels

    def proxy(self) -> Path | None:
        """The copy for browsers; None where there is none."""
        known = self._review.need_film()
        path = proxy_path(known.film, known.source.track, self._review.store)
        return path if path.is_file() else None

    def playback(self) -> Playback:
        """What the page plays now."""
        known = self._review.known
        if known is None or self._why is None:
            return Playback("", False, "", "none")
        if not self._why:
            return Playback(FILM, True, "", "none")
        if self.proxy():
            return Playback(PROXY, True, "", "ready")
        job = self._review.jobs.last("proxy")
        return Playback(FILM, False, self._why, "failed" if job and job.state == "failed" else "making")

    def _make_waveform(self, progress: Progress) -> tuple[str, ...]:
        self._levels = waveform(self._known.feed, self._review.store, progress)
        return ()

    def _make_proxy(self, progress: Progress) -> tuple[str, ...]:
        make_proxy(self._known.film, self._known.source.track, self._review.store, progress)
        return ()

    @property
    def _known(self) -> KnownFilm:
        return self._review.need_film()
