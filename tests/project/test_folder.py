"""The output folder is held by one run, and nothing of the user's is lost in it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest

from audiodesc.errors import BusyError, OutputError
from audiodesc.project.folder import hold_folder
from audiodesc.project.folder_faults import output_errors


def publish(folder: Path, **contents: str) -> None:
    """Write files of these contents, named after the keyword with `.txt`, as a run does."""
    with hold_folder(folder) as place:
        files = {}
        for name, text in contents.items():
            files[f"{name}.txt"] = place.partial(f"{name}.txt")
            files[f"{name}.txt"].write_text(text, "utf-8")
        place.publish(files)


def test_the_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    with hold_folder(tmp_path / "a" / "b") as place:
        assert place.folder.is_dir()
        assert place.hidden.parent == place.folder
        assert place.hidden.name.startswith(".")
        assert place.store.folder.parent == place.hidden


def test_only_one_run_holds_it(tmp_path: Path) -> None:
    with hold_folder(tmp_path):
        with pytest.raises(BusyError, match="in use") as caught, hold_folder(tmp_path):
            pass
        assert "-o" in caught.value.remedy
    with hold_folder(tmp_path):
        pass


def test_another_program_is_kept_out_too(tmp_path: Path) -> None:
    code = "import sys, audiodesc.project.folder as w, pathlib\nwith w.hold_folder(pathlib.Path(sys.argv[1])): pass"
    with hold_folder(tmp_path):
        done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert "BusyError" in done.stderr


def test_it_is_let_go_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_folder(tmp_path):
        raise ZeroDivisionError
    with hold_folder(tmp_path):
        pass


def test_a_busy_folder_keeps_its_unfinished_files(tmp_path: Path) -> None:
    with hold_folder(tmp_path) as place:
        place.partial("film.mp4").write_bytes(b"half")
        with pytest.raises(BusyError), hold_folder(tmp_path):
            pass
        assert place.partial("film.mp4").read_bytes() == b"half"


def test_what_a_killed_run_left_is_cleared_and_what_it_finished_is_kept(tmp_path: Path) -> None:
    with hold_folder(tmp_path) as place:
        place.store.add("whole", ".json", b"{}")
        partial, half = place.partial("film.mp4"), place.store.folder / ".partial-1-2.wav"
    partial.parent.mkdir()
    partial.write_bytes(b"half")
    half.write_bytes(b"half")
    (written := half.with_name(".partial-1-3.wav")).write_bytes(b"half")
    os.utime(half, (0, 0))
    with hold_folder(tmp_path) as place:
        assert not partial.exists()
        assert not half.exists()
        assert written.exists(), "the review page may be writing it"
        assert place.store.path("whole", ".json").exists()


def test_unfinished_files_do_not_outlast_the_run(tmp_path: Path) -> None:
    with hold_folder(tmp_path) as place:
        partial = place.partial("film.mp4")
        partial.write_bytes(b"half")
        assert not (tmp_path / "film.mp4").exists()
    assert not partial.exists()


def test_published_files_are_in_place_and_ours(tmp_path: Path) -> None:
    publish(tmp_path, one="first", two="second")
    assert (tmp_path / "one.txt").read_text("utf-8") == "first"
    assert (tmp_path / "two.txt").read_text("utf-8") == "second"
    with hold_folder(tmp_path) as place:
        assert place.is_ours("one.txt")
        place.claim(["one.txt", "two.txt", "none.txt"], force=False)


def test_ours_may_be_replaced(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    publish(tmp_path, one="second")
    assert (tmp_path / "one.txt").read_text("utf-8") == "second"


@pytest.mark.parametrize("before", [None, "ours"])
def test_what_the_user_wrote_or_changed_is_not_claimed(tmp_path: Path, before: str | None) -> None:
    if before:
        publish(tmp_path, one=before)
    (tmp_path / "one.txt").write_text("the user's own", "utf-8")
    with hold_folder(tmp_path) as place:
        assert not place.is_ours("one.txt")
        with pytest.raises(OutputError, match=r"one\.txt") as caught:
            place.claim(["none.txt", "one.txt"], force=False)
        assert "--force" in caught.value.remedy
        place.claim(["one.txt"], force=True)
    assert (tmp_path / "one.txt").read_text("utf-8") == "the user's own"


def forced(folder: Path, text: str) -> None:
    with hold_folder(folder) as place:
        place.claim(["one.ad.vtt"], force=True)
        place.partial("one.ad.vtt").write_text(text, "utf-8")
        place.publish({"one.ad.vtt": place.partial("one.ad.vtt")})


def test_what_force_replaces_is_kept(tmp_path: Path) -> None:
    """Each version that a person wrote once, and none that is ours."""
    script = tmp_path / "one.ad.vtt"
    for number, text in enumerate(("mine", "mine", "ours", "other", "mine")):
        if text != "ours":
            script.write_text(text, "utf-8")
        forced(tmp_path, f"made {number}")
        assert script.read_text("utf-8") == f"made {number}"
    kept = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.vtt") if path != script}
    assert kept == {"one.ad.kept-1.vtt": "mine", "one.ad.kept-2.vtt": "other"}


def test_a_link_is_kept_with_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "mine.vtt").write_text("mine", "utf-8")
    (tmp_path / "one.ad.vtt").symlink_to("mine.vtt")
    with hold_folder(tmp_path) as place, pytest.raises(OutputError, match="--force"):
        place.claim(["one.ad.vtt"], force=False)
    forced(tmp_path, "made")
    assert not (tmp_path / "one.ad.vtt").is_symlink()
    assert (tmp_path / "one.ad.kept-1.vtt").read_text("utf-8") == "mine"
    assert (tmp_path / "mine.vtt").read_text("utf-8") == "mine"


def test_one_byte_that_somebody_changed_anywhere_is_seen(tmp_path: Path) -> None:
    """Also in a large file, with its length and its times as they were."""
    size = 9_000_001
    with hold_folder(tmp_path) as place:
        place.partial("one.wav").write_bytes(bytes(size))
        place.publish({"one.wav": place.partial("one.wav")})
    for byte in (0, 70_000, size // 2, size - 1):
        seen = (tmp_path / "one.wav").stat()
        with hold_folder(tmp_path) as place:
            assert place.is_ours("one.wav")
        with (tmp_path / "one.wav").open("r+b") as file:
            file.seek(byte)
            file.write(b"x")
        os.utime(tmp_path / "one.wav", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        with hold_folder(tmp_path) as place:
            assert not place.is_ours("one.wav")
            with pytest.raises(OutputError):
                place.claim(["one.wav"], force=False)
        with (tmp_path / "one.wav").open("r+b") as file:
            file.seek(byte)
            file.write(b"\0")


def test_of_a_script_that_somebody_changed_it_says_how_it_is_spoken(tmp_path: Path) -> None:
    (tmp_path / "film.ad.vtt").write_text("WEBVTT", "utf-8")
    (tmp_path / "film.ad.json").write_text("{}", "utf-8")
    with hold_folder(tmp_path) as place:
        with pytest.raises(OutputError) as caught:
            place.claim(["film.ad.vtt"], force=False)
        assert f"audiodesc render FILM --script {tmp_path / 'film.ad.vtt'}" in caught.value.remedy
        with pytest.raises(OutputError) as caught:
            place.claim(["film.ad.json"], force=False)
        assert "--script" not in caught.value.remedy


def test_a_kill_between_two_files_leaves_nothing_that_looks_like_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if self.name == "two.txt":
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, one="first", two="second")
    monkeypatch.undo()
    assert {path.name for path in tmp_path.glob("*.txt")} == {"one.txt"}
    with hold_folder(tmp_path) as place:
        place.claim(["one.txt", "two.txt"], force=False)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("kind", [OSError, av.error.FFmpegError])
def test_a_full_disk_is_one_line(tmp_path: Path, code: int, kind: type[Exception]) -> None:
    with pytest.raises(OutputError, match="no room left") as caught, output_errors(tmp_path):
        raise kind(code, os.strerror(code))
    assert str(tmp_path) in caught.value.fault
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, code: int) -> None:
    with pytest.raises(OutputError, match="cannot be written") as caught, output_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert "-o" in caught.value.remedy


def test_any_other_failure_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Broken") as caught, output_errors(tmp_path):
        raise OSError(errno.EPIPE, "Broken pipe")
    assert not isinstance(caught.value, OutputError)
    with pytest.raises(ValueError, match="x"), hold_folder(tmp_path):
        raise ValueError("x")


def test_a_full_disk_while_the_folder_is_held_is_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no room left"), hold_folder(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("above", ["file.txt", "file.txt/below", "x" * 300, "/proc/nowhere"])
def test_where_no_folder_can_be_it_is_said(tmp_path: Path, above: str) -> None:
    (tmp_path / "file.txt").write_text("not a folder", "utf-8")
    with pytest.raises(OutputError, match="cannot be written"), hold_folder(tmp_path / above):
        pass
    assert (tmp_path / "file.txt").read_text("utf-8") == "not a folder"


def test_without_the_cache_it_is_known_what_is_ours(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    shutil.rmtree(tmp_path / ".audiodesc/cache")
    with hold_folder(tmp_path) as place:
        assert place.is_ours("one.txt")


def test_what_a_person_changed_and_was_read_may_be_replaced(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    (tmp_path / "one.txt").write_text("a person's", "utf-8")
    with hold_folder(tmp_path) as place:
        place.adopt(place.hash("one.txt"))
        assert place.is_ours("one.txt")


def test_what_an_older_version_left_is_put_where_it_belongs(tmp_path: Path) -> None:
    """Once: marks and the cache lay in the hidden folder itself."""
    publish(tmp_path, one="first")
    hidden, key = tmp_path / ".audiodesc", "0123456789abcdef0123456789abcdef"
    (mark,) = (hidden / "ours").iterdir()
    mark.rename(hidden / f"ours-{mark.name}")
    shutil.rmtree(hidden / "ours")
    for name in (f"say.1-{key}.wav", f"sound-faults.2-{key}.json", "mine.txt"):
        (hidden / name).write_text(name, "utf-8")
    with hold_folder(tmp_path) as place:
        assert place.is_ours("one.txt")
        assert place.store.path(f"say.1-{key}", ".wav").read_text("utf-8").startswith("say.")
        assert place.store.path(f"sound-faults.2-{key}", ".json").exists()
    assert {path.name for path in hidden.iterdir()} == {"cache", "ours", "mine.txt", "lock"}
