"""Where a server is, what opens it, and how both are kept out of every text."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from audiodesc.errors import UsageError

KEY = "AUDIODESC_API_KEY"
OPENAI_KEY, OPENAI_HOST = "OPENAI_API_KEY", "api.openai.com"
"""The key that other programs use too goes to that host alone."""

WORD_LETTERS = 8
"""A secret that is shorter is hidden only where it stands as a word: a password may be a part of other words."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The address without its login, the key ("" for none), and the headers that carry a login."""

    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine: what goes there needs no proxy."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def hidden(self, text: str) -> str:
        """The text with "…" in the place of the address, the login and the key, however a server wrote them."""
        forms = {form for secret in self.secrets for form in _forms(secret)}
        for form in sorted(forms, key=len, reverse=True):
            pattern = re.escape(form) if len(form) >= WORD_LETTERS else rf"(?<!\w){re.escape(form)}(?!\w)"
            text = re.sub(pattern, "…", text, flags=re.IGNORECASE)
        return text


def connection(url: str) -> Connection:
    """What a user's address says. The key is read from the environment: AUDIODESC_API_KEY, else, for OpenAI's own
    host, OPENAI_API_KEY.

    Raises UsageError, without the address, for one that is none, and for a key that cannot be sent.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError("what --server holds is no address of a server", "give one like http://127.0.0.1:8000/v1")
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    own = os.environ.get(OPENAI_KEY, "") if parts.hostname == OPENAI_HOST else ""
    key = os.environ.get(KEY, "").strip() or own.strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError("the key of the environment holds what no key does", f"set {KEY} to the key alone")
    places = (plain, host, parts.path.strip("/") if len(parts.path) > WORD_LETTERS else "")
    if parts.username is None:
        return Connection(plain, key, {}, tuple(filter(None, (key, *places))))
    user, password = unquote(parts.username), unquote(parts.password or "")
    login = f"{user}:{password}"
    encoded = base64.b64encode(login.encode()).decode()
    secrets = (key, encoded, login, password, user, *places)
    return Connection(plain, key, {"Authorization": f"Basic {encoded}"}, tuple(filter(None, secrets)))


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), secret.replace("/", "\\/"), base64.b64encode(secret.encode()).decode()
