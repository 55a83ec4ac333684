"""What kind of model a config.json describes, and whether that kind can be used here."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from audiodesc.core.installation import install_command, models_command
from audiodesc.errors import MissingToolError


class Kinds(NamedTuple):
    """Model types that transformers knows; of them those that answer about video, and those that go on with text."""

    known: frozenset[str]
    watching: frozenset[str]
    writing: frozenset[str]


def kind_fault(config: Mapping[str, Any], *, sees: bool) -> tuple[str, str] | None:
    """Why this is no model of the kind that is wanted, and what to do; None where it is one.

    `sees`: one that answers in text about video; else one that goes on with text. Raises MissingToolError
    without transformers.
    """
    kind = config.get("model_type")
    if not isinstance(kind, str):
        return "its config.json names no model_type", "give a model in the form that transformers saves"
    if kind in (kinds().watching if sees else kinds().writing):
        return None
    what = f"a {kind!r:.60} model"
    if kind in kinds().known:
        wanted = "video-text-to-text" if sees else "text-generation"
        return f"{what} ({_architecture(config)}), no {wanted} model", f"choose a {wanted} model"
    if "auto_map" in config:
        fault = f"{what}, which needs program code of its own (auto_map), and such code is never run"
        return fault, "choose a model that transformers itself knows"
    return f"{what}, which this transformers does not know", install_command("-U", "transformers")


@functools.cache
def kinds() -> Kinds:
    """As the installed transformers has them. Raises MissingToolError without it."""
    try:
        from transformers.models.auto import configuration_auto, modeling_auto, video_processing_auto
    except ImportError as error:
        raise MissingToolError("models are run by the package transformers", models_command()) from error
    answering = frozenset(modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    return Kinds(
        known=frozenset(configuration_auto.CONFIG_MAPPING_NAMES),
        watching=answering & frozenset(video_processing_auto.VIDEO_PROCESSOR_MAPPING_NAMES),
        writing=frozenset(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
    )


def _architecture(config: Mapping[str, Any]) -> str:
    names = config.get("architectures")
    return f"{names[0]!r:.60}" if isinstance(names, list) and names else "of no named architecture"
