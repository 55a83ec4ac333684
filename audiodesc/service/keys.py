"""Keys that let a tenant in: made at random, kept as hashes alone, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from audiodesc.service.config import Key, Tenant

PREFIX: Final = "ad_"
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a tenant, by one of its keys."""

    tenant: Tenant
    key: Key


def new_key() -> str:
    """A key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What is kept of a key: it is random, so that one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def is_key(given: str, sha256: str) -> bool:
    """Whether a key is that of a hash."""
    return bool(sha256) and hmac.compare_digest(hash_of(given), sha256)


def caller_of(given: str, tenants: tuple[Tenant, ...]) -> Caller | None:
    """Whose key it is; all keys are compared, whichever it is."""
    if not given or len(given) > LONGEST:
        return None
    made, found = hash_of(given), None
    for tenant in tenants:
        for key in tenant.keys:
            if hmac.compare_digest(made, key.sha256):
                found = Caller(tenant, key)
    return found
