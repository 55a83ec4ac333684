"""Whatever people and programs do in a watched folder: in the end each film that lies there is made as it is then."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.batch.model import FailedFilm, FilmResult
from audiodesc.batch.state import BatchState
from audiodesc.watching.arrivals import Manner
from audiodesc.watching.events import WatchEvent
from audiodesc.watching.folder import scan
from audiodesc.watching.keeper import Keeper
from audiodesc.watching.places import places_of

NAMES = ["a.mp4", "b.mp4", "c.mkv"]
STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(["one", "two", "three"])),
    st.tuples(st.just("grow"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("subtitle"), st.sampled_from(NAMES), st.sampled_from(["x", "yy"])),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("tick"), st.just(""), st.just("")),
    st.tuples(st.just("begin"), st.just(""), st.just("")),
    st.tuples(st.just("end"), st.just(""), st.just("")),
    st.tuples(st.just("restart"), st.just(""), st.just("")),
    st.tuples(st.sampled_from(["take", "make", "make"]), st.just(""), st.just("")),
)


class Folder:
    """A folder, its batch, and a runner that reads a film when it begins and has made that when it ends."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = places_of(root, None, None, None)
        self.state = BatchState(self.places.batch)
        self.now, self.time_ns = 0.0, 10**18
        self.running: dict[int, tuple[str, str | None]] = {}
        self.made: list[tuple[str, str]] = []
        self.told: list[WatchEvent] = []
        self.restart()

    def restart(self) -> None:
        self.state.requeue_running()
        self.running.clear()
        self.keeper = Keeper(self.state, self.places, Manner(10), self.told.append)

    def put(self, name: str, text: str) -> None:
        self.time_ns += 10**9
        path = self.root / name
        path.write_text(text)
        os.utime(path, ns=(self.time_ns, self.time_ns))

    def tick(self) -> None:
        self.now += 11
        self.keeper.tick(scan(self.root, self.places.apart), self.now)

    def begin(self) -> None:
        for row in self.state.startable(1):
            if self.state.begin(row.id):
                self.running[row.id] = (row.job.film, content(Path(row.job.film)))

    def end(self) -> None:
        for id in self.state.cancelled():
            self.state.fail(id, FailedFilm("cancelled", "cancelled"))
            self.running.pop(id, None)
        for id, (film, text) in list(self.running.items()):
            del self.running[id]
            now = content(Path(film))
            is_lost = now is None and self.time_ns // 10**9 % 2 == 1  # some are read whole before they go, some not
            if text is None or is_lost or now not in (text, None):
                self.state.fail(id, FailedFilm("cancelled" if now else "input", "changed or gone"))
            else:
                self.state.finish(id, FilmResult())
                self.made.append((film, text))

    def take(self) -> None:
        """Films arrive, and one is begun."""
        self.tick()
        self.tick()
        self.begin()

    def make(self) -> None:
        """Films arrive, and are made."""
        for _ in range(3):
            self.take()
            self.end()
        self.tick()

    def do(self, what: str, name: str, more: str) -> None:
        path = self.root / name
        if what == "write":
            self.put(name, more)
        elif what == "subtitle":
            self.put(f"{path.stem}.srt", more)
        elif what == "grow" and path.exists():
            self.put(name, path.read_text() + "+")
        elif what == "rename" and path.exists():
            path.rename(self.root / more)
        elif what == "delete":
            path.unlink(missing_ok=True)
        elif what in ("tick", "begin", "end", "restart", "take", "make"):
            getattr(self, what)()


def content(film: Path) -> str | None:
    """A film's text and that of its subtitles; None where it is gone."""
    if not film.exists():
        return None
    subtitles = film.with_suffix(".srt")
    return film.read_text() + "|" + (subtitles.read_text() if subtitles.exists() else "")


@settings(max_examples=50)
@given(st.lists(STEPS, max_size=15))
def test_each_film_is_made_as_it_is_in_the_end_and_a_restart_makes_none(steps: Sequence[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as root:
        folder = Folder(Path(root))
        with folder.state:
            for what, name, more in steps:
                folder.do(what, name, more)
            for _ in range(4):
                folder.make()
            made = dict(folder.made)
            texts = {text.partition("|")[0] for text in made.values()}
            for name in NAMES:
                film = folder.root / name
                if (now := content(film)) is None:
                    continue
                known = any(one.film == name and one.what in ("renamed", "same") for one in folder.told)
                assert made.get(str(film)) == now or (known and now.partition("|")[0] in texts), folder.told
            counts = folder.state.counts()
            assert counts["queued"] == counts["running"] == 0
            before = len(folder.made)
            folder.restart()
            folder.make()
            assert len(folder.made) == before
