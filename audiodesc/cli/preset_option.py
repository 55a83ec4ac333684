"""The option `--deliver-for`: a preset's values lie under those that a user gives, and its deliverables beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

DeliverFor = Annotated[
    str | None,
    typer.Option(
        "--deliver-for",
        metavar="NAME",
        help="What netflix, amazon, apple, bbc, ard, youtube or web asks for in public: files, loudness; options win.",
        rich_help_panel="Results",
    ),
]


def preset_layers(name: str | None, *given: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the preset puts under what was given, and over it; nothing without one. Raises UsageError."""
    if not name:
        return {}, {}
    from audiodesc.presets import layers

    return layers(name, given)


def preset_deliverables(name: str | None) -> tuple[str, ...]:
    """The names of what the preset makes; none without one. Raises UsageError."""
    if not name:
        return ()
    from audiodesc.presets import preset

    return preset(name).deliverables
