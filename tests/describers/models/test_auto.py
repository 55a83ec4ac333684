"""What a computer gives a model, and which describer `auto` takes: on made-up computers, with every permission."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelfolders import PARTS, model_folder

from audiodesc.core.installation import models_command
from audiodesc.describers.models import auto
from audiodesc.describers.models.auto import Choice, Machine, Permission, choose, obtain, pick, refusals, this_machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.errors import InputError, MissingToolError, UsageError

YES, OFFLINE, BOTH, SILENT = Permission(yes=True), Permission(offline=True), Permission(True, True), Permission()
NOWHERE = ModelProfile("mine", "somebody/film-model", licence="MIT", download_gb=3)
CPU = Machine()


def gpu(free_gb: float) -> Machine:
    return Machine("NVIDIA Z", free_gb, 100.0, "cuda:0")


@dataclass
class World:
    """What is on the disk and what a hub has, with all that was asked of the hub and of the user."""

    disk: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()  # the hub does not have them
    reachable: bool = True
    answer: bool | None = None  # None: there is no terminal
    sizes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def found(self, profile: ModelProfile) -> bool:
        return profile.name in self.disk

    def size(self, profile: ModelProfile) -> int:
        self.sizes.append(profile.name)
        if not self.reachable:
            raise MissingToolError("the hub cannot be reached", "check the network")
        if profile.name in self.absent:
            raise UsageError(f"{profile.name} is not on the hub", "check its name")
        return round(profile.download_gb * 1e9)

    def ask(self, question: str) -> bool:
        self.questions.append(question)
        return bool(self.answer)

    def choice(self, machine: Machine, permission: Permission, server: bool = False) -> Choice:
        ask = None if self.answer is None else self.ask
        return choose(server, machine, self.found, refusals(permission, ask, self.size))


def disk(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("free_gb", "there", "permission", "answer", "name", "fetched"),
    [
        # all on disk: the best that fits
        (80, set(shipped()), SILENT, None, "qwen-narrator", False),
        (20, set(shipped()), SILENT, None, "qwen-narrator", False),
        (19.9, set(shipped()), SILENT, None, "qwen3-vl-4b", False),
        (12, set(shipped()), OFFLINE, None, "qwen3-vl-4b", False),
        (11, set(shipped()), SILENT, None, "smolvlm2", False),
        (6, set(shipped()), SILENT, None, "smolvlm2", False),
        (0, set(shipped()), SILENT, None, "smolvlm2", False),
        # nothing on disk
        (80, set(), SILENT, None, "basic", False),
        (80, set(), OFFLINE, True, "basic", False),
        (80, set(), BOTH, True, "basic", False),
        (80, set(), SILENT, False, "basic", False),
        (80, set(), SILENT, True, "qwen-narrator", True),
        (80, set(), YES, None, "qwen-narrator", True),
        (80, set(), YES, False, "qwen-narrator", True),
        (15, set(), YES, None, "qwen3-vl-4b", True),
        (10.5, set(), SILENT, True, "smolvlm2", True),
        (6, set(), YES, None, "smolvlm2", True),
        # without a GPU nothing is fetched
        (0, set(), YES, True, "basic", False),
        (0, {"qwen-narrator"}, YES, True, "basic", False),
        (0, {"smolvlm2", "qwen-narrator"}, OFFLINE, None, "smolvlm2", False),
        # what is on disk wins over a better one that is refused, and only then
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, None, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, OFFLINE, True, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, False, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, True, "qwen-narrator", True),
        (80, {"qwen3-vl-4b", "smolvlm2"}, YES, None, "qwen-narrator", True),
        # those that are taken only by name
        (80, {"skycaptioner", "llava-next-video", "qwen2.5-vl-3b"}, OFFLINE, None, "basic", False),
    ],
)
def test_what_is_taken(
    free_gb: float, there: set[str], permission: Permission, answer: bool | None, name: str, fetched: bool
) -> None:
    world = World(frozenset(there), answer=answer)
    choice = world.choice(gpu(free_gb) if free_gb else CPU, permission)
    assert (choice.name, choice.fetched) == (name, fetched)
    assert [considered for considered, _ in choice.considered] == list(shipped())
    assert "\n" not in choice.why


def test_a_server_comes_before_everything() -> None:
    world = World(frozenset(shipped()), answer=True)
    assert world.choice(gpu(80), YES, server=True).name == "server"
    assert world.questions == world.sizes == []


def test_the_question_says_what_comes_from_where_under_which_licence() -> None:
    world = World(answer=True)
    world.choice(gpu(80), SILENT)
    profile = shipped()["qwen-narrator"]
    assert world.questions == [f"fetch 16.6 GB from {profile.repository} (licence: {profile.licence})?"]


def test_a_no_is_asked_for_once() -> None:
    world = World(answer=False)
    choice = world.choice(gpu(80), SILENT)
    assert len(world.questions) == 1
    assert dict(choice.considered)["qwen3-vl-4b"] == "not on this disk: you did not want it fetched"


def test_a_model_that_the_hub_does_not_have_is_passed_over() -> None:
    world = World(absent=disk("qwen-narrator"))
    choice = world.choice(gpu(80), YES)
    assert (choice.name, choice.fetched) == ("qwen3-vl-8b", True)
    assert "qwen-narrator is not on the hub" in choice.why


def test_a_hub_that_cannot_be_reached_is_tried_once() -> None:
    world = World(disk("smolvlm2"), reachable=False)
    choice = world.choice(gpu(80), YES)
    assert choice.name == "smolvlm2"
    assert len(world.sizes) == 1
    assert "the hub cannot be reached" in choice.why


def test_without_a_terminal_the_hub_is_not_even_asked() -> None:
    world = World()
    choice = world.choice(gpu(80), SILENT)
    assert world.sizes == []
    assert "give --yes to fetch 16.6 GB" in choice.why


def test_a_small_download_needs_no_word() -> None:
    small = ModelProfile("small", "somebody/small", download_gb=1.0)
    world = World()
    assert refusals(SILENT, None, world.size)(small) == ""
    assert "--offline" in refusals(OFFLINE, None, world.size)(small)
    assert world.sizes == ["small"]


def test_the_hubs_size_counts_and_not_the_profiles() -> None:
    unknown = ModelProfile("mine", "somebody/large")
    assert refusals(SILENT, None, lambda profile: 1_000_000_001)(unknown) == "give --yes to fetch 1.0 GB"
    assert refusals(SILENT, None, lambda profile: 1_000_000_000)(unknown) == ""


@pytest.mark.parametrize(
    ("machine", "world", "permission", "words"),
    [
        (gpu(80), World(frozenset(shipped())), SILENT, ["Z with 100 GB", "qwen-narrator is on this disk"]),
        (gpu(80), World(), YES, ["qwen-narrator is to be fetched"]),
        (gpu(80), World(), OFFLINE, ["qwen-narrator is not on this disk", "--offline"]),
        (gpu(80), World(disk("smolvlm2")), SILENT, ["smolvlm2 is on this disk", "qwen-narrator is not", "--yes"]),
        (CPU, World(disk("smolvlm2")), SILENT, ["no GPU", "smolvlm2 is on this disk"]),
        (CPU, World(), YES, ["no GPU", "smolvlm2 is not on this disk: give --describer smolvlm2"]),
        (Machine(fault="no torch: install it"), World(frozenset(shipped())), YES, ["no torch: install it"]),
    ],
)  # fmt: skip
def test_why(machine: Machine, world: World, permission: Permission, words: list[str]) -> None:
    choice = world.choice(machine, permission)
    assert [word for word in words if word not in choice.why] == []


def test_each_profile_is_weighed_aloud() -> None:
    world = World(disk("smolvlm2"))
    considered = world.choice(gpu(15), OFFLINE).considered
    assert [name for name, _ in considered] == list(shipped())
    assert set(considered) >= {
        ("qwen-narrator", "needs 20 GB of GPU memory"),
        ("qwen3-vl-8b", "needs 22 GB of GPU memory"),
        ("qwen2.5-vl-7b", "needs 20 GB of GPU memory"),
        ("qwen3-vl-4b", "not on this disk: leave --offline out to fetch it"),
        ("qwen2.5-vl-3b", "taken only when it is named"),
        ("skycaptioner", "taken only when it is named"),
        ("llava-next-video", "taken only when it is named"),
        ("smolvlm2", "on this disk"),
    }


MACHINES = st.one_of(
    st.just(CPU),
    st.floats(0, 200).map(gpu),
    st.floats(0, 200).map(lambda free: Machine("NVIDIA Z", free, fault="torch cannot be loaded")),
)
WORLDS = st.builds(
    World,
    disk=st.frozensets(st.sampled_from(list(shipped()))),
    absent=st.frozensets(st.sampled_from(list(shipped()))),
    reachable=st.booleans(),
    answer=st.sampled_from([None, False, True]),
)
PERMISSIONS = st.sampled_from([Permission(*both) for both in product([False, True], repeat=2)])


@given(MACHINES, WORLDS, PERMISSIONS)
def test_the_laws(machine: Machine, world: World, permission: Permission) -> None:
    choice = world.choice(machine, permission)
    profile = shipped().get(choice.name)
    assert len(world.questions) <= 1
    if not machine.gpu or machine.fault or permission.offline:
        assert world.sizes == []  # no network
    if profile is None:
        assert (choice.name, choice.fetched) == ("basic", False)
        return
    assert profile.auto
    assert profile.prompt != "none"
    assert profile.memory_gb <= machine.free_gb
    assert not machine.fault
    assert choice.fetched == (choice.name not in world.disk)
    if choice.fetched:
        assert machine.gpu
        assert not permission.offline
        assert permission.yes or (world.answer and world.questions)
        assert world.reachable
        assert choice.name not in world.absent


@given(WORLDS, PERMISSIONS, st.floats(0, 200), st.floats(0, 200))
def test_more_memory_never_gives_a_lesser_describer(
    world: World, permission: Permission, one: float, other: float
) -> None:
    order = [*shipped(), "basic"]
    less, more = (world.choice(gpu(free), permission).name for free in sorted((one, other)))
    assert order.index(more) <= order.index(less)


def test_a_server_asks_nothing_of_the_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at() -> Machine:
        raise AssertionError("torch is loaded for nothing")

    monkeypatch.setattr(auto, "this_machine", looked_at)
    assert pick(True, refusals(SILENT)).name == "server"


def never(profile: ModelProfile) -> str:
    raise AssertionError("asked for what is on this disk")


def test_what_is_on_this_disk_is_taken_checked(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    folder = model_folder(tmp_path / "model")
    profile = ModelProfile("mine", str(folder))
    assert obtain(profile, never).folder == folder
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match="chat = false"):
        obtain(profile, never)
    assert obtain(ModelProfile("mine", str(folder), chat=False), never).folder == folder
    (folder / PARTS[0]).unlink()
    with pytest.raises(InputError, match="1 of 2 files of weights"):
        obtain(profile, never)


@pytest.mark.parametrize(
    ("permission", "ask", "words"),
    [
        (OFFLINE, lambda question: True, "leave --offline out"),
        (SILENT, None, "give --yes to fetch 3.0 GB"),
        (SILENT, lambda question: False, "you did not want it"),
    ],
)
def test_a_model_that_is_named_and_refused(
    monkeypatch: pytest.MonkeyPatch, permission: Permission, ask: Callable[[str], bool] | None, words: str
) -> None:
    monkeypatch.setattr(auto, "found", lambda profile: None)
    monkeypatch.setattr(auto, "fetch", lambda *args: pytest.fail("fetched"))
    with pytest.raises(UsageError) as caught:
        obtain(NOWHERE, refusals(permission, ask, lambda profile: 3_000_000_000))
    assert "the weights of somebody/film-model are not on this disk" in str(caught.value)
    assert words in str(caught.value)


def test_a_hub_that_fails_says_so_for_a_model_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "found", lambda profile: None)
    with pytest.raises(MissingToolError, match="check the network"):
        obtain(NOWHERE, refusals(YES, None, World(reachable=False).size))


GB = 10**9
Install = Callable[..., None]


class Cuda:
    """GPUs as (name, free, total) in bytes; None for one that another program holds."""

    def __init__(self, *gpus: tuple[str, int, int] | None) -> None:
        self.gpus, self.current = gpus, 0

    @contextmanager
    def device(self, index: int) -> Iterator[None]:
        before, self.current = self.current, index
        yield
        self.current = before

    def is_bf16_supported(self, including_emulation: bool = True) -> bool:
        gpu = self.gpus[self.current]
        return including_emulation or bool(gpu and gpu[0] != "Tesla T4")

    def is_available(self) -> bool:
        if not self.gpus:
            warnings.warn("CUDA initialization: the driver is too old", UserWarning, stacklevel=2)
        return bool(self.gpus)

    def device_count(self) -> int:
        return len(self.gpus)

    def mem_get_info(self, index: int) -> tuple[int, int]:
        if (gpu := self.gpus[index]) is None:
            raise RuntimeError("CUDA error: all CUDA-capable devices are busy or unavailable")
        return gpu[1:]

    def get_device_properties(self, index: int) -> Any:
        gpu = self.gpus[index]
        assert gpu
        return SimpleNamespace(name=gpu[0], total_memory=gpu[2])


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(*gpus: tuple[str, int, int] | None) -> None:
        monkeypatch.setattr(auto, "find_spec", lambda name: object())
        monkeypatch.setattr(auto, "has_driver", lambda: True)
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=Cuda(*gpus)))  # type: ignore[arg-type]

    return install


def test_one_gpu(install: Install) -> None:
    install(("NVIDIA L4", 23 * GB, 24 * GB))
    assert this_machine() == Machine("NVIDIA L4", 23.0, 24.0, "cuda:0", "bfloat16")


def test_of_several_the_one_with_most_free_memory(install: Install) -> None:
    install(("A", 3 * GB, 80 * GB), ("B", 40 * GB, 48 * GB), ("C", 20 * GB, 96 * GB))
    assert this_machine() == Machine("B", 40.0, 48.0, "cuda:1", "bfloat16")


def test_one_that_is_held_by_another_program_is_passed_over(install: Install) -> None:
    install(None, ("B", 10 * GB, 12 * GB))
    assert this_machine() == Machine("B", 10.0, 12.0, "cuda:1", "bfloat16")
    install(None)
    assert this_machine() == Machine()


def test_an_old_gpu_reckons_in_float16_and_that_is_said(install: Install) -> None:
    install(("NVIDIA L4", 3 * GB, 24 * GB), ("Tesla T4", 15 * GB, 16 * GB))
    old = this_machine()
    assert (old.gpu, old.numbers) == ("Tesla T4", "float16")
    assert "float16" in old.remark
    install(("NVIDIA L4", 23 * GB, 24 * GB))
    assert this_machine().remark == Machine().remark == ""


def test_no_gpu_and_an_old_driver(install: Install) -> None:
    install()
    assert this_machine() == Machine(gpu="", free_gb=0.0, total_gb=0.0, device="cpu", fault="")


@pytest.mark.parametrize("missing", ["torch", "transformers", "accelerate", "huggingface_hub", "safetensors"])
def test_without_the_extra_torch_is_not_loaded_and_the_command_is_given(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(auto, "find_spec", lambda name: None if name == missing else object())
    monkeypatch.setitem(sys.modules, "torch", None)
    fault = this_machine().fault
    assert missing in fault
    assert fault.endswith(models_command())


def test_a_torch_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "find_spec", lambda name: object())
    monkeypatch.setattr(auto, "has_driver", lambda: True)
    monkeypatch.setitem(sys.modules, "torch", None)  # import torch raises ImportError
    assert this_machine().fault.startswith("torch cannot be loaded")


def test_looking_at_this_computer_loads_no_transformers() -> None:
    code = (
        "import sys\n"
        "from audiodesc.describers.models.auto import pick, refusals, Permission\n"
        "print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))\n"
        "print(pick(True, refusals(Permission())).name)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "server", "False"]
