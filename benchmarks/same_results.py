"""Whether two versions of the program make the same of the same films.

    python benchmarks/same_results.py record FOLDER --program OLD/.venv/bin/audiodesc --media FILMS
    python benchmarks/same_results.py record OTHER --program NEW/.venv/bin/audiodesc --media FILMS
    python benchmarks/same_results.py compare FOLDER OTHER

`record` runs `make` (the describer `basic`), `describe`, `render`, `check` and `gaps` on the sample film and, with
`--media`, on real films. `compare` tells, by command, what differs in the script, in the samples of the track, in the
packets of the film and in the content of the report. It ends with code 1 where something differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

SAMPLES = Path(__file__).parent.parent / "samples"
PASSING: Final = {
    "seconds",
    "versions",
    "fingerprint",
    "key",
    "film_at",
    "environment",
    "voice_fingerprint",
    "hash",
    "schema",
}
"""Keys of a report that change from run to run, or from version to version."""

FILMS: Final = {
    "sintel": (
        "sintel-trailer/sintel_trailer_854x480.mp4",
        "sintel-trailer/sintel.vtt",
        "sintel-trailer/sintel-en-description.vtt",
    ),
    "bbb": ("bbb-moviepy/big_buck_bunny_0_30.webm", "", ""),
    "googlework": ("googlework/googlework_short.mp4", "", ""),
    "chrome": ("chrome-clip/chrome.mp4", "", "chrome-clip/descriptions.vtt"),
    "rabbit": ("bbb-rabbit-ad/video.mp4", "", "bbb-rabbit-ad/descriptions.vtt"),
    "friday": ("his-girl-friday/friday.mp4", "his-girl-friday/friday.vtt", ""),
    "plan9": (
        "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4",
        "enable-a11y-plan9/plan-9-trailer.en.vtt",
        "enable-a11y-plan9/plan-9-trailer--ad.en.vtt",
    ),
    "ted": ("mozilla-butter/tedglobal.ogv", "", ""),
    "popeye": ("popeye/popeye_p3_pgs.mkv", "popeye/popeye_p3.eng.srt", ""),
}


def runs(media: Path | None) -> Iterator[tuple[str, list[str]]]:
    """(name, arguments) of each run; OUT stands for its folder of results."""
    sample, subs, script = (str(SAMPLES / name) for name in ("sample.mp4", "sample.srt", "script.vtt"))
    yield from commands("sample", sample, subs, script)
    if media:
        for name, (film, subtitles, written) in FILMS.items():
            yield from commands(
                name, str(media / film), *(str(media / one) if one else "" for one in (subtitles, written))
            )


def commands(name: str, film: str, subs: str, script: str) -> Iterator[tuple[str, list[str]]]:
    given = ["--subs", subs] if subs and Path(subs).is_file() else []
    basic = ["--describer", "basic", "--density", "full"]
    yield f"{name}-make", ["make", film, *given, *basic, "--stems", "--track", "flac", "--json", "-o", "OUT"]
    yield f"{name}-describe", ["describe", film, *given, *basic, "--json", "-o", "OUT"]
    read = script or str(SAMPLES / "script.vtt")
    yield f"{name}-render", ["render", film, *given, "--script", read, "--json", "-o", "OUT"]
    yield f"{name}-check", ["check", read, "--film", film, *given, "--json"]
    yield f"{name}-gaps", ["gaps", *given[1:], "--film", film, "--json"]


def record(folder: Path, program: str, media: Path | None, only: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in runs(media):
        if only not in name:
            continue
        out = folder / name
        done = subprocess.run(
            [program, *(str(out) if one == "OUT" else one for one in arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        (folder / f"{name}.json").write_text(
            json.dumps({"code": done.returncode, "out": done.stdout, "err": done.stderr})
        )
        print(name, done.returncode, flush=True)


def compare(one: Path, other: Path) -> bool:
    """Print what differs. True where nothing does."""
    same = True
    for path in sorted(one.glob("*.json")):
        differences = list(differing(one / path.stem, other / path.stem))
        print(f"{path.stem}: {'the same' if not differences else ''}")
        for difference in differences:
            print(f"    {difference}")
        same = same and not differences
    return same


def differing(one: Path, other: Path) -> Iterator[str]:
    was, now = (json.loads(folder.with_suffix(".json").read_text()) for folder in (one, other))
    if was["code"] != now["code"]:
        yield f"exit code {was['code']} -> {now['code']}: {now['err'][-300:]}"
        return
    if was["out"].startswith(("{", "[")):
        yield from values(json.loads(was["out"]), json.loads(now["out"]), "output")
    names = [{path.name for path in folder.glob("*.*")} if folder.is_dir() else set() for folder in (one, other)]
    if names[0] != names[1]:
        yield f"files {sorted(names[0] - names[1])} -> {sorted(names[1] - names[0])}"
    for name in sorted(names[0] & names[1]):
        a, b = one / name, other / name
        if a.suffix == ".vtt" and a.read_bytes() != b.read_bytes():
            yield f"{name}: another text"
        elif a.suffix == ".json":
            yield from values(json.loads(a.read_text()), json.loads(b.read_text()), name)
        elif a.suffix == ".flac":
            yield from samples(a, b)
        elif a.suffix in {".mp4", ".mkv", ".webm", ".m4a"} and packets(a) != packets(b):
            yield f"{name}: other packets"


def values(was: Any, now: Any, where: str) -> Iterator[str]:
    """Where two values of JSON differ."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now} - PASSING):
            yield from values(was.get(key), now.get(key), f"{where}.{key}")
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for number, pair in enumerate(zip(was, now, strict=True)):
            yield from values(*pair, f"{where}[{number}]")
    elif was != now:
        yield f"{where}: {str(was)[:150]} -> {str(now)[:150]}"


def samples(a: Path, b: Path) -> Iterator[str]:
    was, now = decoded(a), decoded(b)
    if was.shape != now.shape:
        yield f"{a.name}: {was.shape} -> {now.shape} samples"
    elif (worst := float(np.abs(was - now).max(initial=0))) > 0:
        yield f"{a.name}: samples differ by {20 * np.log10(worst):.1f} dBFS at most"


def decoded(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().astype(np.float64) for frame in container.decode(audio=0)]
        kind = container.streams.audio[0].format.name
    return np.concatenate(frames, axis=1) / (2**31 if "32" in kind else 2**15)


def packets(path: Path) -> dict[int, str]:
    """A hash of the packets of each stream, with their times."""
    hashes: dict[int, Any] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                one = hashes.setdefault(packet.stream.index, hashlib.sha256())
                one.update(f"{packet.pts} {packet.dts} ".encode() + bytes(packet))
    return {index: one.hexdigest() for index, one in hashes.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, dest="verb")
    recording = verbs.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("--program", default="audiodesc")
    recording.add_argument("--media", type=Path)
    recording.add_argument("--only", default="", help="runs whose names contain this")
    comparing = verbs.add_parser("compare")
    comparing.add_argument("one", type=Path)
    comparing.add_argument("other", type=Path)
    given = parser.parse_args()
    if given.verb == "record":
        record(given.folder, given.program, given.media, given.only)
    else:
        sys.exit(0 if compare(given.one, given.other) else 1)


if __name__ == "__main__":
    main()
