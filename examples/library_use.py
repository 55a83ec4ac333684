"""Describe a film from Python, change a line, and render it again.

`python library_use.py FILM SUBTITLES FOLDER`
"""

from __future__ import annotations

import sys
from pathlib import Path

import audiodesc
from audiodesc.settings import DescriberSettings, PlanSettings, Settings


def main() -> None:
    film, subtitles, folder = map(Path, sys.argv[1:])
    settings = Settings(describer=DescriberSettings(name="basic"), plan=PlanSettings(density="full"))

    made = audiodesc.make(film, subtitles, folder, settings)
    for line in made.spoken:
        print(f"{line.span.start_ms / 1000:.1f} s: {line.line.text}")
    for outcome in made.left_out:
        print(f"left out: {outcome.text} ({outcome.reason})")

    script = folder / "changed.vtt"
    script.write_text(made.files["script"].read_text("utf-8").replace("Text on screen: ", "We read: "), "utf-8")
    rendered = audiodesc.render(film, script, subtitles, folder / "changed")
    print(f"{rendered.report.overlap_ms} ms of narration over dialogue")

    findings = audiodesc.check(script, film, subtitles).findings
    for finding in findings:
        print(f"{finding.rule}: {finding.message}")


if __name__ == "__main__":
    main()
