"""A server's model that is asked about texts alone: it need not see, and no picture is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from audiodesc.core import cache
from audiodesc.core.concurrency import as_they_come
from audiodesc.core.plugins import own_options
from audiodesc.describers.base import DescriberOptions, Failure
from audiodesc.describers.queries import AnswersQueries, Query, Reply, Said
from audiodesc.describers.server import SERVER, ServerOptions
from audiodesc.describers.server.address import connection
from audiodesc.describers.server.chat import Chat
from audiodesc.describers.server.faults import LONGEST_NAME
from audiodesc.describers.server.limits import models_of, only_model
from audiodesc.describers.server.writer import LINE_TOKENS, ServerWriter


class TextServer(AnswersQueries):
    """Answers queries about nothing that is seen. The address, its key and the model are as for the describer `server`,
    and so are the faults that are raised; without a model's name it is the server's only one."""

    def __init__(self, options: DescriberOptions) -> None:
        own: ServerOptions = own_options(SERVER, options.own.get(SERVER.name, {}))
        self._to, self._parallel = connection(options.server), options.parallel
        self._chat = Chat(self._to, options.model, timeout_s=own.timeout_s, thinks=own.thinking)
        self._thinks, tokens = own.thinking, own.line_tokens or LINE_TOKENS
        self._writer = ServerWriter(self._chat, options.context, BoundedSemaphore(self._parallel), tokens)

    @property
    def fingerprint(self) -> str:
        """Of the model at that address, and of how it is asked."""
        return f"texts {self._to.hash} {self._writer.fingerprint}{' thinking' if self._thinks else ''}"

    @property
    def label(self) -> str:
        """What people read."""
        return f"server, {self._chat.named[:LONGEST_NAME]}"

    @contextmanager
    def session(self, store: cache.Store) -> Iterator[None]:
        """The model is found; it is asked nothing."""
        if not self._chat.model:
            models = models_of(self._chat.models, self._to, self._to.hash, store)
            self._chat.model = only_model(models, "", self._to)
        yield

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]:
        return as_they_come(self._writer.reply, queries, self._parallel)

    def answer_aloud(self, query: Query, said: Said) -> Reply | Failure:
        return self._writer.reply(query, said)
