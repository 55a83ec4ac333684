"""The moments of described films on an OpenSearch server: sent in bulk, only what is new there, behind an alias.

Each project has one more document, its marker, which is written after all others: it says as of which change they are.
A run that was killed goes on where it was, and one that finds nothing changed sends nothing. A moment's id is made of
what is in it, so that what did not change is not sent again.

The index has a number in its name, which changes with the mapping: a new one is filled beside the old one, which the
alias names until all is sent.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import OutputError
from audiodesc.search.documents import FIELDS
from audiodesc.search.index import projects_in, read_project
from audiodesc.search.moments import Moment
from audiodesc.search.opensearch_client import OpenSearchServer, opened, shortened_words
from audiodesc.search.store import FORM as MOMENTS
from audiodesc.search.words import folded, words_of

ALIAS: Final = "audiodesc"
"""What is asked; it stands for the index of the newest mapping that was filled."""

FORM: Final = 1
"""Of the mapping: change it where that changes."""

INDEX: Final = f"{ALIAS}-{FORM}"

MAPPING: Final[Mapping[str, Any]] = {
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "kind": {"type": "keyword"},
            "key": {"type": "keyword"},
            "project_id": {"type": "keyword"},
            "project": {"type": "keyword"},
            "name": {"type": "keyword"},
            "film": {"type": "keyword", "index": False},
            "stamp": {"type": "keyword", "index": False},
            "start_ms": {"type": "long"},
            "end_ms": {"type": "long"},
            "texts": {"type": "object", "enabled": False},
            "words": {"properties": {name: {"type": "text", "analyzer": "whitespace"} for name in FIELDS}},
        },
    }
}
"""`texts` are as they are read, `words` the same in the form in which words are compared, with spaces between them."""

PAGE: Final = 5_000
"""Ids that are asked for at a time; a server gives 10,000 at most."""

CHUNK: Final = 500
CHUNK_BYTES: Final = 8_000_000
"""Of one bulk request."""

RETRIES: Final = 4
"""Of what a server that is too busy (429) refused, after 1, 2, 4 and 8 s."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done. `projects` are those in the places now; `sent` and `removed` count moments; `forgotten` projects
    that are gone. `failed` says, a line each, which projects could not be read or sent; `notes` what else to know."""

    projects: int
    sent: int = 0
    removed: int = 0
    forgotten: int = 0
    failed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def send(url: str, places: Sequence[Path], progress: Progress = silent, *, anew: bool = False) -> Sent:
    """Bring what an OpenSearch server has of these folders up to date: projects that changed since are sent, those that
    are gone are removed. With `anew` all are compared again. `progress` is given the stage "send", in projects.

    Raises UsageError for an address or a login that cannot be used, MissingToolError where the client is not installed
    or no server answers, OutputError where the server holds what this program must not replace, and AudiodescError for
    what else it refuses.
    """
    with opened(url, "--to") as server:
        before = _prepare(server)
        sender = _Sender(server)
        found = [(place, name, stamp) for place in places for name, stamp in projects_in(place)]
        known = {id: stamp for place in places for id, stamp in _markers(server, place)}
        there = {project_id(place / name): (place, name, f"{MOMENTS} {stamp}") for place, name, stamp in found}
        changed = {id: one for id, one in there.items() if anew or known.get(id) != one[2]}
        for number, (id, (place, name, stamp)) in enumerate(changed.items(), 1):
            sender.send(id, place, name, stamp)
            progress("send", number, len(changed))
        gone = [id for id in known if id not in there]
        for id in gone:
            sender.forget(id)
        notes = _publish(server, before, bool(sender.failed))
        return Sent(len(there), sender.sent, sender.removed, len(gone), tuple(sender.failed), notes)


def project_id(folder: Path) -> str:
    """Stands for the project of a folder, on every machine that sees it under the same path."""
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]


def documents_of(id: str, folder: Path, film: str, moments: Iterable[Moment]) -> dict[str, dict[str, Any]]:
    """The moments of a project as the server is sent them, by their ids."""
    shared = {"kind": "moment", "project_id": id, "project": _shown(folder), "film": film}
    shared["name"] = folded(f"{shared['project']}\n{film}")
    made = {}
    for one in moments:
        texts = {field: text for field, text in one.texts.items() if text}
        content = repr((one.span.start_ms, one.span.end_ms, film, sorted(texts.items()))).encode("utf-8", "replace")
        key = f"{id}-{hashlib.sha256(content).hexdigest()[:32]}"
        words = {field: " ".join(words_of(text)) for field, text in texts.items()}
        span = {"start_ms": one.span.start_ms, "end_ms": one.span.end_ms}
        made[key] = {**shared, "key": key, **span, "texts": texts, "words": words}
    return made


def _shown(folder: Path) -> str:
    """Its path, whatever bytes are in it."""
    return str(folder.resolve()).encode("utf-8", "backslashreplace").decode()


class _Sender:
    """Sends projects, and counts what was sent."""

    def __init__(self, server: OpenSearchServer) -> None:
        self._server = server
        self.sent = self.removed = 0
        self.failed: list[str] = []

    def send(self, id: str, place: Path, name: str, stamp: str) -> None:
        """A project as it is now: what is new of it, then its marker."""
        read = read_project(place, name, stamp, self.failed)
        if read is None:
            return
        folder = place / name
        wanted = documents_of(id, folder, read.film, read.moments)
        there = set(_ids(self._server, id))
        new = [_put(key, one) for key, one in wanted.items() if key not in there]
        old = [_drop(key) for key in there - set(wanted)]
        refused = _bulk(self._server, [*new, *old])
        if not refused:
            marker = {"kind": "project", "key": id, "project_id": id, "project": _shown(folder), "stamp": stamp}
            refused = _bulk(self._server, [_put(id, marker)])
        self.sent, self.removed = self.sent + len(new) - min(len(new), len(refused)), self.removed + len(old)
        if refused:
            count = f"{len(refused)} of {number_of(len(new) + len(old), 'document')}"
            self.failed.append(f"{folder}: the server refused {count} ({refused[0]})")

    def forget(self, id: str) -> None:
        """Remove a project: its marker last."""
        there = list(_ids(self._server, id))
        refused = _bulk(self._server, [_drop(key) for key in there]) or _bulk(self._server, [_drop(id)])
        self.removed += len(there)
        if refused:
            self.failed.append(f"a project that is gone cannot be removed from the server ({refused[0]})")


def _put(key: str, source: Mapping[str, Any]) -> dict[str, Any]:
    return {"_op_type": "index", "_id": key, "_source": source}


def _drop(key: str) -> dict[str, Any]:
    return {"_op_type": "delete", "_id": key}


def _bulk(server: OpenSearchServer, actions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why the server refused each action that it refused; what is gone already need not be removed."""
    from opensearchpy.helpers import streaming_bulk

    def sent() -> list[str]:
        sizes: dict[str, Any] = {
            "chunk_size": CHUNK,
            "max_chunk_bytes": CHUNK_BYTES,
            "max_retries": RETRIES,
            "initial_backoff": 1,
        }
        done = streaming_bulk(server.client, actions, index=INDEX, raise_on_error=False, yield_ok=False, **sizes)
        results = [(action, result) for _, one in done for action, result in one.items()]
        return [_why(result) for action, result in results if not (action == "delete" and result.get("status") == 404)]

    return [shortened_words(server, why) for why in server.ask(sent)] if actions else []


def _why(result: Mapping[str, Any]) -> str:
    error = result.get("error")
    if isinstance(error, Mapping):
        return f"{error.get('type')}: {error.get('reason')}"
    return str(error or f"status {result.get('status')}")


def _ids(server: OpenSearchServer, id: str) -> Iterator[str]:
    """Of the moments that the server has of a project."""
    wanted: list[dict[str, Any]] = [{"term": {"project_id": id}}, {"term": {"kind": "moment"}}]
    return (hit["_id"] for hit in _all(server, wanted, False))


def _markers(server: OpenSearchServer, place: Path) -> Iterator[tuple[str, str]]:
    """The projects that the server has of a folder, and as of which change."""
    path = _shown(place)
    under = [{"term": {"project": path}}, {"prefix": {"project": path.rstrip(os.sep) + os.sep}}]
    wanted: list[dict[str, Any]] = [
        {"term": {"kind": "project"}},
        {"bool": {"should": under, "minimum_should_match": 1}},
    ]
    return ((hit["_id"], str(hit["_source"]["stamp"])) for hit in _all(server, wanted, ["stamp"]))


def _all(server: OpenSearchServer, wanted: Sequence[Mapping[str, Any]], source: Any) -> Iterator[Mapping[str, Any]]:
    """Everything that matches, in order of its key, page by page."""
    body: dict[str, Any] = {"size": PAGE, "_source": source, "sort": [{"key": "asc"}]}
    body["query"] = {"bool": {"filter": list(wanted)}}
    while True:
        page = server.ask(_search(server, body))
        yield from page
        if len(page) < PAGE:
            return
        body["search_after"] = page[-1]["sort"]


def _search(server: OpenSearchServer, body: Mapping[str, Any]) -> Callable[[], list[Mapping[str, Any]]]:
    return lambda: list(server.client.search(index=INDEX, body=dict(body))["hits"]["hits"])


def _prepare(server: OpenSearchServer) -> Mapping[str, bool]:
    """Make the index where there is none; the indexes of all mappings, and whether the alias names them."""
    if not server.ask(lambda: bool(server.client.indices.exists(index=INDEX))):
        server.ask(lambda: server.client.indices.create(index=INDEX, body=MAPPING), allowed="resource_already_exists")
    server.ask(lambda: server.client.indices.refresh(index=INDEX))  # what a killed run sent last
    listed = server.ask(lambda: dict(server.client.indices.get_alias(index=f"{ALIAS}-*")))
    before = {name: ALIAS in one["aliases"] for name, one in listed.items() if re.fullmatch(rf"{ALIAS}-\d+", name)}
    if newer := [name for name, named in before.items() if named and _number(name) > FORM]:
        raise OutputError(f"the server's index {newer[0]} was written by a newer audiodesc", "update this one")
    return before


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])


def _publish(server: OpenSearchServer, before: Mapping[str, bool], failed: bool) -> tuple[str, ...]:
    """Let what was sent be found; let the alias name it, in one step, unless something is missing that the index of an
    older mapping has."""
    server.ask(lambda: server.client.indices.refresh(index=INDEX))
    older = [name for name, named in before.items() if named and name != INDEX]
    if before.get(INDEX) and not older:
        return ()
    if older and failed:
        return (f"{older[0]} is still asked: run it again once all can be sent",)
    actions: list[dict[str, Any]] = [{"remove": {"index": name, "alias": ALIAS}} for name in older]
    actions.append({"add": {"index": INDEX, "alias": ALIAS}})
    server.ask(lambda: server.client.indices.update_aliases(body={"actions": actions}))
    return tuple(f"{name} is not asked any more: once every folder was sent anew, delete it" for name in older)
