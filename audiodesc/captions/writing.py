"""Who is asked about texts alone: for summaries, and to make captions of fields that are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer, DescriberOptions
from audiodesc.footage import Footage, describer_of
from audiodesc.model import FrameRequest

NO_FRAMES: Final = FrameRequest(1, 1, 1, 1)
"""For `footage.answers`, of a model that need not see."""


@contextmanager
def writer_of(footage: Footage, downloads: Downloads, progress: Progress = silent) -> Iterator[Describer]:
    """Who writes for the describer that the settings ask for, inside its session. The model of `--server` need not see
    then, and is sent no picture to find that out. Raises what `describer_of` raises."""
    chosen = footage.settings.describer
    is_itself = not (chosen.writer_server or chosen.writer_model or chosen.serve)
    if not (chosen.server and is_itself and chosen.name in (None, "", "auto", "server")):
        with describer_of(footage, downloads, progress) as describer:
            yield describer
        return
    from audiodesc.describers.server.texts import TextServer

    options = DescriberOptions(
        server=chosen.server,
        model=chosen.model or "",
        parallel=chosen.parallel,
        context=footage.context,
        own=footage.settings.options,
    )
    by = TextServer(options)
    with by.session(footage.store):
        yield cast(Describer, by)  # which it is in all that texts need: it is asked with `NO_FRAMES`
