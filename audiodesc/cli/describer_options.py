"""Options of the describer, for commands that look at a film."""

from __future__ import annotations

from typing import Annotated

import typer

Describer = Annotated[
    str | None,
    typer.Option(
        "--describer",
        metavar="NAME|FILE",
        help="Who looks: a name, see `describers`, or a profile. Default, or auto: the best there is.",
    ),
]
Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="An OpenAI-compatible server (vLLM, Ollama, a cloud …).")
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME|FOLDER", help="The server's model; or one to run here, by name or folder."),
]
Teller = Annotated[
    str | None, typer.Option("--teller", metavar="NAME", help="Another model, which makes lines of what was seen.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Fetch a model that is not on this disk without asking.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing.")]
Parallel = Annotated[int, typer.Option("--parallel", metavar="N", help="Requests to the server at a time.")]
Video = Annotated[bool, typer.Option("--video", help="Send the server one video a clip, not pictures.")]
Cast = Annotated[
    str | None, typer.Option("--cast", metavar="FILE", help="TOML: the people's names, looks and portraits.")
]
Context = Annotated[str, typer.Option("--context", metavar="TEXT", help="Anything the describer should know.")]
