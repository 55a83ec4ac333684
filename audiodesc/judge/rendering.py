"""The forms in which a judgement goes to other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from audiodesc.judge.findings import Judgement
from audiodesc.judge.junit import junit
from audiodesc.judge.output import as_json
from audiodesc.judge.sarif import sarif


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMS: Mapping[str, Callable[[Judgement], str]] = {
    "json": lambda judgement: _json(as_json(judgement)),
    "sarif": lambda judgement: _json(sarif(judgement)),
    "junit": junit,
}


def rendered(judgement: Judgement, form: str) -> str:
    """The judgement as text in a form of `FORMS`, with a newline at its end."""
    return FORMS[form](judgement)
