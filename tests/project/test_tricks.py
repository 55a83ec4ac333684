"""Whatever stands in an output folder: the run goes on, or ends with one line; nothing of the user's is lost."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from project.tricks import FILES, NO_FILE, TRICKS

from audiodesc.core.cache import Store
from audiodesc.errors import AudiodescError, BusyError, OutputError
from audiodesc.media.clips import is_clip, read_wav, wav_bytes
from audiodesc.narration.voice import cached_voice
from audiodesc.project import folder as module
from audiodesc.project import folder_faults
from audiodesc.project.folder import hold_folder as held
from audiodesc.speak import profile, voice
from audiodesc.speak.lexicon import Lexicon

NAME = "film.ad.vtt"


def run(folder: Path, text: str = "made", force: bool = False) -> None:
    """What every run does with its folder."""
    with held(folder) as place:
        place.claim([NAME], force)
        place.store.put_json("entry", text)
        place.partial(NAME).write_text(text, "utf-8")
        place.publish({NAME: place.partial(NAME)})


def one_line(error: AudiodescError, named: Path | None = None) -> None:
    assert error.remedy
    assert named is None or str(named) in error.fault
    assert "\n" not in str(error)


def everything(folder: Path) -> dict[str, Any]:
    """What a user has below a folder: paths, what kind each is, where links lead, what files hold."""
    seen: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        held = path.read_bytes() if stat.S_ISREG(mode) and path.stat().st_size < 1_000_000 else None
        seen[str(path.relative_to(folder))] = (
            stat.S_IFMT(mode),
            str(path.readlink()) if stat.S_ISLNK(mode) else held,
        )
    return seen


@pytest.mark.parametrize("trick", TRICKS)
def test_in_the_place_of_a_result(tmp_path: Path, trick: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    TRICKS[trick](folder / NAME)
    before = everything(folder)
    with pytest.raises(OutputError) as caught:
        run(folder)
    one_line(caught.value)
    assert str(folder / NAME) in caught.value.fault
    shutil.rmtree(folder / ".audiodesc")
    assert everything(folder) == before


@pytest.mark.parametrize("trick", TRICKS)
def test_in_the_place_of_a_result_by_force(tmp_path: Path, trick: str) -> None:
    """A file, a folder or a link is kept beside it; what is none of these is not touched."""
    folder = tmp_path / "out"
    folder.mkdir()
    TRICKS[trick](folder / NAME)
    before = everything(tmp_path)
    is_kept = trick in FILES or "link" in trick or "folder" in trick
    try:
        run(folder, force=True)
    except OutputError as error:
        one_line(error)
        assert not is_kept
    else:
        assert is_kept
        assert (folder / NAME).read_text("utf-8") == "made"
        (folder / NAME).unlink()
        (folder / "film.ad.kept-1.vtt").rename(folder / NAME)
    shutil.rmtree(folder / ".audiodesc")
    assert everything(tmp_path) == before


@pytest.mark.parametrize("trick", TRICKS)
def test_in_the_place_of_the_lock(tmp_path: Path, trick: str) -> None:
    hidden = tmp_path / "out/.audiodesc"
    hidden.mkdir(parents=True)
    TRICKS[trick](hidden / "lock")
    goes_on(tmp_path, trick)


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("name", ["partial", ".partial-1-2.wav", "trial"])
def test_in_the_place_of_unfinished_files(tmp_path: Path, trick: str, name: str) -> None:
    hidden = tmp_path / "out/.audiodesc"
    hidden.mkdir(parents=True)
    TRICKS[trick](hidden / name)
    goes_on(tmp_path, trick)


def goes_on(folder: Path, trick: str) -> None:
    """Either it does, or one line names what is in the way; a user's file outside is as it was."""
    try:
        run(folder / "out")
    except OutputError as error:
        one_line(error, folder / "out")
    else:
        assert (folder / "out" / NAME).read_text("utf-8") == "made"
    if "of the user's" in trick and "link" in trick:
        assert next(folder.rglob("outside")).read_text("utf-8") == "mine"


@pytest.mark.parametrize("trick", TRICKS)
def test_in_the_place_of_an_entry(tmp_path: Path, trick: str) -> None:
    """It is made anew, where it is not a folder: nothing is put into that."""
    store = Store(tmp_path / "store")
    store.folder.mkdir()
    TRICKS[trick](store.path("entry", ".json"))
    try:
        assert store.made("entry", int, lambda: 5) == 5
    except IsADirectoryError:
        assert "folder" in trick
        assert "link" not in trick
    else:
        assert store.read_json("entry") == 5
        assert [path.name for path in store.folder.iterdir() if ".partial" in path.name] == []
    if trick == "a link to a file of the user's":
        assert next(tmp_path.rglob("outside")).read_text("utf-8") == "mine"


@pytest.mark.parametrize("trick", TRICKS)
def test_in_the_place_of_the_folder(tmp_path: Path, trick: str) -> None:
    above = tmp_path / "above"
    above.mkdir()
    TRICKS[trick](above / "out")
    for folder in (above / "out", above / "out/below"):
        try:
            run(folder)
        except OutputError as error:
            one_line(error)
            assert "folder" not in trick or trick == "a link to a folder"
        else:
            assert "folder" in trick
    if trick == "a link to a file of the user's":
        assert next(tmp_path.rglob("outside")).read_text("utf-8") == "mine"


@pytest.mark.parametrize("trick", NO_FILE)
def test_in_the_place_of_the_hidden_folder(tmp_path: Path, trick: str) -> None:
    (tmp_path / "out").mkdir()
    TRICKS[trick](tmp_path / "out/.audiodesc")
    goes_on(tmp_path, trick)


LONG = "x" * 245


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        (f"{LONG}.narration.flac", "out"),
        (f"{'あ' * 82}.narration.flac", "out"),
        (NAME, "x" * 300),
        (NAME, "/".join(["x" * 200] * 30)),
    ],
)
def test_a_name_that_is_too_long_is_said_before_the_work(tmp_path: Path, name: str, folder: str) -> None:
    with pytest.raises(OutputError, match=r"name|long") as caught, held(tmp_path / folder) as place:
        place.claim([NAME, name], force=False)
    one_line(caught.value)
    assert "rename the film" in caught.value.remedy


@pytest.mark.parametrize("name", ["caf\udce9.ad.vtt", "a\nb.ad.vtt", "-o.ad.vtt", "été ☕.ad.vtt", "a'b\"$(c).ad.vtt"])
def test_any_other_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    with held(tmp_path) as place:
        place.claim([name], force=False)
        place.partial(name).write_text("made", "utf-8")
        place.publish({name: place.partial(name)})
        assert place.is_ours(name)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EILSEQ, errno.ENOENT])
def test_a_name_that_the_disk_refuses_is_said_before_the_work(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As exFAT and NTFS refuse names with a question mark or a colon."""
    touch = Path.touch

    def refuse(self: Path, *more: Any, **options: Any) -> None:
        if "?" in self.name:
            raise OSError(code, os.strerror(code), str(self))
        touch(self, *more, **options)

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OutputError, match=r"takes no file named What\? 2") as caught, held(tmp_path) as place:
        place.claim(["film.ad.vtt", "What? 2.ad.vtt"], force=False)
    one_line(caught.value)
    assert "rename the film" in caught.value.remedy


NO_LOCKS = [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO, errno.ENOSYS, errno.EINVAL, errno.ESTALE, errno.EBADF]


@contextmanager
def no_flock(code: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", refuse)
        yield


@pytest.mark.parametrize("code", NO_LOCKS)
def test_a_disk_without_locks_still_has_one_run_at_a_time(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    with no_flock(code, monkeypatch):
        with held(tmp_path), pytest.raises(BusyError, match="in use") as caught, held(tmp_path):
            pass
        one_line(caught.value)
        run(tmp_path)
    assert (tmp_path / NAME).read_text("utf-8") == "made"
    assert list(recwarn) == []


def test_a_lock_that_a_killed_run_left_is_taken_over(tmp_path: Path) -> None:
    code = (
        "import errno, fcntl, os, pathlib, sys, audiodesc.project.folder as w\n"
        "def refuse(*_): raise OSError(errno.ENOLCK, 'No locks available')\n"
        "fcntl.flock = refuse\n"
        "with w.hold_folder(pathlib.Path(sys.argv[1])) as place:\n"
        "    if len(sys.argv) > 2: os._exit(9)\n"
        "print('held')\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run([*command, "killed"], check=False).returncode == 9
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.stdout == "held\n", again.stderr
    assert again.stderr == ""


CODES = [code for code in errno.errorcode if os.strerror(code) and code not in (errno.EPIPE, errno.ECHILD, errno.ESRCH)]
OF_THE_NETWORK = (errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.ESHUTDOWN)


@pytest.mark.parametrize("named", [True, False])
def test_every_error_of_the_system_under_the_folder_is_one_line(tmp_path: Path, named: bool) -> None:
    for code in CODES:
        if code in OF_THE_NETWORK:
            continue
        where = (str(tmp_path / "out/film.ad.vtt"),) if named else ()
        with pytest.raises(OutputError) as caught, folder_faults.output_errors(tmp_path / "out"):
            raise OSError(code, os.strerror(code), *where)
        one_line(caught.value)
        assert str(tmp_path / "out") in caught.value.fault


FFMPEG = sorted(
    name
    for name, error in vars(av.error).items()
    if isinstance(error, type) and issubclass(error, av.error.FFmpegError)
    if not issubclass(error, folder_faults.ELSEWHERE)
)


@pytest.mark.parametrize("kind", FFMPEG)
def test_every_error_of_ffmpeg_is_one_line(tmp_path: Path, kind: str) -> None:
    with pytest.raises(OutputError) as caught, folder_faults.output_errors(tmp_path):
        raise getattr(av.error, kind)(-1, "this or that went wrong")
    one_line(caught.value)


def test_an_error_elsewhere_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), folder_faults.output_errors(tmp_path / "out"):
        (tmp_path / "model/weights.bin").read_bytes()


def vanish(place: module.ProjectFolder) -> None:
    place.partial(NAME).write_text("made", "utf-8")
    shutil.rmtree(place.folder)
    place.store.put("entry", ".wav", b"sound")
    place.publish({NAME: place.partial(NAME)})


def test_a_folder_that_goes_away_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, held(tmp_path / "out") as place:
        vanish(place)
    one_line(caught.value)


def test_an_entry_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(file: int) -> None:
        order.append("synced")
        fsync(file)

    def named(self: Path, to: Path) -> Path:
        order.append("named")
        return replace(self, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", named)
    Store(tmp_path / "store").add("entry", ".wav", b"sound")
    assert order == ["synced", "named"]
    order.clear()
    run(tmp_path / "out")
    assert order.count("synced") == order.count("named")
    assert order[-2:] != ["named", "synced"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_disk_that_cannot_sync_is_written_all_the_same(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    run(tmp_path)
    assert (tmp_path / NAME).read_text("utf-8") == "made"


def test_a_fault_while_it_syncs_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match="Input/output error") as caught:
        run(tmp_path)
    one_line(caught.value)
    assert not (tmp_path / NAME).exists()


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "cut in its header": lambda whole: whole[:20],
    "cut short": lambda whole: whole[:-100],
    "cut in a sample": lambda whole: whole[:-1],
    "its header alone": lambda whole: whole[:44],
    "too long": lambda whole: whole + b"x",
    "zeros": lambda whole: bytes(len(whole)),
    "another kind of sound": lambda whole: whole[:22] + b"\x02" + whole[23:],
    "text": lambda whole: b"RIFF and so on",
}


@pytest.mark.parametrize("way", SPOILED)
def test_a_spoiled_clip_is_spoken_anew(tmp_path: Path, way: str) -> None:
    say = cached_voice(voice(profile("espeak-en-gb")), Lexicon(), Store(tmp_path / "store"))
    clip = say("A ferry.", 1.0)
    whole = clip.read_bytes()
    clip.write_bytes(SPOILED[way](whole))
    assert not is_clip(clip)
    assert say("A ferry.", 1.0).read_bytes() == whole
    assert is_clip(clip)
    assert len(read_wav(clip)) * 2 + 44 == len(whole)


def test_a_clip_is_a_clip(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(wav_bytes(np.zeros(10, np.float32)))
    assert is_clip(tmp_path / "one.wav")
    assert not is_clip(tmp_path / "none.wav")
    assert not is_clip(tmp_path)
