"""Times as people read them, rounded in one way wherever they stand."""

from __future__ import annotations


def clock(ms: float, decimals: int = 0) -> str:
    """A moment: minutes and seconds, with hours where there are any, and parts of a second where they are asked for:
    4:05, 1:04:05, 4:05.3."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    hours = f"{whole // 3600}:{whole // 60 % 60:02}" if whole >= 3600 else f"{whole // 60}"
    return f"{hours}:{whole % 60:02}{_fraction(part, decimals)}"


def seconds(ms: float, decimals: int = 1) -> str:
    """How long something lasts, in seconds: 3.7."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    return f"{whole}{_fraction(part, decimals)}"


def _parts(ms: float, decimals: int) -> int:
    """Seconds, tenths or less, rounded; a half goes up."""
    return int((round(ms) * 10**decimals + 500) // 1000)


def _fraction(part: int, decimals: int) -> str:
    return f".{part:0{decimals}}" if decimals else ""
