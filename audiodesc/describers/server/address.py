"""The address of a server, its login and its key: none of them reaches any text, even where the server repeats them."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from audiodesc.errors import UsageError

KEY, WRITER_KEY = "AUDIODESC_API_KEY", "AUDIODESC_WRITER_API_KEY"
"""The keys of --server and of --writer-server: each goes to its own server alone."""

OPENAI_KEY, OPENAI_HOST = "OPENAI_API_KEY", "api.openai.com"
"""The key that other programs use too goes to that host alone."""

KEYS = frozenset({KEY, WRITER_KEY, OPENAI_KEY})

WORD_LETTERS = 8
"""A secret that is shorter is hidden only where it stands as a word: a password may be a part of other words."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The address without its login, the key ("" for none), and the headers that carry a login.

    `secrets` are all that leads to the server but the name of the user, `user`. `key_from` is the environment variable
    of the key.
    """

    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    user: str = field(default="", repr=False)
    key_from: str = KEY

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine: what goes there needs no proxy."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def hash(self) -> str:
        """Stands for the address where that must not be shown."""
        return sha256(self.url.encode()).hexdigest()[:12]

    @property
    def kind(self) -> str:
        """What server it is likely to be, by its address: "openai", "ollama", "lmstudio", or ""."""
        parts = urlsplit(self.url)
        if parts.hostname == OPENAI_HOST:
            return "openai"
        return {11434: "ollama", 1234: "lmstudio"}.get(parts.port or 0, "")

    def hidden(self, text: str) -> str:
        """The text with "…" in the place of the address, the login and the key, however a server wrote them."""
        return _without(text, [*self.secrets, *filter(None, [self.user])])

    def hidden_in_answer(self, text: str) -> str:
        """The same of a model's words, where only what can be no word of a description is hidden: a key may be "EMPTY",
        and the user may be called like somebody in the film."""
        return _without(text, [one for one in self.secrets if len(one) >= WORD_LETTERS and not one.isalpha()])


def connection(url: str, *, keyless: bool = False, option: str = "--server", key_from: str = KEY) -> Connection:
    """What a user's address says. The key is read from the environment: from `key_from`, else, for OpenAI's own host,
    OPENAI_API_KEY; with `keyless` none is sent.

    Raises UsageError, without the address, for one that is none, and for a key that cannot be sent.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError(f"what {option} holds is no address of a server", "give one like http://127.0.0.1:8000/v1")
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    own = os.environ.get(OPENAI_KEY, "") if parts.hostname == OPENAI_HOST else ""
    key = "" if keyless else os.environ.get(key_from, "").strip() or own.strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError("the key of the environment holds what no key does", f"set {key_from} to the key alone")
    places = (plain, host, parts.path.strip("/") if len(parts.path) > WORD_LETTERS else "")
    if parts.username is None:
        return Connection(plain, key, {}, tuple(filter(None, (key, *places))), key_from=key_from)
    user, password = unquote(parts.username), unquote(parts.password or "")
    login = f"{user}:{password}"
    encoded = base64.b64encode(login.encode()).decode()
    secrets = (key, encoded, login, password, *places)
    headers = {"Authorization": f"Basic {encoded}"}
    return Connection(plain, key, headers, tuple(filter(None, secrets)), user, key_from)


def _without(text: str, secrets: Sequence[str]) -> str:
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        pattern = re.escape(form) if len(form) >= WORD_LETTERS else rf"(?<!\w){re.escape(form)}(?!\w)"
        text = re.sub(pattern, "…", text, flags=re.IGNORECASE)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), secret.replace("/", "\\/"), base64.b64encode(secret.encode()).decode()
