"""Which describer `auto` takes: on made-up computers, with every word on downloads; and what a named one is given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc import describers
from audiodesc.core.downloads import Downloads
from audiodesc.core.plugins import Availability
from audiodesc.describers import DESCRIBERS, FALLBACK, AutoChoice, all_describers, choose, describer, models
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, LineRequest, Readiness
from audiodesc.describers.models import hardware, weights
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.weights import Weights
from audiodesc.errors import MissingToolError, UsageError
from audiodesc.model import FrameRequest, VideoClip

YES, OFFLINE, BOTH, SILENT = (True, False), (False, True), (True, True), (False, False)
"""The choices `yes` and `offline`."""

Word = tuple[bool, bool]
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
    takes_s: float = 60.0  # for a film of ten minutes, with any model on a processor
    sizes: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # by an earlier no

    def found(self, profile: ModelProfile) -> Weights | None:
        return Weights(Path(), profile.repository, "1") if profile.name in self.disk else None

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

    def choice(self, machine: Machine, word: Word) -> AutoChoice:
        downloads = Downloads(*word, None if self.answer is None else self.ask)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(models, "this_machine", lambda: machine)
            patch.setattr(models, "found", self.found)
            patch.setattr(models, "is_refused", self.refused.__contains__)
            patch.setattr(models, "keep_refusal", self.refused.add)
            patch.setattr(weights, "size_to_fetch", self.size)
            patch.setattr(models, "speed_here", lambda _: None)
            patch.setattr(models, "film_s", lambda profile, length_s, speed: self.takes_s * length_s / 600)
            return choose(DESCRIBERS, DescriberOptions(downloads=downloads))


def disk(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("free_gb", "there", "word", "answer", "name", "fetched"),
    [
        # all on disk: the best that fits
        (80, set(shipped()), SILENT, None, "qwen3.5-9b", False),
        (20, set(shipped()), SILENT, None, "qwen-narrator", False),
        (19.9, set(shipped()), SILENT, None, "qwen3.5-4b", False),
        (12, set(shipped()), OFFLINE, None, "qwen3.5-4b", False),
        (11, set(shipped()), SILENT, None, "qwen3.5-2b", False),
        (6, set(shipped()), SILENT, None, "qwen3.5-2b", False),
        (0, set(shipped()), SILENT, None, "qwen3.5-2b", False),
        # nothing on disk
        (80, set(), SILENT, None, "basic", False),
        (80, set(), OFFLINE, True, "basic", False),
        (80, set(), BOTH, True, "basic", False),
        (80, set(), SILENT, False, "basic", False),
        (80, set(), SILENT, True, "qwen3.5-9b", True),
        (80, set(), YES, None, "qwen3.5-9b", True),
        (80, set(), YES, False, "qwen3.5-9b", True),
        (15, set(), YES, None, "qwen3.5-4b", True),
        (10.5, set(), SILENT, True, "qwen3.5-2b", True),
        (6, set(), YES, None, "qwen3.5-2b", True),
        # without a GPU nothing is fetched but at the terminal
        (0, set(), SILENT, None, "basic", False),
        (0, set(), SILENT, False, "basic", False),
        (0, set(), SILENT, True, "qwen3.5-2b", True),
        (0, set(), OFFLINE, True, "basic", False),
        (0, set(), YES, True, "basic", False),
        (0, {"qwen-narrator"}, YES, True, "basic", False),
        (0, {"smolvlm2", "qwen-narrator"}, OFFLINE, None, "smolvlm2", False),
        # what is on disk wins over a better one that is refused, and only then
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, None, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, OFFLINE, True, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, False, "qwen3-vl-4b", False),
        (80, {"qwen3-vl-4b", "smolvlm2"}, SILENT, True, "qwen3.5-9b", True),
        (80, {"qwen3-vl-4b", "smolvlm2"}, YES, None, "qwen3.5-9b", True),
        # those that are taken only by name
        (80, {"skycaptioner", "llava-next-video", "qwen2.5-vl-3b"}, OFFLINE, None, "basic", False),
    ],
)
def test_what_is_taken(
    free_gb: float, there: set[str], word: Word, answer: bool | None, name: str, fetched: bool
) -> None:
    world = World(frozenset(there), answer=answer)
    choice = world.choice(gpu(free_gb) if free_gb else CPU, word)
    assert (choice.name, choice.download) == (name, fetched)
    assert [considered for considered, _ in choice.considered] == ["server", *shipped()]
    assert "\n" not in choice.why


def test_the_question_says_what_comes_from_where_under_which_licence() -> None:
    world = World(answer=True)
    world.choice(gpu(80), SILENT)
    profile = shipped()["qwen3.5-9b"]
    assert world.questions == [f"fetch 19.3 GB from {profile.repository} (licence: {profile.licence})?"]


def test_without_a_gpu_the_question_says_how_long_it_takes_and_what_it_needs() -> None:
    world = World(answer=True, takes_s=2_000)
    choice = world.choice(CPU, SILENT)
    profile = shipped()["qwen3.5-2b"]
    assert world.questions == [
        "There is no GPU. qwen3.5-2b needs about 35 min for ten minutes of film on this processor (an estimate) and "
        f"{profile.ram_gb:g} GB of memory; basic only reads text on the screen: "
        f"fetch 4.6 GB from {profile.repository} (licence: {profile.licence})?"
    ]
    assert "qwen3.5-2b is to be fetched; it needs about 35 min" in choice.why


def test_what_takes_too_long_without_a_gpu_is_not_offered_and_said() -> None:
    world = World(answer=True, takes_s=10_000)
    choice = world.choice(CPU, SILENT)
    assert (choice.name, world.questions, world.sizes) == ("basic", [], [])
    assert "needs about 2.8 h for ten minutes of film" in choice.why
    assert "--describer qwen3.5-2b fetches it" in choice.why


def test_a_model_that_the_memory_does_not_hold_is_not_offered() -> None:
    world = World(answer=True)
    choice = world.choice(Machine(ram_gb=6.0), SILENT)
    assert (choice.name, len(world.questions)) == ("qwen3.5-0.8b", 1)
    assert dict(choice.considered)["qwen3.5-2b"] == f"needs {shipped()['qwen3.5-2b'].ram_gb:g} GB of free memory"


def test_a_no_without_a_gpu_holds_for_later_runs_too() -> None:
    world = World(answer=False)
    assert world.choice(CPU, SILENT).name == "basic"
    assert len(world.questions) == 1
    world.answer = True
    choice = world.choice(CPU, SILENT)
    assert (choice.name, len(world.questions)) == ("basic", 1)
    assert "you did not want it: --describer qwen3.5-2b fetches it (4.6 GB" in choice.why
    world.disk = disk("qwen3.5-2b")
    assert world.choice(CPU, SILENT).name == "qwen3.5-2b"


def test_a_hub_that_cannot_be_reached_is_no_refusal() -> None:
    world = World(answer=True, reachable=False)
    assert world.choice(CPU, SILENT).name == "basic"
    assert not world.refused


def test_a_no_is_asked_for_once() -> None:
    world = World(answer=False)
    choice = world.choice(gpu(80), SILENT)
    assert len(world.questions) == 1
    assert dict(choice.considered)["qwen3-vl-4b"] == "not on this disk: you did not want it fetched"


def test_a_model_that_the_hub_does_not_have_is_passed_over() -> None:
    world = World(absent=disk("qwen3.5-9b"))
    choice = world.choice(gpu(80), YES)
    assert (choice.name, choice.download) == ("qwen-narrator", True)
    assert "qwen3.5-9b is not on the hub" in choice.why


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
    assert "give --yes to fetch 19.3 GB" in choice.why


@pytest.mark.parametrize(
    ("machine", "world", "word", "words"),
    [
        (gpu(80), World(frozenset(shipped())), SILENT, ["Z with 100 GB", "qwen3.5-9b is on this disk"]),
        (gpu(80), World(), YES, ["qwen3.5-9b is to be fetched"]),
        (gpu(80), World(), OFFLINE, ["qwen3.5-9b is not on this disk", "--offline"]),
        (gpu(80), World(disk("smolvlm2")), SILENT, ["smolvlm2 is on this disk", "qwen3.5-9b is not", "--yes"]),
        (CPU, World(disk("smolvlm2")), SILENT, ["no GPU", "smolvlm2 is on this disk"]),
        (CPU, World(), YES, ["no GPU", "qwen3.5-2b is not on this disk: give --describer qwen3.5-2b"]),
        (Machine(fault="no torch: install it"), World(frozenset(shipped())), YES, ["no torch: install it"]),
    ],
)  # fmt: skip
def test_why(machine: Machine, world: World, word: Word, words: list[str]) -> None:
    choice = world.choice(machine, word)
    assert [word for word in words if word not in choice.why] == []


def test_each_profile_is_weighed_aloud() -> None:
    world = World(disk("smolvlm2"))
    considered = world.choice(gpu(15), OFFLINE).considered
    assert [name for name, _ in considered] == ["server", *shipped()]
    assert set(considered) >= {
        ("qwen-narrator", "needs 20 GB of GPU memory"),
        ("qwen3-vl-8b", "needs 21 GB of GPU memory"),
        ("qwen2.5-vl-7b", "needs 20 GB of GPU memory"),
        ("qwen3-vl-4b", "not on this disk: leave --offline out to fetch it"),
        ("qwen2.5-vl-3b", "taken only when it is named"),
        ("skycaptioner", "taken only when it is named"),
        ("llava-next-video", "taken only when it is named"),
        ("smolvlm2", "on this disk"),
    }


@pytest.mark.parametrize("name", [None, "server"])
def test_a_server_does_not_look_at_this_machine(name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (models, hardware):
        monkeypatch.setattr(module, "this_machine", lambda: pytest.fail("the computer was looked at"))
    chosen = describer(name, DescriberOptions(server="http://127.0.0.1:9/v1", model="m"))
    assert chosen.describer.label == "server, m"


def test_a_server_loads_no_torch() -> None:
    code = (
        "import sys\nfrom audiodesc.describers import describer\n"
        "from audiodesc.describers.base import DescriberOptions\n"
        "chosen = describer(None, DescriberOptions(server='http://127.0.0.1:9/v1', model='m'))\n"
        "print(chosen.describer.label, {'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "server, m set()\n"


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
WORDS = st.sampled_from(list(product([False, True], repeat=2)))


@given(MACHINES, WORLDS, WORDS)
def test_the_laws(machine: Machine, world: World, word: Word) -> None:
    choice = world.choice(machine, word)
    profile = shipped().get(choice.name)
    assert len(world.questions) <= 1
    if machine.fault or word[1] or (not machine.gpu and (word[0] or world.answer is None)):
        assert world.sizes == []  # no network
    if profile is None:
        assert (choice.name, choice.download) == ("basic", False)
        return
    assert profile.auto
    assert profile.prompt != "none"
    assert profile.memory_gb <= machine.free_gb
    assert not machine.fault
    assert choice.download == (choice.name not in world.disk)
    if choice.download:
        assert machine.gpu or world.answer
        assert not word[1]
        assert (word[0] and machine.gpu) or (world.answer and world.questions)
        assert world.reachable
        assert choice.name not in world.absent


@given(WORLDS, WORDS, st.floats(0, 200), st.floats(0, 200))
def test_more_memory_never_gives_a_lesser_describer(world: World, word: Word, one: float, other: float) -> None:
    order = [*shipped(), "basic"]
    less, more = (world.choice(gpu(free), word).name for free in sorted((one, other)))
    assert order.index(more) <= order.index(less)


class Silent(Describer):
    """Sees nothing."""

    fingerprint = "silent/1"
    label = "silent"
    frames = FrameRequest(1, 1, 1, 100)

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        yield from ()

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return ()


class Own(DescriberBackend):
    """A describer of another package, with no more than it has to say."""

    name = "own"
    summary = "says nothing"
    needs = "nothing"
    install = ""
    options: type[Any] | None = None

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        self.given = own
        return Silent()


@dataclass(frozen=True)
class Options:
    style: str = "brief"
    count: int = 3


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Own:
    entry = Own()
    monkeypatch.setattr(describers, "DESCRIBERS", {**DESCRIBERS, "own": entry})
    return entry


def test_every_entry_says_all_that_is_asked_of_it() -> None:
    for name, entry in all_describers().items():
        assert isinstance(entry, DescriberBackend)
        assert entry.name == name
        assert entry.summary
        assert entry.needs
        assert isinstance(entry.availability(), Availability)
    assert FALLBACK.auto_rank == 0


def test_a_server_and_a_model_are_taken_where_the_options_name_them() -> None:
    asked = DescriberOptions(server="http://127.0.0.1:9/v1", model="m")
    assert describer(None, asked).describer.label == describer("auto", asked).describer.label == "server, m"
    assert [entry.name for entry in DESCRIBERS.values() if entry.requested(asked)] == ["server", "model"]
    assert not any(entry.requested(DescriberOptions()) for entry in DESCRIBERS.values())


def test_one_of_another_package_is_taken_by_its_name_alone(own: Own) -> None:
    assert describer("own", DescriberOptions()).describer.label == "silent"
    assert describer(None, DescriberOptions()).describer.label != "silent"
    assert choose({"own": own}, DescriberOptions()).name == "basic"


def test_one_of_another_package_with_a_rank_is_weighed(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Own, "auto_rank", 99)
    own.readiness = lambda options: Readiness(reason="ready")  # type: ignore[method-assign]
    assert describer(None, DescriberOptions()).why.endswith("own is ready)")
    own.unfit = lambda options: "no film of this kind"  # type: ignore[method-assign]
    choice = choose(all_describers(), DescriberOptions())
    assert choice.considered[0] == ("own", "no film of this kind")


def test_its_own_options_reach_it_checked(own: Own) -> None:
    own.options = Options
    describer("own", DescriberOptions(own={"own": {"count": "7"}}))
    assert own.given == Options("brief", 7)
    describer("own", DescriberOptions(own={"other": {"count": "x"}}))
    assert own.given == Options()
    with pytest.raises(UsageError, match="did you mean style"):
        describer("own", DescriberOptions(own={"own": {"stile": "rich"}}))


def test_options_for_one_that_has_none_are_an_error() -> None:
    with pytest.raises(UsageError, match=r"basic has no options of its own: leave out basic\.loud"):
        describer("basic", DescriberOptions(own={"basic": {"loud": "1"}}))


def test_a_describer_has_defaults() -> None:
    silent = Silent()
    assert (silent.limits, silent.lines_at_once, list(silent.doubts("x"))) == ("", 1, [])
