"""The describer `server`: a model behind any server that speaks OpenAI's protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from annotated_types import Ge, Le

from audiodesc.core.environment import install_command
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, Readiness
from audiodesc.describers.prompts import LINE_PROMPTS
from audiodesc.describers.server.local import PORTS, LocalServer, local_server
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.describers.models.profiles import ModelProfile
    from audiodesc.describers.server.serve import ServedModel


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server is asked. Where a number is 0 the model's profile says it.

    `timeout_s` seconds for one answer; `fps`, `max_frames` and `max_pixels` of the frames of a clip; `observe_tokens`
    and `line_tokens` of an answer about a clip and of one with a line, at the first attempt; with `thinking` the model
    may reason before it answers; `start_s` seconds are given to a server that is started for the run.
    """

    timeout_s: Annotated[float, Ge(0.01), Le(7200)] = 300.0
    fps: Annotated[float, Ge(0), Le(30)] = 0.0
    max_frames: Annotated[int, Ge(0), Le(768)] = 0
    max_pixels: Annotated[int, Ge(0), Le(4_000_000)] = 0
    observe_tokens: Annotated[int, Ge(0), Le(32_768)] = 0
    line_tokens: Annotated[int, Ge(0), Le(32_768)] = 0
    thinking: bool = False
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


class ServerBackend(DescriberBackend):
    """The entry of `server`."""

    name = "server"
    prompts = ("observe.plain", *LINE_PROMPTS)
    summary = "what its video-language model sees: people, what they do, places, text"
    needs = "a server that speaks OpenAI's protocol: --server URL, perhaps --model NAME"
    options = ServerOptions

    @property
    def install(self) -> str:
        return install_command("openai")

    def availability(self) -> Availability:
        if find_spec("openai") is None:
            return Availability(False, "openai is not installed", self.install)
        return AVAILABLE

    def on_disk(self) -> None:
        """The model is on the server."""

    @property
    def auto_rank(self) -> int:
        """Above all models that would have to be loaded here: one that runs holds the memory that they would need."""
        return 60

    def unfit(self, options: DescriberOptions) -> str:
        if not options.local_server:
            return "not looked for on this machine"
        ports = ", ".join(f"{name} {port}" for name, port in PORTS.items())
        return "" if local_server() else f"no model that sees is served on this machine ({ports})"

    def readiness(self, options: DescriberOptions) -> Readiness:
        return Readiness(reason=f"{local_server()}; --no-local-server does not take it")

    def requested(self, options: DescriberOptions) -> bool:
        return bool(options.server)

    def create(self, options: DescriberOptions, own: ServerOptions) -> Describer:
        if options.serve:
            served = _served(options, own)
            return _server(served, served.weights.repository, served.profile, options, own)
        from audiodesc.describers.server.client import ANY_MODEL

        profile = _profile(options.profile) or ANY_MODEL
        if options.server:
            return _server(options.server, options.model, profile, options, own)
        here = local_server() if options.local_server else None
        if not here:
            raise UsageError("the describer server needs an address", "give --server URL, and --model NAME")
        return _server(here, options.model or here.model, profile, options, own)


def _server(
    at: str | LocalServer | ServedModel,
    model: str,
    profile: ModelProfile,
    options: DescriberOptions,
    own: ServerOptions,
) -> Describer:
    from audiodesc.describers.server.client import Server
    from audiodesc.describers.server.writer import wanted_writer

    return Server(
        at,
        model,
        options.context,
        parallel=options.parallel,
        video=options.video,
        profile=profile,
        own=own,
        writer=wanted_writer(options, own, profile.writer_model),
    )


def _served(options: DescriberOptions, own: ServerOptions) -> ServedModel:
    """A model of this disk, or fetched, behind a server that is started for the run."""
    from audiodesc.describers.models.hardware import this_machine
    from audiodesc.describers.models.profiles import ModelProfile
    from audiodesc.describers.models.weights import obtain
    from audiodesc.describers.server.serve import served_model

    if options.server:
        raise UsageError("--serve starts a server, and --server names one that runs", "leave one of them out")
    profile = _profile(options.profile) or ModelProfile(name=options.model, repository=options.model)
    if not profile.repository:
        raise UsageError("there is no model to serve", "give --describer NAME, see `audiodesc describers`, or --model")
    profile = own.applied(profile.with_weights(options.model))
    weights = obtain(profile, options.downloads, options.progress)
    return served_model(profile, weights, options.parallel, this_machine().total_gb, own.start_s)


def _profile(name: str) -> ModelProfile | None:
    """The profile of that name or at that path; None for "". Raises UsageError for that of a model without eyes."""
    from audiodesc.describers.models.profiles import read_profile, shipped

    if not name:
        return None
    found = read_profile(Path(name)) if name.endswith(".toml") else shipped()[name]
    if found.prompt == "none":
        raise UsageError(f"{name} sees no pictures", "give it as --writer-model, and another as --describer")
    return found


SERVER: Final = ServerBackend()
