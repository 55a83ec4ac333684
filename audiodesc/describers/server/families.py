"""Which models see pictures, by the names that servers list them under: no list says so itself."""

from __future__ import annotations

import re

_SEES = re.compile(
    r"vl\b|vl[-_.:\d]|vision|llava|gemma-?[34]|minicpm-?[vo]|moondream|pixtral|smolvlm|internvl|molmo|omni|narrator|"
    r"captioner|glm-?4\.\dv|mistral-small-?3\.[1-9]|qwen-?3\.5|llama-?4|phi.*multimodal|idefics|ernie.*vl|videollama",
    re.IGNORECASE,
)


def may_see(name: str) -> bool:
    """Whether a model of that name is of a family that sees pictures."""
    return bool(_SEES.search(name))
