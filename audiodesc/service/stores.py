"""Films that jobs name where they lie: local folders and URL prefixes that the config allows, and nothing beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from audiodesc.review.problems import ProblemError
from audiodesc.service.refusals import unusable

URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
PLAIN: Final = re.compile(r"[^\x00-\x20\\?#%@\x7f]+")
"""Of a URL: what leaves no doubt about where it leads."""

LOCAL: Final = ("file", "local", "memory", "simplecache", "filecache", "blockcache")
"""Schemes of fsspec that lead to files of this machine, or around the check."""


def is_url(named: str) -> bool:
    """Whether it is a URL, not a path."""
    return bool(URL.match(named))


def check_stores(stores: Sequence[str], folder: str) -> None:
    """Raise ValueError for what is no store, or holds the service's own folder or lies in it, where films of all
    tenants are."""
    own = Path(folder).resolve()
    for store in stores:
        check_store(store)
        if is_url(store):
            continue
        place = Path(store).resolve()
        if place.is_relative_to(own) or own.is_relative_to(place):
            raise ValueError(f"[server]: the store {store!r:.80} and the folder of the service lie in each other")


def check_store(store: str) -> None:
    """Raise ValueError for what is no store: a folder, or a URL prefix that ends with / or names a bucket."""
    if not is_url(store):
        if not Path(store).is_absolute():
            raise ValueError(f"[server]: the store {store!r:.80} is no whole path")
        return
    if urlsplit(store).scheme in LOCAL or "::" in store or not PLAIN.fullmatch(store) or not urlsplit(store).netloc:
        raise ValueError(f"[server]: the store {store!r:.80} is no plain URL prefix; give a folder, or s3://bucket/")


def in_stores(named: str, stores: Sequence[str]) -> str:
    """The whole path, or the URL, of a file that a job names. Raises ProblemError (422) unless it lies in a store; what
    is there and what is not is not said of anything outside."""
    found = _url(named, stores) if is_url(named) else _path(named, stores)
    if found is None:
        raise refused(named)
    return found


def refused(named: str) -> ProblemError:
    """It lies in no store, or is no file there."""
    return unusable(f"{named!r:.200} is no file of an upload or an allowed store", "upload it, or name one of a store")


def _url(named: str, stores: Sequence[str]) -> str | None:
    parts = named.split("/")
    if not PLAIN.fullmatch(named) or "::" in named or {".", ".."} & set(parts) or "" in parts[3:]:
        return None
    inside = any(named.startswith(store.rstrip("/") + "/") for store in stores if is_url(store))
    return named if inside else None


def _path(named: str, stores: Sequence[str]) -> str | None:
    if "\0" in named or len(named) > 4000 or not Path(named).is_absolute():
        return None
    try:
        path = Path(named).resolve(strict=True)
        inside = any(path.is_relative_to(Path(store).resolve()) for store in stores if not is_url(store))
        return str(path) if inside and path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
