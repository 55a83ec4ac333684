"""A small OpenSearch in memory that keeps to the documented protocol, and refuses what a real one refuses.

https://docs.opensearch.org/latest/api-reference/ : create index, exists, refresh, aliases, bulk (NDJSON), search with
bool, term, range, prefix, wildcard, match_phrase and match_phrase_prefix, `sort`, `search_after` and `_source`. Text
fields have the analyzer `whitespace`. A fault for the next requests can be set.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

Body = dict[str, Any]


class RefusedError(Exception):
    def __init__(self, status: int, kind: str, reason: str = "") -> None:
        self.status = status
        self.error = {"type": kind, "reason": reason, "root_cause": [{"type": kind, "reason": reason}]}


@dataclass
class Index:
    """`seen` are the documents that a search finds: those before the last refresh."""

    properties: Mapping[str, Any]
    documents: dict[str, Body] = field(default_factory=dict)
    seen: dict[str, Body] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)


@dataclass
class OpenSearch:
    """`requests` are method and path of each request, `bulked` the (action, id) of each bulk line. `fault` may answer a
    request in the server's place, with a status, a body and headers; `refuses` says why it does not take a document."""

    login: str = ""
    indexes: dict[str, Index] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    bulked: list[tuple[str, str]] = field(default_factory=list)
    fault: Callable[[str, str], tuple[int, Any, Mapping[str, str]] | None] = lambda method, path: None
    refuses: Callable[[str, Body], tuple[int, str] | None] = lambda id, source: None
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def answer(self, method: str, path: str, content: bytes) -> tuple[int, Any]:
        self.requests.append((method, path))
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match (method, *parts):
            case ("POST", index, "_bulk") | ("PUT", index, "_bulk"):
                return 200, self.bulk(index, content)
        body = json.loads(content) if content else {}
        self.bodies.append(body)
        match (method, *parts):
            case ("HEAD", index):
                return (200 if index in self.indexes else 404), None
            case ("PUT", index):
                return 200, self.create(index, body)
            case ("GET", pattern, "_alias"):
                wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"))
                found = {name: one for name, one in self.indexes.items() if wanted.fullmatch(name)}
                return 200, {name: {"aliases": {alias: {} for alias in one.aliases}} for name, one in found.items()}
            case ("POST", "_aliases"):
                return 200, self.update_aliases(body)
            case ("POST", index, "_refresh"):
                one = self.index(index)
                one.seen = dict(one.documents)
                return 200, {"_shards": {"total": 1, "successful": 1, "failed": 0}}
            case ("POST" | "GET", index, "_search"):
                return 200, search(self.index(index), body)
        raise RefusedError(400, "illegal_argument_exception", f"no handler for {method} {path}")

    def index(self, name: str) -> Index:
        named = [one for one in self.indexes.values() if name in one.aliases]
        if name in self.indexes:
            return self.indexes[name]
        if len(named) != 1:
            raise RefusedError(404, "index_not_found_exception", f"no such index [{name}]")
        return named[0]

    def create(self, name: str, body: Body) -> Body:
        if name in self.indexes:
            raise RefusedError(400, "resource_already_exists_exception", f"index [{name}] already exists")
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) or set(body) - {"mappings", "settings", "aliases"}:
            raise RefusedError(400, "invalid_index_name_exception")
        assert body["mappings"]["dynamic"] == "strict"
        self.indexes[name] = Index(body["mappings"]["properties"])
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def update_aliases(self, body: Body) -> Body:
        """All actions, or none."""
        for action in body["actions"]:
            ((verb, one),) = action.items()
            if one["index"] not in self.indexes:
                raise RefusedError(404, "index_not_found_exception", f"no such index [{one['index']}]")
            if verb == "add" and one["alias"] in self.indexes:
                raise RefusedError(
                    400, "invalid_alias_name_exception", "an index exists with the same name as the alias"
                )
        for action in body["actions"]:
            ((verb, one),) = action.items()
            aliases = self.indexes[one["index"]].aliases
            aliases.add(one["alias"]) if verb == "add" else aliases.remove(one["alias"])
        return {"acknowledged": True}

    def bulk(self, name: str, content: bytes) -> Body:
        if not content.endswith(b"\n"):
            raise RefusedError(
                400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]"
            )
        index, items = self.index(name), []
        lines = iter(content.decode().removesuffix("\n").split("\n"))
        for line in lines:
            ((action, about),) = json.loads(line).items()
            id = about["_id"]
            if len(id.encode()) > 512:
                raise RefusedError(400, "action_request_validation_exception", "id is too long")
            self.bulked.append((action, id))
            if action == "delete":
                gone = index.documents.pop(id, None)
                items.append({"delete": {"_id": id, "status": 200 if gone else 404}})
                continue
            assert action == "index"
            source = json.loads(next(lines))
            if refused := self.refuses(id, source) or fault_in(source, index.properties):
                status, kind = refused
                items.append({"index": {"_id": id, "status": status, "error": {"type": kind, "reason": "no reason"}}})
                continue
            status = 200 if id in index.documents else 201
            index.documents[id] = source
            items.append({"index": {"_id": id, "status": status}})
        return {"took": 1, "errors": any("error" in one for item in items for one in item.values()), "items": items}


def fault_in(source: Body, properties: Mapping[str, Any]) -> tuple[int, str] | None:
    """Why a document does not fit its mapping."""
    for name, value in source.items():
        if name not in properties:
            return 400, "strict_dynamic_mapping_exception"
        about = properties[name]
        if "properties" in about and (fault := fault_in(value, about["properties"])):
            return fault
        fits = {"keyword": str, "text": str, "long": int}.get(about.get("type", ""), object)
        if not isinstance(value, fits):
            return 400, "mapper_parsing_exception"
        if about.get("type") == "keyword" and len(str(value).encode()) > 32_766:
            return 400, "illegal_argument_exception"
    return None


def search(index: Index, body: Body) -> Body:
    """What matches, sorted, from `search_after` on, at most `size`."""
    if unknown := set(body) - {"size", "query", "sort", "_source", "search_after"}:
        raise RefusedError(400, "parsing_exception", f"Unknown key for {unknown}")
    size = body.get("size", 10)
    if size > 10_000:
        raise RefusedError(400, "illegal_argument_exception", "Result window is too large")
    found = [(score(body["query"], one, index.properties), id, one) for id, one in index.seen.items()]
    rows = []
    for points, id, source in found:
        if points is not None:
            keys = [points if one == "_score" else source[next(iter(one))] for one in body["sort"]]
            rows.append((keys, points, id, source))
    down = [one == "_score" for one in body["sort"]]

    def place(keys: list[Any]) -> list[Any]:
        return [-key if falls else key for key, falls in zip(keys, down, strict=True)]

    rows.sort(key=lambda row: place(row[0]))
    if after := body.get("search_after"):
        rows = [row for row in rows if place(row[0]) > place(after)]
    hits = []
    for keys, points, id, source in rows[:size]:
        hit: Body = {"_index": "index", "_id": id, "_score": points if "_score" in body["sort"] else None, "sort": keys}
        wanted = body.get("_source", True)
        if wanted:
            hit["_source"] = source if wanted is True else {key: source[key] for key in wanted if key in source}
        hits.append(hit)
    return {"took": 1, "timed_out": False, "hits": {"total": {"value": len(rows), "relation": "eq"}, "hits": hits}}


def score(query: Body, source: Body, properties: Mapping[str, Any]) -> float | None:
    """How well a document answers a query; None where it does not."""
    ((kind, about),) = query.items()
    if kind == "bool":
        return _bool(about, source, properties)
    ((name, value),) = about.items()
    of: Mapping[str, Any] = properties
    has: Any = source
    about_field: Any = None
    for part in name.split("."):
        about_field = of.get(part)
        has, of = (has or {}).get(part), (about_field or {}).get("properties", {})
    if about_field is None or about_field.get("index") is False:
        raise RefusedError(400, "query_shard_exception", f"Cannot search on field [{name}]")
    if has is None:
        return None
    if kind == "range":
        tests = {"gte": lambda a, b: a >= b, "lt": lambda a, b: a < b}
        return 1.0 if all(tests[test](has, limit) for test, limit in value.items()) else None
    boost = value.get("boost", 1.0) if isinstance(value, dict) else 1.0
    return boost if _matches(kind, about_field["type"], value, has) else None


def _bool(about: Body, source: Body, properties: Mapping[str, Any]) -> float | None:
    if unknown := set(about) - {"must", "must_not", "should", "filter", "minimum_should_match"}:
        raise RefusedError(400, "parsing_exception", f"[bool] query does not support {unknown}")
    if any(score(one, source, properties) is None for one in about.get("filter", ())):
        return None
    if any(score(one, source, properties) is not None for one in about.get("must_not", ())):
        return None
    must = [score(one, source, properties) for one in about.get("must", ())]
    should = [score(one, source, properties) for one in about.get("should", ())]
    if None in must or sum(one is not None for one in should) < about.get("minimum_should_match", 0):
        return None
    return sum(one for one in [*must, *should] if one is not None)


def _matches(kind: str, type: str, value: Any, has: str) -> bool:
    if kind == "term":
        assert type == "keyword"
        return bool(has == value)
    if kind == "wildcard":
        assert type == "keyword"
        pattern = re.sub(r"\\(.)|(\*)|(\?)|(.)", _wild, value["value"], flags=re.DOTALL)
        return re.fullmatch(pattern, has, re.DOTALL) is not None
    if kind == "prefix" and type == "keyword":
        return has.startswith(value)
    words = has.split()
    if kind == "prefix":
        return any(word.startswith(value["value"]) for word in words)
    if kind not in ("match_phrase", "match_phrase_prefix"):
        raise RefusedError(400, "parsing_exception", f"unknown query [{kind}]")
    wanted = value["query"].split()
    for at in range(len(words) - len(wanted) + 1):
        some = words[at : at + len(wanted)]
        last = some[-1].startswith(wanted[-1]) if kind.endswith("prefix") else some[-1] == wanted[-1]
        if some[:-1] == wanted[:-1] and last:
            return True
    return False


def _wild(found: re.Match[str]) -> str:
    escaped, many, one, char = found.groups()
    return ".*" if many else "." if one else re.escape(escaped or char)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: OpenSearch

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_one(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path).path
        headers: Mapping[str, str] = {}
        try:
            with self.fake.lock:
                if fault := self.fake.fault(self.command, path):
                    self.fake.requests.append((self.command, path))
                    status, answer, headers = fault
                else:
                    self._check_login()
                    status, answer = self.fake.answer(self.command, path, content)
        except RefusedError as refused:
            status, answer = refused.status, {"error": refused.error, "status": refused.status}
        sent = b"" if answer is None else answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json; charset=UTF-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = handle_one  # noqa: N815

    def _check_login(self) -> None:
        wanted = f"Basic {base64.b64encode(self.fake.login.encode()).decode()}"
        if self.fake.login and self.headers.get("authorization") != wanted:
            raise RefusedError(401, "security_exception", f"no login: {self.headers.get('authorization')}")


@contextmanager
def served(login: str = "", secure: ssl.SSLContext | None = None) -> Iterator[OpenSearch]:
    """A fake that answers on this machine, with TLS where a context is given."""
    fake = OpenSearch(login)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if secure:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    fake.url = f"http{'s' if secure else ''}://{'localhost' if secure else '127.0.0.1'}:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
