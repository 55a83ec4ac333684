"""Writes `audiodesc/report/schema.json`: the JSON schema of the report, from its types and their docstrings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from audiodesc.report import dialogue, doubts, measured, model, provenance

SCHEMA = Path(model.__file__).with_name("schema.json")


def schema() -> str:
    """The schema as text. What the report takes from elsewhere, such as the tracks of a film, has no description."""
    made = TypeAdapter(model.Report).json_schema()
    for name, one in made["$defs"].items():
        kind = next(
            filter(None, (getattr(one, name, None) for one in (dialogue, doubts, measured, model, provenance))), None
        )
        if kind is None or not kind.__module__.startswith("audiodesc.report"):
            one.pop("description", None)
    made["properties"]["schema_version"]["description"] = f"This schema is of version {model.SCHEMA_VERSION}."
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Report of audiodesc"}
    return json.dumps(head | _untitled(made), indent=1, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    """Without the titles that repeat each name, and with docstrings in one line."""
    if isinstance(value, dict):
        return {
            name: " ".join(inner.split()) if name == "description" and isinstance(inner, str) else _untitled(inner)
            for name, inner in value.items()
            if name != "title"
        }
    return [_untitled(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    SCHEMA.write_text(schema(), "utf-8")
