"""Messages signed as Standard Webhooks (standardwebhooks.com) has it: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """A secret of 32 bytes, as `secret_of` reads it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret_of(text: str) -> bytes:
    """The bytes of a secret "whsec_" and base64. Raises ValueError for other texts, and other than 24 to
    64 bytes."""
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.strip().startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"is not {PREFIX} and base64 of 24 to 64 bytes")
    return key


def signed(secret: bytes, message: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers of a message; `timestamp` is in seconds since the epoch."""
    content = f"{message}.{timestamp}.".encode() + body
    made = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{made}",
        "content-type": "application/json",
    }
