"""What a made story of 20 shots becomes: `python benchmarks/story.py` counts the lines of an audiodesc.

The answers are scripted (`tests/shots.py`), so that two versions can be held against each other on the same ones:
`PYTHONPATH=FOLDER python benchmarks/story.py` with FOLDER a checkout of another. One that asks for several candidates
gets all of an answer; one that asks for a line gets the first of them, and the next where it asks again.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from shots import FAULTS, STORY

MAX_WORDS = 12
NAMES = ("Tom", "Mia", "Ben")


def of_audiodesc(name: str, *modules: str) -> Any:
    """Something of the audiodesc that is imported, from the first of its modules that has it."""
    for module in modules:
        try:
            return getattr(import_module(f"audiodesc.{module}"), name)
        except (ImportError, AttributeError):
            continue
    raise SystemExit(f"this audiodesc has no {name}")


def spoken(prompts: list[str]) -> Iterator[str]:
    """The line of each shot, "" for silence; the prompts are added to a list."""
    cue_type, span = of_audiodesc("Cue", "model"), of_audiodesc("Span", "model")
    request_type = of_audiodesc("LineRequest", "describers.base", "model")
    write = of_audiodesc("write_line", "describers.writing", "describers.answers")
    nobody = of_audiodesc("FilmContext", "describers.context")()
    cues = [(i, cue_type(span(8_000 * i, 8_000 * i + 900), text)) for i, (text, _, _) in enumerate(STORY) if text]
    lines: list[str] = []
    for shot, (_, answers, _) in enumerate(STORY):
        before = tuple(cue for at, cue in cues if at <= shot)
        after = tuple(cue for at, cue in cues if at > shot)
        known = {"now_s": 6.0} if any(field.name == "now_s" for field in fields(request_type)) else {}
        request = request_type(f"Shot {shot}.", MAX_WORDS, "en", tuple(lines), before, after, **known)
        made = write(_model(answers, prompts), request, nobody)
        lines += made[:1]
        yield made[0] if made else ""


def _model(answers: Sequence[str], prompts: list[str]) -> Callable[[str], str]:
    """A model that answers a shot's first question, and each one after it."""
    asked = 0

    def ask(prompt: str) -> str:
        nonlocal asked
        prompts.append(prompt)
        asked += 1
        return json.dumps({"lines": list(answers)}) if '"lines"' in prompt else answers[min(asked, len(answers)) - 1]

    return ask


def counts(lines: Sequence[str], prompts: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """(what is counted, how many, of how many)."""
    truth = [right for _, _, right in STORY]
    faults = Counter(FAULTS[line] for line, right in zip(lines, truth, strict=True) if line != right and line in FAULTS)
    named = [(line, name) for line, right in zip(lines, truth, strict=True) for name in NAMES if name in right]
    yield "shots told as they may be", sum(map(str.__eq__, lines, truth)), len(truth)
    yield "names kept where somebody has one", sum(name in line for line, name in named), len(named)
    yield "a look for somebody who has a name", faults["look"], len(lines)
    yield "names that only later dialogue gives", faults["early name"], len(lines)
    yield "repeats", faults["repeat"], len(lines)
    yield "other breaks of the craft", faults["craft"], len(lines)
    yield "questions that say what is now", sum("NOW" in prompt for prompt in prompts), len(prompts)


def main() -> None:
    """Print the table."""
    prompts: list[str] = []
    lines = list(spoken(prompts))
    print("| of 20 shots | |\n| --- | --- |")
    for what, count, total in counts(lines, prompts):
        print(f"| {what} | {count} of {total} |")


if __name__ == "__main__":
    main()
