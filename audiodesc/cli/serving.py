"""The command `serve`: jobs over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.options import option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.service.config import ServiceConfig

Config = Annotated[
    Path | None,
    typer.Argument(metavar="CONFIG.toml", help="What the service is: its folder, stores, tenants and their keys."),
]
Host = Annotated[
    str, option("--host", metavar="NAME", help="Listen at this address. Default: the config's.", panel="Service")
]
Port = Annotated[
    int | None,
    option(
        "--port", metavar="N", help="Listen at this port, 0 for a free one. Default: the config's.", panel="Service"
    ),
]
AtOnce = Annotated[
    int | None,
    option(
        "--at-once", metavar="N", help="Films that are made at a time, 0: as many as the machine can.", panel="Service"
    ),
]
Ray = Annotated[
    str,
    option(
        "--ray",
        metavar="ADDRESS",
        help="Make films on this Ray cluster; local: one that is started here.",
        panel="Service",
    ),
]
NewKey = Annotated[
    bool, option("--new-key", help="Print a new key and the hash that the config keeps of it.", panel="Keys")
]
NewSecret = Annotated[bool, option("--new-secret", help="Print a new secret that signs webhooks.", panel="Keys")]


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service listens."""

    host: Host = ""
    port: Port = None


@without_choices
def serve(
    listening: Listening,
    config: Config = None,
    at_once: AtOnce = None,
    ray: Ray = "",
    new_key: NewKey = False,
    new_secret: NewSecret = False,
) -> None:
    """Take films as jobs over HTTP, describe them, and hand out what was made, for the tenants of a config.

    Its log is JSON, a line each, on standard error. It ends after Ctrl+C or SIGTERM once films have stopped after what
    they have in hand; the next start goes on with them.
    """
    if new_key or new_secret:
        _print_new(new_key, new_secret)
        return
    if config is None:
        raise UsageError("no config is given", "give its file: audiodesc serve CONFIG.toml")
    from audiodesc.cli.film_runners import film_runner
    from audiodesc.service.config import read_config
    from audiodesc.service.logs import log_as_json
    from audiodesc.service.serving import serving

    chosen = _chosen(read_config(config), listening, at_once, ray)
    server, logs = chosen.server, chosen.folder / "logs"
    with serving(chosen, lambda: film_runner(server.at_once or None, server.ray or None, logs)) as served:
        say(f"Listening at {served.address}")
        log_as_json()
        served.run()


def _print_new(key: bool, secret: bool) -> None:
    from audiodesc.service.signing import new_secret

    if key:
        from audiodesc.service.keys import hash_of, new_key

        made = new_key()
        say(f"key:    {made}")
        say(f"sha256: {hash_of(made)}")
        say("Hand the key to who uses it, and write the hash into the config; the key is kept nowhere.")
    if secret:
        say(f"secret: {new_secret()}")


def _chosen(config: ServiceConfig, listening: Listening, at_once: int | None, ray: str) -> ServiceConfig:
    """The config with what the command line says."""
    from dataclasses import replace

    from audiodesc.service.config import check_server

    server = config.server
    server = replace(
        server,
        host=listening.host or server.host,
        port=server.port if listening.port is None else listening.port,
        at_once=server.at_once if at_once is None else at_once,
        ray=ray or server.ray,
    )
    try:
        check_server(server)
    except ValueError as error:
        raise UsageError(str(error), "change the config, or leave the option out") from error
    return replace(config, server=server)
