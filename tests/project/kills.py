"""`kill -9` at random moments of editing, by two processes, and of rendering: nothing that was confirmed is lost.

    python tests/project/kills.py [KILLS] [SEED]

runs as many kills as are asked for (50), half of them of editors and half of renders, and says what it found.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.project.editing import Edit
from audiodesc.project.project import made_project, open_project

EDITOR = """
import sys, time
from pathlib import Path
from random import Random
from audiodesc.project.editing import Edit
from audiodesc.project.project import open_project
folder, name = Path(sys.argv[1]), sys.argv[2]
with open_project(folder) as project:
    number, dice = 0, Random(name)
    while True:
        time.sleep(dice.uniform(0, 0.02))  # who never pauses never lets the other one in
        text = f"{name} {number}"
        (entry,) = project.edit([Edit(text=text, start_ms=number)], name)
        print(text, flush=True)
        if number % 3 == 0:
            project.edit([Edit(entry.id, text=text + " again", base=entry.number)], name)
            print(text + " again", flush=True)
        number += 1
"""


def begun(folder: Path) -> Path:
    """A project without a line."""
    (folder / ".audiodesc").mkdir(parents=True)
    made_project(folder).close()
    return folder


def kill_editors(folder: Path, dice: random.Random, names: tuple[str, str]) -> set[str]:
    """Let two edit at once, and kill both at random moments; gives back all texts whose edits were confirmed."""
    command = [sys.executable, "-c", EDITOR, str(folder)]
    editors = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in names]
    confirmed: set[str] = set()
    firsts = [one.stdout.readline() for one in editors if one.stdout]
    for one in editors:
        time.sleep(dice.uniform(0.01, 0.25))
        one.send_signal(signal.SIGKILL)
    for first, one in zip(firsts, editors, strict=True):
        said, _ = one.communicate()
        whole = said[: said.rfind("\n") + 1]  # a line that was cut was not confirmed to anybody
        confirmed |= {first.strip(), *whole.splitlines()}
    return confirmed - {""}


def lost(folder: Path, confirmed: set[str]) -> set[str]:
    """Confirmed texts that are not in the history; and the file must open, whole."""
    with open_project(folder) as project:
        kept = {entry.after.text for entry in project.history() if entry.after}
        lines = {line.id: line.text for line in project.lines()}
        for entry in project.history():
            if entry.after:
                lines.pop(entry.id, None)
        assert not lines, "a line without a history"
        project.edit([Edit(text="After it.", start_ms=5)])
    return confirmed - kept


def kill_render(folder: Path, text: str, after_s: float) -> bool:
    """Change the script of a rendered project as a person does, kill the render, render again: whether the words are
    spoken then, and no file is half."""
    script = next(folder.glob("*.ad.vtt"))
    script.write_text(script.read_text("utf-8") + f"\n00:00:09.000 --> 00:00:10.000\n{text}\n", "utf-8")
    command = [sys.executable, "-m", "audiodesc", "render", str(folder), "-q"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            running.wait(after_s)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
    with open_project(folder) as project:
        known = any(line.text == text for line in project.lines())
    assert known or text in script.read_text("utf-8"), "the words are in neither place"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open_project(folder) as project:
        assert [line.text for line in project.lines()].count(text) == 1
    return text in script.read_text("utf-8")


def main(kills: int = 50, seed: int = 1) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from stories import SCRIPT, make_story, write_script

    dice = random.Random(seed)
    with TemporaryDirectory() as place:
        folder, gone, edits = begun(Path(place) / "film.ad"), set[str](), 0
        for number in range(kills // 4):
            confirmed = kill_editors(folder, dice, (f"a{number}", f"b{number}"))
            gone |= lost(folder, confirmed)
            edits += len(confirmed)
        print(f"{kills // 4 * 2} editors killed, two at a time: {edits} edits confirmed, {len(gone)} lost")
        story = make_story(Path(place))
        script = write_script(Path(place) / "mine.vtt", SCRIPT)
        command = [sys.executable, "-m", "audiodesc", "render", str(story), "--script", str(script), "-q"]
        begin = time.perf_counter()
        subprocess.run(command, check=True)
        takes_s = time.perf_counter() - begin
        spoken = [
            kill_render(Path(place) / "story.ad", f"Rain {number}.", dice.uniform(0.2, 1.0) * takes_s)
            for number in range(kills - kills // 4 * 2)
        ]
        print(f"{len(spoken)} renders killed: the words were in the script afterwards {sum(spoken)} times")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
