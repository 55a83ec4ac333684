"""Downloads: whether the user allows one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from audiodesc.errors import MissingToolError

ASK_ABOVE: Final = 1_000_000_000
"""Bytes. A smaller download needs no word from the user, unless it is said otherwise."""


class Downloads:
    """Whether something may be downloaded: by the choices `yes` (all) and `offline` (nothing), or by asking the user.

    `ask` puts a question to the user and is None where there is nobody to answer. A no, and a host that cannot be
    reached, hold for everything that is asked for later.
    """

    def __init__(self, yes: bool = False, offline: bool = False, ask: Callable[[str], bool] | None = None) -> None:
        self._yes, self._offline, self._ask = yes, offline, ask
        self._final, self._declined = "", False

    @property
    def declined(self) -> bool:
        """Whether the user said no."""
        return self._declined

    @property
    def all_allowed(self) -> bool:
        """Whether everything may be downloaded without asking."""
        return self._yes

    @property
    def offline(self) -> bool:
        """Whether nothing may be downloaded."""
        return self._offline

    @property
    def can_ask(self) -> bool:
        """Whether something may be fetched, and there is somebody to ask."""
        return self._ask is not None and not (self._yes or self._offline)

    def refusal(
        self,
        source: str,
        licence: str,
        size: Callable[[], int],
        estimated: float = 0.0,
        *,
        ask_above: int = ASK_ABOVE,
        remark: str = "",
    ) -> str:
        """Why it may not be downloaded, as what to do about it; "" where it may be.

        `size` asks the host of `source` how many bytes would come, and is not called where `estimated` bytes are
        refused anyway. The user is asked above `ask_above` bytes, after the `remark`. Raises what `size` raises.
        """
        if self._offline:
            return "leave --offline out to fetch it"
        if self._final:
            return self._final
        if self._ask is None and not self._yes and estimated > ask_above:
            return f"give --yes to fetch {shown_size(estimated)}"
        try:
            size_bytes = size()
        except MissingToolError as error:
            self._final = str(error)
            raise
        if self._yes or size_bytes <= ask_above:
            return ""
        if self._ask is None:
            return f"give --yes to fetch {shown_size(size_bytes)}"
        if self._ask(f"{remark}fetch {shown_size(size_bytes)} from {source} (licence: {licence})?"):
            return ""
        self._final, self._declined = "you did not want it fetched", True
        return self._final


def shown_size(size_bytes: float) -> str:
    """A size for a person: "121 MB", "3.4 GB"."""
    if size_bytes < 1e9:
        return f"{size_bytes / 1e6:.0f} MB"
    return f"{size_bytes / 1e9:.1f} GB"
