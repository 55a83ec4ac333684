"""Nothing leaves this machine, and nothing is written but results, the project and the caches in the README.

Each command runs in a process of its own with an empty HOME. An audit hook notes what Python looks up, connects to and
opens for writing, in that process and in each Python that it starts; strace, where it can run, notes the same of the
libraries' own code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from stories import SCRIPT, make_story, write_script
from test_pipeline_server import model

from audiodesc.core.environment import FOLDERS, SILENT, silence

HOOK = """
import os, sys
_log = os.open(os.environ["AUDIT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def _note(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"):
        os.write(_log, f"network {event} {args!r:.200}\\n".encode(errors="replace"))
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if isinstance(args[0], (str, bytes, os.PathLike)):
            os.write(_log, f"write {os.path.abspath(os.fsdecode(args[0]))}\\n".encode(errors="replace"))
sys.addaudithook(_note)
"""
__all__ = ["model"]  # a fixture

LOCAL_SERVER = re.compile(
    r"127\.0\.0\.1'?, (?:8000|30000|11434|1234)\b"
    r"|htons\((?:8000|30000|11434|1234)\), sin_addr=inet_addr\(\"127\.0\.0\.1\"\)"
)
"""Asking for models that are served on this very machine leaves it as little as opening a file does: it is no network,
and `--offline` does not forbid it."""

OPENED = re.compile(r'(?:open|openat|creat|mkdir|mkdirat)\((?:AT_FDCWD, )?"([^"]+)".*= \d')
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|mkdir")
SETTINGS = {*SILENT, *FOLDERS, "HF_HUB_OFFLINE", "HF_HOME", "TTS_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"}


@cache
def strace() -> list[str]:
    """A command that traces what it is put before; empty where there is none, or it may not."""
    found = shutil.which("strace")
    if found and subprocess.run([found, "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], check=False).returncode == 0:
        calls = "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat"
        return [found, "-f", "--seccomp-bpf", "-qq", "-s", "400", "-e", f"trace={calls}", "-o"]
    return []


@dataclass(frozen=True)
class Ran:
    """A command that was watched: its exit code, what it printed, what it asked of the network, what it wrote."""

    code: int
    out: str
    err: str
    network: list[str]
    written: set[Path]


def watched(folder: Path, *arguments: object, home: Path | None = None, code: str = "") -> Ran:
    """Run the command line, or Python `code`, in `folder`, with nothing set that a user would not have set."""
    (folder / "watch").mkdir(exist_ok=True)
    (folder / "watch/sitecustomize.py").write_text(HOOK, "utf-8")
    (folder / "home").mkdir(exist_ok=True)
    (folder / "temporary").mkdir(exist_ok=True)
    audit, trace = folder / "watch/audit", folder / "watch/trace"
    for log in (audit, trace):
        log.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment |= {
        "AUDIT_LOG": str(audit), "PYTHONPATH": os.pathsep.join([str(folder / "watch"), *sys.path]),
        "HOME": str(home or folder / "home"), "TMPDIR": str(folder / "temporary"), "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    started = [sys.executable, *(["-c", code] if code else ["-m", "audiodesc", *map(str, arguments)])]
    before = [*strace(), str(trace)] if strace() else []
    done = subprocess.run([*before, *started], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    noted = audit.read_text("utf-8").splitlines()
    network = [line for line in noted if line.startswith("network")]
    written = {Path(line.removeprefix("write ")) for line in noted if line.startswith("write")}
    for line in trace.read_text("utf-8", "replace").splitlines() if before else []:
        if re.search(r"AF_INET6?\b", line):
            network.append(line)
        elif (opened := OPENED.search(line)) and WRITING.search(line):
            written.add(folder / opened[1])
    return Ran(done.returncode, done.stdout, done.stderr, network, written)


def stayed(ran: Ran, folder: Path, results: str, *, asks_local_servers: bool = False) -> None:
    """It used no network, left nothing outside `results`, and wrote nowhere else but in the temporary folder.

    Where it looks for servers of this machine, it asks at their ports and at no other.
    """
    local = [line for line in ran.network if LOCAL_SERVER.search(line)]
    assert bool(local) is asks_local_servers
    assert [line for line in ran.network if line not in local] == []
    places = (folder / results, folder / "temporary", folder / "watch", Path("/dev"))
    assert [path for path in sorted(ran.written) if not any(path.is_relative_to(place) for place in places)] == []
    assert list((folder / "home").iterdir()) == []
    assert list((folder / "temporary").iterdir()) == []


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    make_story(folder)
    write_script(folder / "mine.vtt", SCRIPT)
    return folder


COMMANDS = {
    "make": ["make", "story.mp4", "-o", "out"],
    "offline": ["make", "story.mp4", "--subs", "story.srt", "-o", "out", "--offline"],
    "gaps": ["gaps", "story.srt", "--film", "story.mp4"],
    "check": ["check", "mine.vtt", "--film", "story.mp4", "--subs", "story.srt"],
    "doctor": ["doctor"],
}
ASKING = {"make", "offline", "doctor"}
"""Those that look for a server of this machine: where no describer is named, and `doctor`."""


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_leaves_this_machine(command: str, story: Path) -> None:
    ran = watched(story, *COMMANDS[command])
    assert ran.code in (0, 8), ran.err
    stayed(ran, story, "out", asks_local_servers=command in ASKING)


@pytest.fixture(scope="module")
def homeless(story: Path) -> Ran:
    """A film that is made where HOME is no folder, and servers of this machine are not to be asked."""
    return watched(story, "make", "story.mp4", "-o", "homeless", "-q", "--no-local-server", home=Path("/proc/nobody"))


def test_servers_on_this_machine_are_not_asked_where_that_is_forbidden(homeless: Ran) -> None:
    assert homeless.code == 0, homeless.err
    assert homeless.network == []


def test_as_a_library_too(story: Path) -> None:
    ran = watched(story, code="import audiodesc; audiodesc.check('mine.vtt', 'story.mp4', 'story.srt')")
    assert ran.code == 0, ran.err
    stayed(ran, story, "out")


def test_a_home_that_cannot_be_written_is_not_spoken_of(homeless: Ran) -> None:
    assert (homeless.code, homeless.out, homeless.err) == (0, "", "")


ONE_AFTER_ANOTHER = """
import sys
from audiodesc.cli import main
for command in {commands!r}:
    sys.argv = ["audiodesc", *command]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""


@pytest.fixture(scope="module")
def neural(story: Path) -> Ran:
    """A model that describes and a neural voice, as far as their packages are here: in one process, as it takes long
    to import these."""
    commands = []
    if find_spec("transformers"):
        from models import tiny

        tiny.tiny_qwen25_vl(story / "eyes")
        given = ["--describer", "model", "--model", "eyes", "--yes"]
        commands.append(["describe", "story.mp4", *given, "-o", "neural/seen"])
    if find_spec("TTS"):
        from speak.tiny_vits import make_vits

        make_vits(story / "vits")
        profile = 'engine = "coqui"\nvoice = "./vits"\nlanguage = "en"\nlicence = "CC0-1.0"\n'
        (story / "tiny.toml").write_text(profile, "utf-8")
        given = ["--script", "mine.vtt", "--voice", "tiny.toml"]
        commands.append(["render", "story.mp4", *given, "-o", "neural/spoken"])
    (story / "neural").mkdir()
    return watched(story, code=ONE_AFTER_ANOTHER.format(commands=commands))


def test_models_stay_here(story: Path, neural: Ran) -> None:
    pytest.importorskip("transformers")
    assert neural.code == 0, neural.err
    assert (story / "neural/seen/story.ad.vtt").is_file()
    stayed(neural, story, "neural")


def test_of_the_network_the_server_is_all_that_is_asked(story: Path, model: tuple[object, str]) -> None:
    ran = watched(story, "describe", "story.mp4", "--server", model[1], "--model", "m", "-o", "asked")
    assert ran.code == 0, ran.err
    assert ran.network
    assert [line for line in ran.network if str(urlsplit(model[1]).port) not in line] == []
    stayed(replace(ran, network=[]), story, "asked")


def test_neural_voices_stay_here(story: Path, neural: Ran) -> None:
    pytest.importorskip("TTS")
    assert neural.code == 0, neural.err
    assert (story / "neural/spoken/story.ad.m4a").is_file()
    stayed(neural, story, "neural")


def test_the_strictest_value_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    silence()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert os.environ["HF_HUB_OFFLINE"] == "1"  # what is stricter stays


def test_a_library_that_was_imported_earlier_is_silenced_too(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    earlier = SimpleNamespace(disable_telemetry_events=lambda: called.append("off"))
    monkeypatch.setitem(sys.modules, "onnxruntime", earlier)
    silence()
    assert called == ["off"]


LOUD = """
import socket, pathlib
pathlib.Path.home().joinpath("left").write_text("here")
try:
    socket.getaddrinfo("localhost", 80)
    socket.create_connection(("127.0.0.1", 9), 1)
except OSError:
    pass
"""


def test_the_watch_sees_what_it_is_for(tmp_path: Path) -> None:
    ran = watched(tmp_path, code=LOUD)
    assert any("getaddrinfo" in line for line in ran.network)
    assert any("127.0.0.1" in line for line in ran.network)
    assert tmp_path / "home/left" in ran.written
    with pytest.raises(AssertionError):
        stayed(ran, tmp_path, "out")
