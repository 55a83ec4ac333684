"""A real film, made by real processes."""

from __future__ import annotations

import threading
from pathlib import Path

from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, config_in, until

from audiodesc.cli.film_runners import film_runner
from audiodesc.core.toml import job_values, settings_of
from audiodesc.pipeline import make
from audiodesc.service.serving import serving
from audiodesc.settings import Settings

CHOICES = {"describer": {"name": "basic"}, "dialogue": {"hear": False}, "run": {"part_to": "0:14"}}


def test_a_film_is_described_and_is_what_make_makes_of_it(tmp_path: Path, sample: tuple[Path, Path]) -> None:
    config = config_in(tmp_path)
    with serving(config, lambda: film_runner(1, None, tmp_path / "logs")) as served:
        thread = threading.Thread(target=served.run)
        thread.start()
        try:
            until(lambda: served.server.started)
            with client(served, ANN) as ann:
                sent = [uploaded(ann, path.name, path.read_bytes()) for path in sample]
                taken = submitted(ann, sent[0], subtitles=sent[1], choices=CHOICES)
                job = at_end(ann, taken["id"], seconds=200)
                assert job["failure"] is None
                results = f"/v1/jobs/{job['id']}/results"
                names = {one["deliverable"]: one["name"] for one in ann.get(results).json()["files"]}
                script = ann.get(f"{results}/{names['script']}").text
        finally:
            served.stop()
            thread.join(120)
            assert not thread.is_alive()
    settings = settings_of(Settings, job_values({**CHOICES, "voice": {"name": "espeak-en-gb"}}, Settings, "choices"))
    made = make(*sample, tmp_path / "alone", settings)
    assert script == made.files["script"].read_text("utf-8")
    assert job["result"]["overlap_ms"] == 0
    assert job["result"]["lines"] == script.count("-->") > 0
