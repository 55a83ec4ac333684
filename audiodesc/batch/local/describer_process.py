"""The process with the describer that the films of this machine share."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from audiodesc.batch.local.processes import begin, end_with_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from audiodesc.batch.sharing.host import DescriberHost

log = logging.getLogger(__name__)

USAGE_S: Final = 1.0
"""How often the parent is sent what was done."""

BACKLOG: Final = 128


def serve(control: Connection[Any, Any], address: str, key: bytes, log_file: str) -> None:
    """Answer calls at `address` until `control` closes, which ends the process."""
    begin(log_file)
    from multiprocessing.connection import Listener

    from audiodesc.batch.sharing.host import DescriberHost

    host = DescriberHost(record=Path(address).with_name("in-hand"))
    Thread(target=_obey, args=(control, host, address), name="parent", daemon=True).start()
    Thread(target=_report, args=(control, host), name="usage", daemon=True).start()
    with suppress(OSError):  # of one that died
        Path(address).unlink()
    with Listener(address, backlog=BACKLOG) as listener:
        while True:
            try:
                connection = listener.accept()
            except OSError:  # the caller is gone already
                continue
            Thread(target=_answer, args=(connection, key, host), name="calls", daemon=True).start()


def _obey(control: Connection[Any, Any], host: DescriberHost, address: str) -> None:
    """The parent says which films are not made any more; when it is gone, all ends."""
    with suppress(EOFError, OSError):
        while True:
            host.drop(control.recv())
    end_with_parent(address)


def _report(control: Connection[Any, Any], host: DescriberHost) -> None:
    """Also where nothing was done: a parent that hears nothing takes the process for one that hangs."""
    with suppress(OSError):
        while True:
            sleep(USAGE_S)
            now = host.usage()
            control.send((now.busy_s, now.clips, now.lines, now.waiting))


def _answer(connection: Connection[Any, Any], key: bytes, host: DescriberHost) -> None:
    """The calls of one connection, one after the other."""
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import answer_challenge, deliver_challenge

    with connection, suppress(EOFError, OSError, AuthenticationError):
        deliver_challenge(connection, key)
        answer_challenge(connection, key)
        while True:
            method, args = connection.recv()
            connection.send(_answered(host, method, args))


def _answered(host: DescriberHost, method: str, args: tuple[Any, ...]) -> tuple[bool, Any]:
    from audiodesc.batch.sharing.calls import HostLostError, sendable_error
    from audiodesc.batch.sharing.host import METHODS
    from audiodesc.errors import AudiodescError

    try:
        if method not in METHODS:
            raise ValueError(f"there is no method {method!r:.60}")
        return True, getattr(host, method)(*args)
    except (AudiodescError, HostLostError) as error:
        return False, sendable_error(error)
    except Exception as error:
        log.exception("%s failed", method)
        return False, sendable_error(error)
