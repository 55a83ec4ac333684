"""A folder's processor: what turns words and pictures into a model's input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audiodesc.describers.models.checking import read_json

OLD_LLAVA = "llava_next_video"
"""In its older folders one file describes pictures and video, and transformers' own search for it has no end."""

_HERE = {"local_files_only": True, "trust_remote_code": False}


def processor_of(folder: Path, auto: Any) -> Any:
    """The processor in a folder; `auto` is the class that finds out which it is. Raises whatever transformers does."""
    config = read_json(folder / "config.json")
    if config.get("model_type") == OLD_LLAVA and not _describes_video(folder):
        return _old_llava(folder, config)
    return auto.from_pretrained(folder, **_HERE)


def _describes_video(folder: Path) -> bool:
    own = folder / "processor_config.json"
    return (folder / "video_preprocessor_config.json").is_file() or (
        own.is_file() and "video_processor" in read_json(own)
    )


def _old_llava(folder: Path, config: Any) -> Any:
    import transformers as t

    video = t.LlavaNextVideoVideoProcessor.from_pretrained(folder, **_HERE)
    image = t.LlavaNextImageProcessor.from_pretrained(folder, **_HERE)
    tokenizer = t.AutoTokenizer.from_pretrained(folder, **_HERE)
    settings, _ = t.LlavaNextVideoProcessor.get_processor_dict(folder, **_HERE)
    unsaid = {
        "patch_size": config.get("vision_config", {}).get("patch_size"),
        "vision_feature_select_strategy": config.get("vision_feature_select_strategy", "default"),
    }
    return t.LlavaNextVideoProcessor.from_args_and_dict([video, image, tokenizer], unsaid | settings)
