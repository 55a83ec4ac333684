"""The configuration of a service: where it listens, what its tenants may do, and which choices its jobs begin from."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from audiodesc.core.files import read_whole
from audiodesc.core.toml import check_table, job_values, read_toml, settings_of
from audiodesc.errors import InputError, UsageError
from audiodesc.service.signing import secret_of
from audiodesc.service.stores import check_stores
from audiodesc.settings import Settings

Scope = Literal["submit", "read", "cancel", "metrics"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PERIODS: Final = {"day": 86_400, "month": 30 * 86_400}
"""Seconds of what quotas are counted over."""

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
HASH: Final = re.compile(r"[0-9a-f]{64}")
FORM: Final = "write [server] and [[tenant]] as the guide of the service shows them"


@dataclass(frozen=True, slots=True)
class Server:
    """How it listens and what it bounds. `folder` holds uploads, results and the state. `stores` are local folders and
    URL prefixes that jobs may name films in; `describers`, `models`, `servers` and `options` ("package.title") are what
    jobs may choose of these (no describers: any that is registered; none of the others). `plain_http` lets it listen
    for other computers without TLS, behind a proxy that has it. Where less than `reserve_gb` of the disk is free,
    nothing is taken."""

    folder: str
    host: str = "127.0.0.1"
    port: int = 8040
    plain_http: bool = False
    certificate: str = ""
    key: str = ""
    stores: tuple[str, ...] = ()
    describers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    largest_upload_gb: float = 100.0
    reserve_gb: float = 2.0
    at_once: int = 0
    ray: str = ""
    uploads: int = 8
    streams: int = 50
    upload_idle_s: float = 30.0
    stop_s: float = 60.0
    metrics_sha256: str = ""
    webhook_http: bool = False
    webhook_private: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a tenant, of which only the hash is kept; `rate` is in requests a minute."""

    sha256: str
    name: str = ""
    scopes: tuple[str, ...] = ("submit", "read", "cancel")
    rate: int = 600


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a tenant's events go: to `url`, or to what a job names that begins with one of `allow`; `secret` signs."""

    secret: bytes = field(repr=False)
    url: str = ""
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who uses the service. Quotas: `disk_gb` of uploads and results; `film_minutes` described and `hours` of work in a
    `per` (day or month); None for no bound; `jobs` that have not ended. `stores` are those of this tenant, None for
    those of the server."""

    name: str
    keys: tuple[Key, ...]
    disk_gb: float | None = None
    film_minutes: float | None = None
    hours: float | None = None
    per: str = "day"
    jobs: int = 1_000
    stores: tuple[str, ...] | None = None
    webhook: Webhook | None = None

    @property
    def disk_bytes(self) -> int | None:
        return None if self.disk_gb is None else round(self.disk_gb * 1e9)


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """All of it. `choices` are values of `Settings` by group and name."""

    server: Server
    tenants: tuple[Tenant, ...]
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return Path(self.server.folder)

    def tenant(self, name: str) -> Tenant | None:
        """The tenant of that name."""
        return next((one for one in self.tenants if one.name == name), None)


def read_config(path: Path) -> ServiceConfig:
    """The config in a TOML file; relative paths in it are beside it. Raises InputError for a file that cannot be read
    and UsageError, which names the table, for what is wrong in it."""
    try:
        return config_of_tables(read_toml(path, "give a file that can be read", FORM), path)
    except ValueError as error:
        raise UsageError(f"{path}: {error}", FORM) from error


def config_of_tables(tables: Mapping[str, Any], path: Path) -> ServiceConfig:
    """The config in tables that were read of a file. Raises ValueError, UsageError or InputError."""
    check_table(tables, {"server": dict, "tenant": list, "choices": dict}, required=("server", "tenant"))
    server = _placed(_made(Server, tables["server"], "[server]"), path.absolute().parent)
    check_server(server)
    choices = job_values(tables.get("choices", {}), Settings, f"{path}: [choices]")
    settings_of(Settings, choices)
    tenants = tuple(_tenant(one, path.absolute().parent) for one in tables["tenant"])
    _check_tenants(tenants)
    for tenant in tenants:
        check_stores(tenant.stores or (), server.folder)
    _check_webhooks(tenants, server)
    return ServiceConfig(server, tenants, choices)


def _tenant(table: Any, beside: Path) -> Tenant:
    if not isinstance(table, Mapping):
        raise ValueError("[[tenant]] is no table")
    name = str(table.get("name", ""))
    where = f"tenant {name!r:.60}"
    keys = table.get("key", [])
    if not isinstance(keys, list) or not keys:
        raise ValueError(f"{where} has no [[tenant.key]]")
    values = {one: value for one, value in table.items() if one not in ("key", "webhook")}
    made = {
        "keys": tuple(_key(one, where) for one in keys),
        "webhook": _webhook(table["webhook"], where, beside) if "webhook" in table else None,
    }
    return _with_whole_stores(_made(Tenant, values, where, made), beside)


def _key(table: Any, where: str) -> Key:
    key = _made(Key, table, f"a key of {where}")
    if not HASH.fullmatch(key.sha256):
        raise ValueError(f"a key of {where}: sha256 must be 64 hexadecimal digits, see `audiodesc serve --new-key`")
    if unknown := set(key.scopes) - set(SCOPES):
        raise ValueError(f"a key of {where}: there is no scope {min(unknown)!r}; there are {', '.join(SCOPES)}")
    if not 1 <= key.rate <= 1_000_000:
        raise ValueError(f"a key of {where}: rate is {key.rate}; give 1 to 1,000,000 requests a minute")
    return key


def _webhook(table: Any, where: str, beside: Path) -> Webhook:
    check_table(table, {"url": str, "allow": list, "secret_file": str, "secret_env": str})
    if ("secret_file" in table) == ("secret_env" in table):
        raise ValueError(f"{where}: give secret_file or secret_env of its webhook")
    if "secret_env" in table:
        text = os.environ.get(table["secret_env"], "")
    else:
        text = _secret_file(beside / table["secret_file"])
    try:
        secret = secret_of(text)
    except ValueError as error:
        raise ValueError(f"{where}: the webhook's secret {error}") from None
    return Webhook(secret, table.get("url", ""), tuple(map(str, table.get("allow", []))))


def _secret_file(path: Path) -> str:
    try:
        return read_whole(path, 10_000).decode().strip()
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path}: the webhook's secret cannot be read", "write whsec_… in it") from error


def _check_tenants(tenants: tuple[Tenant, ...]) -> None:
    names = [one.name for one in tenants]
    for one in tenants:
        if not NAME.fullmatch(one.name):
            raise ValueError(f"a tenant is called {one.name!r:.60}; use a-z, 0-9 and hyphens, 40 at most")
        if one.per not in PERIODS:
            raise ValueError(f"tenant {one.name}: per is {one.per!r:.40}; give day or month")
        if one.jobs < 1:
            raise ValueError(f"tenant {one.name}: jobs is {one.jobs}; give 1 or more")
        for limit in (one.disk_gb, one.film_minutes, one.hours):
            if limit is not None and not 0 <= limit < 1e9:
                raise ValueError(f"tenant {one.name}: a quota is {limit}; give 0 or more")
    hashes = [key.sha256 for one in tenants for key in one.keys]
    if not tenants or len(set(names)) < len(names) or len(set(hashes)) < len(hashes):
        raise ValueError("there is no [[tenant]], or two have one name or one key")


def _check_webhooks(tenants: tuple[Tenant, ...], server: Server) -> None:
    from audiodesc.service.targets import TargetError, parted

    for tenant in tenants:
        for url in (tenant.webhook.url, *tenant.webhook.allow) if tenant.webhook else ():
            try:
                if url:
                    parted(url, server)
            except TargetError as error:
                raise ValueError(f"tenant {tenant.name}: the webhook {url!r:.80} cannot be used: {error}") from None


def check_server(server: Server) -> None:
    """Raise ValueError for what does not go with the rest."""
    if not 0 <= server.port <= 65_535:
        raise ValueError(f"[server]: there is no port {server.port}")
    if bool(server.certificate) != bool(server.key):
        raise ValueError("[server]: certificate and key go together")
    if not server.certificate and not server.plain_http and not _is_loopback(server.host):
        raise ValueError(
            f"[server]: other computers reach {server.host}: give certificate and key, or plain_http = true "
            "behind a proxy that has TLS"
        )
    if server.metrics_sha256 and not HASH.fullmatch(server.metrics_sha256):
        raise ValueError("[server]: metrics_sha256 must be 64 hexadecimal digits")
    if min(server.at_once, server.uploads - 1, server.streams - 1) < 0:
        raise ValueError("[server]: at_once, uploads and streams are counts")
    if not min(server.largest_upload_gb, server.upload_idle_s, server.stop_s) > 0 or not server.reserve_gb >= 0:
        raise ValueError(
            "[server]: largest_upload_gb, upload_idle_s and stop_s are above 0, reserve_gb is not below it"
        )
    check_stores(server.stores, server.folder)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _placed(server: Server, beside: Path) -> Server:
    """With whole paths."""
    folder, certificate, key = (_whole(one, beside) for one in (server.folder, server.certificate, server.key))
    return _with_whole_stores(replace(server, folder=folder, certificate=certificate, key=key), beside)


def _whole(name: str, beside: Path) -> str:
    return str(beside / name) if name else ""


S = TypeVar("S", Server, Tenant)


def _with_whole_stores(made: S, beside: Path) -> S:
    if made.stores is None:
        return made
    return replace(made, stores=tuple(one if "://" in one else _whole(one, beside) for one in made.stores))


T = TypeVar("T")


def _made(kind: Callable[..., T], table: Any, where: str, more: Mapping[str, Any] | None = None) -> T:
    """A dataclass of a table, whose keys and types are checked."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{where} is no table")
    of: Any = kind
    hints, known = get_type_hints(of), [one for one in fields(of) if one.name not in (more or {})]
    types = {one.name: _plain_type(hints[one.name]) for one in known}
    required = [one.name for one in known if one.default is MISSING and one.default_factory is MISSING]
    try:
        check_table(table, types, required)
        values = {name: _texts(value, name) if isinstance(value, list) else value for name, value in table.items()}
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return kind(**values, **(more or {}))


def _plain_type(hint: Any) -> type:
    """The type of TOML that a field is read of."""
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not NoneType)
    kind: type = list if get_origin(hint) is tuple else hint
    return kind


def _texts(values: list[Any], name: str) -> tuple[str, ...]:
    if wrong := [one for one in values if not isinstance(one, str)]:
        raise ValueError(f"{name} must hold texts, not {wrong[0]!r:.60}")
    return tuple(values)
