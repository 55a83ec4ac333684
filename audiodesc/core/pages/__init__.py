"""Pages of one file: templates whose values are escaped, with their style inside, and no script, address or frame.

A page extends `document.html`, which has the head; one that lists moments of a film includes `moments.css`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audiodesc.core.formatting import plain


def environment(package: str, style: str, **filters: Callable[..., Any]) -> Environment:
    """The templates of a package, and those that all share; `style` is the name of the one that is the style, of which
    the page's policy holds the hash."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__name__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    made.filters |= filters | {"base64": _base64}
    css = made.get_template(style).render().strip()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    made.globals |= {"style": Markup(css), "style_hash": digest}  # noqa: S704 — a file of this package
    return made


def _clean(value: Any) -> Any:
    """What every value goes through on its way into the page, before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
