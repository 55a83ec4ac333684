"""The describer `server`: a model behind any server that speaks OpenAI's protocol."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

from audiodesc.core.environment import install_command
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions
from audiodesc.errors import UsageError


class ServerBackend(DescriberBackend):
    """The entry of `server`."""

    name = "server"
    summary = "what its video-language model sees: people, what they do, places, text"
    needs = "a server that speaks OpenAI's protocol: --server URL --model NAME"
    options = None

    @property
    def install(self) -> str:
        return install_command("openai")

    def availability(self) -> Availability:
        if find_spec("openai") is None:
            return Availability(False, "openai is not installed", self.install)
        return AVAILABLE

    def on_disk(self) -> None:
        """The model is on the server."""

    def requested(self, options: DescriberOptions) -> bool:
        return bool(options.server)

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        if not options.server or not options.model:
            raise UsageError("the describer server needs an address and a model", "give --server URL and --model NAME")
        from audiodesc.describers.server.client import Server

        return Server(options.server, options.model, options.context, parallel=options.parallel, video=options.video)


SERVER: Final = ServerBackend()
