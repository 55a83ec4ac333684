"""The options of the describer `server`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from annotated_types import Ge, Le

from audiodesc.describers.models.profiles import ModelProfile


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server is asked. Where a number is 0 the model's profile says it.

    `timeout_s` seconds for one answer; `fps`, `max_frames` and `max_pixels` of the frames of a clip; `observe_tokens`
    and `line_tokens` of an answer about a clip and of one with a line, at the first attempt; with `thinking` the model
    may reason before it answers; `writer_url` is the address of another server, which has the writer model;
    `start_s` seconds are given to a server that is started for the run.
    """

    timeout_s: Annotated[float, Ge(0.01), Le(7200)] = 300.0
    fps: Annotated[float, Ge(0), Le(30)] = 0.0
    max_frames: Annotated[int, Ge(0), Le(768)] = 0
    max_pixels: Annotated[int, Ge(0), Le(4_000_000)] = 0
    observe_tokens: Annotated[int, Ge(0), Le(32_768)] = 0
    line_tokens: Annotated[int, Ge(0), Le(32_768)] = 0
    thinking: bool = False
    writer_url: str = ""
    start_s: Annotated[float, Ge(1), Le(7200)] = 1800.0

    def applied(self, profile: ModelProfile) -> ModelProfile:
        """The profile with what the options say instead."""
        most = self.max_frames or profile.max_frames
        return replace(
            profile,
            fps=self.fps or profile.fps,
            min_frames=min(profile.min_frames, most),
            max_frames=most,
            max_pixels=self.max_pixels or profile.max_pixels,
            observe_tokens=self.observe_tokens or profile.observe_tokens,
        )
