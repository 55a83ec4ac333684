"""Where webhooks may go: addresses that the tenant's config allows, over TLS, and not into the operator's network."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from audiodesc.review.problems import ProblemError
from audiodesc.service.config import Server, Tenant
from audiodesc.service.refusals import unusable
from audiodesc.service.stores import PLAIN

PUBLIC: Final = ipaddress.ip_network("2000::/3")
"""The addresses of IPv6 that IANA gives to the public internet."""

REMEDY: Final = "give an https URL that begins with one of the tenant's allow list"


class TargetError(Exception):
    """A message cannot go there."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked: what is connected to, and what it is called in the request."""

    url: str
    headers: Mapping[str, str]
    sni: str


def check_target(url: str, tenant: Tenant, server: Server) -> None:
    """Raise ProblemError (422) for a URL of a job that its tenant may not name; "" is none."""
    if not url:
        return
    if not (tenant.webhook and _is_allowed(url, tenant.webhook.allow)):
        raise _refused(url)
    try:
        parted(url, server)
    except TargetError:
        raise _refused(url) from None


def parted(url: str, server: Server) -> SplitResult:
    """The parts of a URL. Raises TargetError for one that is not plain https (or http, where that is allowed)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetError("it is no URL") from None
    schemes = ("https", "http") if server.webhook_http else ("https",)
    if parts.scheme not in schemes or not parts.hostname or not url.isascii() or port == 0:
        raise TargetError("it is no https URL")
    if parts.username is not None or parts.fragment or any(ord(one) <= 32 or one == "\\" for one in url):
        raise TargetError("it is no plain URL")
    return parts


def resolved(url: str, server: Server, tries: int = 0, timeout_s: float = 15.0) -> Target:
    """What to connect to: an address that the name has now, which is checked, so that it cannot become another one;
    another one of its addresses after each of the `tries` that failed.

    Raises TargetError for what is not to be connected to, and where the name is not known within `timeout_s` seconds.
    """
    parts = parted(url, server)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    known = _addresses(host, port, timeout_s)
    if not server.webhook_private and (private := sorted(filter(is_private, known))):
        raise TargetError(f"its address {private[0]} is private")
    address = sorted(known, key=lambda one: (":" in one, one))[tries % len(known)]
    literal = f"[{address}]" if ":" in address else address
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"{parts.scheme}://{literal}:{port}{parts.path or '/'}{query}", {"host": parts.netloc}, host)


def _addresses(host: str, port: int, timeout_s: float) -> set[str]:
    """The addresses of a name. The system's resolver has no bound of its own: it is left behind on a daemon thread."""
    found: list[set[str]] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            found.append({str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})

    asking = threading.Thread(target=ask, name="name", daemon=True)
    asking.start()
    asking.join(timeout_s)
    if not found or not found[0]:
        raise TargetError("its name is not known" if not asking.is_alive() else "its name is not known in time")
    return found[0]


def is_private(address: str) -> bool:
    """Whether an IP address is none of the public internet; IPv4 in IPv6 is looked into."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip) or (ip.teredo or (None, None))[1]
        if inner is not None:
            return is_private(str(inner))
        if ip not in PUBLIC:
            return True
    return not ip.is_global or ip.is_multicast


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = ip in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF) if inside else None


def _is_allowed(url: str, allow: tuple[str, ...]) -> bool:
    """Whether a URL is one of these, or below one: the host is compared whole."""
    if not PLAIN.fullmatch(url.partition("?")[0]) or {".", ".."} & set(url.partition("?")[0].split("/")):
        return False
    return any(url == one or url.startswith(one.rstrip("/") + "/") for one in allow)


def _refused(url: str) -> ProblemError:
    return unusable(f"the webhook {url!r:.200} is not allowed", REMEDY)
