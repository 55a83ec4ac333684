"""What happens, sent to every open page: changes of lines, by any page or program, and work in the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, Final

from audiodesc.errors import AudiodescError
from audiodesc.project import Project
from audiodesc.project.conversations import changes
from audiodesc.review.as_json import as_json

WAITING: Final = 500
"""Events that wait for a page that does not read; then it is left, and asks anew when it comes back."""

POLL_S: Final = 0.4
"""How often the project is asked whether another program changed it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event: its name, and what JSON can hold of it."""

    event: str
    data: str


class _Listener:
    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name, self.loop = name, loop
        self.queue: asyncio.Queue[Sent | None] = asyncio.Queue(WAITING)

    def put(self, sent: Sent | None) -> None:
        with suppress(asyncio.QueueFull):
            self.queue.put_nowait(sent)


class Events:
    """Those who listen. `send` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: list[_Listener] = []
        self._door = Lock()
        self._closed = False

    def send(self, event: str, data: Any) -> None:
        """Send to all; `data` may hold dataclasses."""
        sent = Sent(event, as_json(data).decode())
        with self._door:
            for one in self._listeners:
                with suppress(RuntimeError):  # its loop is gone
                    one.loop.call_soon_threadsafe(one.put, sent)

    @property
    def is_closed(self) -> bool:
        return self._closed

    async def listen(self, name: str) -> AsyncIterator[dict[str, str]]:
        """Everything from now on, for one page; `name` is who has it open."""
        one = _Listener(name, asyncio.get_running_loop())
        with self._door:
            if self._closed:
                return
            self._listeners.append(one)
        self._send_people()
        try:
            while (sent := await one.queue.get()) is not None:
                yield {"event": sent.event, "data": sent.data}
        finally:
            with self._door:
                self._listeners.remove(one)
            self._send_people()

    def close(self) -> None:
        """End all."""
        with self._door:
            self._closed = True
            for one in self._listeners:
                with suppress(RuntimeError):
                    one.loop.call_soon_threadsafe(one.put, None)

    def _send_people(self) -> None:
        with self._door:
            names = sorted({one.name for one in self._listeners})
            count = len(self._listeners)
        self.send("people", {"count": count, "names": names})


class Watch:
    """Sends changes as they come into the project, from this page, another one, or the command line."""

    def __init__(self, project: Project, events: Events, changed: Callable[[], None]) -> None:
        self._project, self._events, self._changed = project, events, changed
        self._last, self._ended = project.last(), Event()
        self._conversations = changes(project)
        self._thread = Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ended.wait(POLL_S):
            with suppress(AudiodescError):
                self._poll()

    def _poll(self) -> None:
        if (now := changes(self._project)) != self._conversations:
            self._conversations = now
            self._events.send("conversations", {})
        if self._project.last() == self._last:
            return
        entries = self._project.since(self._last)
        self._last = entries[-1].number if entries else self._project.last()
        ids = list(dict.fromkeys(one.id for one in entries if one.id))
        last = entries[-1] if entries else None
        self._changed()
        about = {"author": last.author if last else "", "source": last.source if last else ""}
        self._events.send("change", {"change": self._last, "ids": ids, **about})
