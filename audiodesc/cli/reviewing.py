"""The command `review`: a local page on a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.editing import Author
from audiodesc.cli.options import option, with_choices
from audiodesc.cli.terminal import say
from audiodesc.errors import UsageError
from audiodesc.settings import DescriberSettings, Settings

if TYPE_CHECKING:
    from audiodesc.project import Project

Place = Annotated[
    Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote; or a film, for its folder.")
]
Port = Annotated[
    int,
    option("--port", metavar="N", help="Listen at this port. Default: the project's usual one.", panel="Server"),
]
NoBrowser = Annotated[bool, option("--no-browser", help="Print the address, and open nothing.", panel="Server")]
OnLan = Annotated[
    bool,
    option("--lan", help="Let other computers in: asks for --password-file, --cert and --key.", panel="Server"),
]
PasswordFile = Annotated[
    Path | None, option("--password-file", metavar="FILE", help="Its first line is the password.", panel="Server")
]
Cert = Annotated[Path | None, option("--cert", metavar="FILE", help="The TLS certificate (PEM).", panel="Server")]
Key = Annotated[Path | None, option("--key", metavar="FILE", help="Its private key (PEM).", panel="Server")]


@with_choices("describer", "run.yes", "options")
def review(
    film: Place,
    settings: Settings,
    port: Port = 0,
    no_browser: NoBrowser = False,
    lan: OnLan = False,
    password_file: PasswordFile = None,
    cert: Cert = None,
    key: Key = None,
    author: Author = "",
) -> None:
    """Open a page on this computer to watch, read, change, hear, approve and render the lines of a film.

    There the describer can be asked for other lines: that of the last run, if no other is named. The address of a
    server is given again, as for `make`.
    """
    from audiodesc.review.places import opened_project
    from audiodesc.review.server import Lan, open_browser, serving

    opened_to = None
    if lan:
        if not (password_file and cert and key):
            raise UsageError("--lan lets other computers in", "give --password-file, --cert and --key with it")
        opened_to = Lan(_password(password_file), cert, key)
    elif password_file or cert or key:
        raise UsageError("a password or certificate is for --lan alone", "leave it out, or give --lan too")
    project = opened_project(film)
    with serving(project, author, port, opened_to, _chosen(film, project, settings)) as server:
        say(f"Open {server.address}")
        if lan:
            say(f"It listens at all network addresses of this computer, port {server.port}, over TLS. Who has the")
            say("password can read and change this project, and hear and see its film, from any computer that reaches")
            say("this one, as long as this runs.")
        say("Press Ctrl+C to end. What you did is kept already.")
        if not no_browser:
            open_browser(server.address)
        server.run()


def _chosen(film: Path, project: Project, settings: Settings) -> Settings:
    """The choices of the last run, with the describer that is named; a folder's are among those that are given."""
    if film.is_dir():
        return settings
    from audiodesc.project.saved import saved_settings

    saved = saved_settings(project)
    if settings.describer == DescriberSettings():
        return saved
    return replace(saved, describer=settings.describer, run=settings.run, options={**saved.options, **settings.options})


def _password(path: Path) -> str:
    try:
        return path.read_text("utf-8").splitlines()[0].strip()
    except (OSError, UnicodeError, IndexError) as error:
        raise UsageError(
            f"{path} has no password in its first line ({type(error).__name__})", "write it there"
        ) from error
