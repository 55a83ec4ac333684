"""One describer for several films: pooled, earliest films first, and lost with its process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import pytest

from audiodesc.batch.sharing.calls import HostLostError, LostError, Opened
from audiodesc.batch.sharing.delegating import Counted, CountedMomentary
from audiodesc.batch.sharing.gates import Busy, Gate
from audiodesc.batch.sharing.host import DescriberHost
from audiodesc.batch.sharing.pool import DescriberPool
from audiodesc.batch.sharing.proxy import MOST_LOSSES, SharedDescriber, choose_with
from audiodesc.batch.sharing.suspects import MOST_DEATHS, Suspects
from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer, Failure, LineRequest, Momentary
from audiodesc.describers.basic import Basic
from audiodesc.describers.context import FilmContext
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import Frame, FrameRequest, Span, VideoClip
from audiodesc.settings import DescriberSettings, Settings

WAIT_S = 20.0


class Looking(Describer):
    """Answers with a clip's start; each round that it is asked in is noted, and how many are asked at a time."""

    def __init__(self, known: FilmContext = FilmContext(), collects: int = 1, lines: int = 4) -> None:  # noqa: B008
        self.known, self.collects, self.lines = known, collects, lines
        self.rounds: list[list[int]] = []
        self.sessions = self.inside = self.most_inside = self.most_lines = self.inside_lines = 0
        self.door, self.go = Lock(), Event()
        self.go.set()

    @property
    def fingerprint(self) -> str:
        return f"looking {self.known.text}"

    @property
    def label(self) -> str:
        return "looking"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(1, 1, 2, 100)

    @property
    def lines_at_once(self) -> int:
        return self.lines

    @contextmanager
    def session(self, store: Store) -> Iterator[None]:
        self.sessions += 1
        yield
        self.sessions -= 1

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        self.rounds.append([])
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        try:
            batch: list[tuple[int, VideoClip]] = []
            for number, clip in enumerate(clips):
                self.go.wait(WAIT_S)
                self.rounds[-1].append(clip.span.start_ms)
                batch.append((number, clip))
                if len(batch) == self.collects:
                    yield from ((one, str(clip.span.start_ms)) for one, clip in batch)
                    batch = []
            yield from ((one, str(clip.span.start_ms)) for one, clip in batch)
        finally:
            self.inside -= 1

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        with self.door:
            self.inside_lines += 1
            self.most_lines = max(self.most_lines, self.inside_lines)
        assert self.lines > 1 or not self.inside
        time.sleep(0.01)
        with self.door:
            self.inside_lines -= 1
        return (f"line of {request.facts}",)


class Failing(Looking):
    """Raises once a clip is in its hands."""

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for number, clip in enumerate(clips):
            if clip.span.start_ms >= 2000:
                raise UsageError("the key is refused", "give another")
            yield number, "seen"


class Unloaded(Looking):
    """Raises before it takes any clip."""

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        raise AudiodescError("the model cannot be loaded")


class Glimpsing(Looking):
    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        return [(Span(0, 10), facts)]


def clip_at(start_ms: int, pixels: int = 4) -> VideoClip:
    return VideoClip(Span(start_ms, start_ms + 1000), (Frame(start_ms, np.zeros((pixels, pixels, 3), np.uint8)),))


def waits_for_more(pool: DescriberPool, before: int) -> bool:
    return pool.waiting > before


def waited(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture
def pool_of() -> Iterator[Callable[[Describer], DescriberPool]]:
    made: list[DescriberPool] = []

    def pool(describer: Describer) -> DescriberPool:
        made.append(DescriberPool(describer, Gate(1_000_000), Busy()))
        return made[-1]

    yield pool
    for one in made:
        one.close()


Pools = Callable[[Describer], DescriberPool]


def test_clips_of_all_films_go_into_one_call_of_the_describer(pool_of: Pools) -> None:
    describer = Looking(collects=3)
    describer.go.clear()
    pool = pool_of(describer)
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(pool.observe, film, clip_at(film * 1000)) for film in range(6)]
        waited(lambda: pool.waiting == 5)
        describer.go.set()
        assert [one.result(WAIT_S) for one in asked] == [str(film * 1000) for film in range(6)]
    assert describer.most_inside == 1
    assert len(describer.rounds) == 1


def test_earlier_films_come_first(pool_of: Pools) -> None:
    describer = Looking()
    describer.go.clear()
    pool = pool_of(describer)
    with ThreadPoolExecutor(8) as threads:
        threads.submit(pool.observe, 9, clip_at(99_000))
        waited(lambda: describer.rounds and not pool.waiting)
        for film in (3, 1, 2, 1):
            before = pool.waiting
            threads.submit(pool.observe, film, clip_at(film * 1000))
            waited(partial(waits_for_more, pool, before))
        describer.go.set()
    assert [start for some in describer.rounds for start in some] == [99_000, 1000, 1000, 2000, 3000]


def test_a_describer_that_collects_a_batch_is_not_kept_waiting_for_more(pool_of: Pools) -> None:
    assert pool_of(Looking(collects=16)).observe(1, clip_at(5000)) == "5000"


@pytest.mark.parametrize("lines", [1, 3])
def test_lines_are_written_on_as_many_threads_as_the_describer_gains_from(pool_of: Pools, lines: int) -> None:
    describer = Looking(lines=lines)
    pool = pool_of(describer)

    def write(number: int) -> Sequence[str]:
        request = LineRequest(str(number), 5, "en")
        return pool.write(number, lambda: describer.write_lines(request))

    with ThreadPoolExecutor(16) as threads:
        looks = [threads.submit(pool.observe, film, clip_at(film)) for film in range(8)]
        written = list(threads.map(write, range(8)))
        assert [one.result(WAIT_S) for one in looks] == [str(film) for film in range(8)]
    assert written == [(f"line of {number}",) for number in range(8)]
    assert 1 <= describer.most_lines <= lines
    assert pool.written == 8


def test_an_error_reaches_the_clips_in_hand_and_no_others(pool_of: Pools) -> None:
    pool = pool_of(Failing())
    assert pool.observe(1, clip_at(0)) == "seen"
    with pytest.raises(UsageError, match="the key is refused"):
        pool.observe(1, clip_at(2000))
    assert pool.observe(1, clip_at(1000)) == "seen"


def test_an_error_before_any_clip_reaches_all_that_wait(pool_of: Pools) -> None:
    with pytest.raises(AudiodescError, match="cannot be loaded"):
        pool_of(Unloaded()).observe(1, clip_at(0))


def test_what_is_dropped_is_not_looked_at(pool_of: Pools) -> None:
    describer = Looking()
    describer.go.clear()
    pool = pool_of(describer)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(pool.observe, 1, clip_at(1000))
        waited(lambda: describer.rounds and not pool.waiting)
        gone, kept = (threads.submit(pool.observe, film, clip_at(film * 1000)) for film in (2, 3))
        waited(lambda: pool.waiting == 2)
        pool.drop(2)
        describer.go.set()
        assert (first.result(WAIT_S), kept.result(WAIT_S)) == ("1000", "3000")
        assert isinstance(gone.exception(WAIT_S), HostLostError)
    assert [start for some in describer.rounds for start in some] == [1000, 3000]


def test_a_gate_holds_no_more_than_its_limit_except_one_alone() -> None:
    gate, held = Gate(10), []

    def take(amount: int) -> None:
        gate.take(amount)
        held.append(amount)

    take(25)
    threads = [Thread(target=take, args=(amount,)) for amount in (6, 4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    assert held == [25]
    gate.give_back(25)
    for thread in threads:
        thread.join(WAIT_S)
    assert sorted(held) == [4, 6, 25]


def test_busy_time_counts_what_is_in_hand_once() -> None:
    busy, before = Busy(), time.monotonic()
    busy.begin()
    busy.begin()
    time.sleep(0.05)
    busy.end(2)
    seconds, after = busy.seconds, time.monotonic()
    time.sleep(0.05)
    assert busy.seconds == seconds
    assert 0.05 <= seconds <= after - before


class Hosts:
    """A transport whose host dies at each call that `dies` says, and is replaced by another."""

    def __init__(self, describer: Callable[[FilmContext], Describer], dies: Sequence[int] = ()) -> None:
        self.make, self.dies, self.calls, self.hosts = describer, set(dies), 0, [self._host(describer)]
        self.made: list[Describer] = []
        self.door = Lock()

    def _host(self, describer: Callable[[FilmContext], Describer]) -> DescriberHost:
        def choose(
            settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float
        ) -> ChosenDescriber:
            self.made.append(describer(known))
            return ChosenDescriber(self.made[-1], "it is the only one")

        return DescriberHost(choose)

    def call(self, method: str, /, *args: Any) -> Any:
        with self.door:
            self.calls += method == "observe"
            if method == "observe" and self.calls in self.dies:
                self.hosts.append(self._host(self.make))
                raise HostLostError("it died")
            host = self.hosts[-1]
        return getattr(host, method)(*args)

    def close(self) -> None:
        for host in self.hosts:
            host.close()


@pytest.fixture
def hosts_of() -> Iterator[Callable[..., Hosts]]:
    made: list[Hosts] = []

    def hosts(describer: Callable[[FilmContext], Describer] = Looking, dies: Sequence[int] = ()) -> Hosts:
        made.append(Hosts(describer, dies))
        return made[-1]

    yield hosts
    for one in made:
        one.close()


def chosen(hosts: Hosts, rank: int, context: str = "", name: str = "any") -> ChosenDescriber:
    settings = Settings(describer=DescriberSettings(name=name))
    return choose_with(hosts, rank)(settings, FilmContext(context), Downloads(), silent, 60.0)


def test_a_film_asks_the_shared_describer_as_if_it_were_its_own(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    hosts = hosts_of()
    one = chosen(hosts, 1)
    assert one.why == "it is the only one"
    describer = one.describer
    with describer.session(Store(tmp_path)):
        own = Looking()
        same = ("fingerprint", "label", "limits", "frames", "lines_at_once", "asked_ahead")
        assert [getattr(describer, name) for name in same] == [getattr(own, name) for name in same]
        assert sorted(describer.observe(clip_at(n * 1000) for n in range(20))) == [
            (n, str(n * 1000)) for n in range(20)
        ]
        assert describer.write_lines(LineRequest("x", 5, "en")) == ("line of x",)
        assert (describer.doubts("x"), describer.evidence("x"), describer.notes()) == ((), "", ())
    assert not isinstance(describer, Momentary)
    assert hosts.hosts[0].usage().clips == 20
    assert hosts.hosts[0].usage().lines == 1


def test_films_share_a_describer_unless_they_know_other_things(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    hosts = hosts_of()
    films = [chosen(hosts, 1).describer, chosen(hosts, 2).describer, chosen(hosts, 3, "a farm").describer]
    assert len(hosts.made) == 2
    with films[0].session(Store(tmp_path)), films[1].session(Store(tmp_path)), films[2].session(Store(tmp_path)):
        assert [film.fingerprint for film in films] == ["looking ", "looking ", "looking a farm"]
        assert [one.sessions for one in hosts.made if isinstance(one, Looking)] == [1, 1]
    hosts.close()
    assert [one.sessions for one in hosts.made if isinstance(one, Looking)] == [0, 0]


def test_a_momentary_describer_is_one_through_its_proxy(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    describer = chosen(hosts_of(Glimpsing), 1).describer
    assert isinstance(describer, Momentary)
    with describer.session(Store(tmp_path)):
        assert describer.moments("x") == ((Span(0, 10), "x"),)


def test_basic_is_the_films_own(hosts_of: Callable[..., Hosts]) -> None:
    hosts = hosts_of(lambda known: Basic())
    assert isinstance(chosen(hosts, 1).describer, Basic)
    hosts.hosts.clear()
    assert isinstance(chosen(hosts, 1, name="basic").describer, Basic)


def test_what_cannot_be_chosen_fails_its_film_and_is_tried_for_the_next(hosts_of: Callable[..., Hosts]) -> None:
    tries: list[int] = []

    def make(known: FilmContext) -> Describer:
        tries.append(1)
        if len(tries) == 1:
            raise UsageError("the key is refused", "give another")
        return Looking(known)

    hosts = hosts_of(make)
    with pytest.raises(UsageError, match="the key is refused"):
        chosen(hosts, 1)
    assert chosen(hosts, 2).why == "it is the only one"


def test_clips_in_hand_are_asked_again_of_the_next_process(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    hosts = hosts_of(dies=(3, 40, 60))
    describer = chosen(hosts, 1).describer
    with describer.session(Store(tmp_path)):
        assert sorted(describer.observe(clip_at(n) for n in range(60))) == [(n, str(n)) for n in range(60)]
    assert len(hosts.hosts) == 4


def test_deaths_that_meet_other_clips_each_time_do_not_end_a_film(
    hosts_of: Callable[..., Hosts], tmp_path: Path
) -> None:
    hosts = hosts_of(dies=range(10, 1000, 10))
    describer = chosen(hosts, 1).describer
    with describer.session(Store(tmp_path)):
        assert sorted(describer.observe(clip_at(n) for n in range(300))) == [(n, str(n)) for n in range(300)]
    assert len(hosts.hosts) > 2 * MOST_LOSSES


def test_a_film_gives_up_where_the_process_dies_again_and_again(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    hosts = hosts_of(dies=range(1, 1000))
    describer = chosen(hosts, 1).describer
    with describer.session(Store(tmp_path)), pytest.raises(LostError, match=f"died {MOST_LOSSES + 1} times"):
        list(describer.observe([clip_at(0)]))


def test_clips_in_flight_are_bounded_by_bytes(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    hosts = hosts_of()
    describer = chosen(hosts, 1).describer
    made: list[int] = []

    def clips() -> Iterator[VideoClip]:
        for number in range(12):
            made.append(number)
            yield clip_at(number, 5000)  # 75 MB each

    with describer.session(Store(tmp_path)):
        (shared,) = hosts.made
        assert isinstance(shared, Looking)
        shared.go.clear()
        answers: list[tuple[int, str | Failure]] = []
        thread = Thread(target=lambda: answers.extend(describer.observe(clips())))
        thread.start()
        waited(lambda: shared.rounds)
        time.sleep(0.3)
        assert len(made) <= 2
        shared.go.set()
        thread.join(WAIT_S)
    assert sorted(answers) == [(n, str(n)) for n in range(12)]


def test_an_unknown_describer_counts_as_lost() -> None:
    host = DescriberHost()
    with pytest.raises(HostLostError):
        host.observe("nobody", 1, clip_at(0))
    assert not Opened("").shared


def test_counted_describers_count_answers_and_stay_what_they_are() -> None:
    counts: list[int] = []
    counted = Counted(Looking(), lambda: counts.append(1))
    assert dict(counted.observe(clip_at(n) for n in range(5))) == {n: str(n) for n in range(5)}
    assert len(counts) == 5
    assert not isinstance(counted, Momentary)
    assert isinstance(CountedMomentary(Glimpsing(), lambda: None), Momentary)


class Fatal(Looking):
    """Dies of the clip that begins at 5 s: `dies` says how, which does not come back."""

    dies: Callable[[], None]

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        batch = []
        for number, clip in enumerate(clips):
            batch.append((number, clip.span.start_ms))
            if len(batch) == 4:
                yield from self._answers(batch)
                batch = []
        yield from self._answers(batch)

    def _answers(self, batch: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
        self.rounds.append([start for _, start in batch])
        if 5000 in self.rounds[-1]:
            self.dies()
        yield from ((number, str(start)) for number, start in batch)


class Dying:
    """A transport whose host dies when its describer does: all calls that wait are lost, and the next host is told by a
    file what was in hand."""

    def __init__(self, record: Path) -> None:
        self.record, self.door = record, Lock()
        self.deaths: list[Event] = []
        self.describers: list[Fatal] = []
        self._start()

    def _start(self) -> None:
        died = Event()

        def dies() -> None:
            with self.door:
                self._start()
            died.set()
            Event().wait(WAIT_S)  # a process that is dead answers nothing more
            raise RuntimeError

        def choose(
            settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float
        ) -> ChosenDescriber:
            describer = Fatal(known)
            describer.dies = dies
            self.describers.append(describer)
            return ChosenDescriber(describer)

        self.deaths.append(died)
        self.host = DescriberHost(choose, record=self.record)

    def call(self, method: str, /, *args: Any) -> Any:
        with self.door:
            host, died = self.host, self.deaths[-1]
        answer: list[Any] = []

        def ask() -> None:
            try:
                answer.append((True, getattr(host, method)(*args)))
            except Exception as error:
                answer.append((False, error))

        thread = Thread(target=ask, daemon=True)
        thread.start()
        while thread.is_alive():
            if died.is_set():
                raise HostLostError("it died")
            thread.join(0.005)
        is_good, value = answer[0]
        if is_good:
            return value
        raise value


def test_a_clip_that_kills_the_describer_ends_its_own_film_alone(tmp_path: Path) -> None:
    transport = Dying(tmp_path / "hand")
    found: dict[int, list[str]] = {}
    lost: dict[int, Exception] = {}

    def film(rank: int, starts: Sequence[int]) -> None:
        describer = choose_with(transport, rank)(
            Settings(describer=DescriberSettings(name="any")), FilmContext(), Downloads(), silent, 60.0
        ).describer
        with describer.session(Store(tmp_path)):
            try:
                found[rank] = sorted(str(facts) for _, facts in describer.observe(map(clip_at, starts)))
            except LostError as error:
                lost[rank] = error

    films = {1: [1000, 5000, 9000], 2: [11_000 + n for n in range(12)], 3: [31_000 + n for n in range(12)]}
    threads = [Thread(target=film, args=one) for one in films.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert list(lost) == [1]
    assert "died 3 times" in str(lost[1])
    assert found == {rank: sorted(map(str, films[rank])) for rank in (2, 3)}
    assert len(transport.deaths) == MOST_DEATHS + 1
    fatal = [one.rounds[-1] for one in transport.describers if one.rounds and 5000 in one.rounds[-1]]
    assert fatal[1:] == [[5000]] * (MOST_DEATHS - 1), "after the first death it is asked about alone"


def test_a_film_is_told_how_long_the_describer_worked_for_it(hosts_of: Callable[..., Hosts], tmp_path: Path) -> None:
    class Slow(Looking):
        def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
            for number, _ in enumerate(clips):
                time.sleep(0.02)
                yield number, "seen"

    hosts = hosts_of(Slow)
    describer = chosen(hosts, 1).describer
    with describer.session(Store(tmp_path)):
        assert len(list(describer.observe(clip_at(n) for n in range(5)))) == 5
    assert isinstance(describer, SharedDescriber)
    assert 0.1 <= describer.spent_s < 5


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"in_hand": 5}', b'{"in_hand": [], "deaths": {"a": "b"}}'])
def test_a_record_that_cannot_be_read_suspects_nobody(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "hand"
    place.write_bytes(content)
    assert Suspects(place).deaths("a") == 0


def test_what_is_suspected_is_in_hand_alone_whoever_asks(tmp_path: Path) -> None:
    place = tmp_path / "hand"
    Suspects(place).take("1 clip")  # and dies
    suspects, order = Suspects(place), []
    assert suspects.deaths("1 clip") == 1
    suspects.take("2 clip")

    def take() -> None:
        suspects.take("1 clip")
        order.append("1 clip")

    thread = Thread(target=take)
    thread.start()
    waited(lambda: suspects.take("3 clip", wait=False) is False)
    assert not order
    suspects.done("2 clip")
    thread.join(WAIT_S)
    assert order == ["1 clip"]
    assert not suspects.take("3 clip", wait=False)
    suspects.done("1 clip")
    assert suspects.take("3 clip", wait=False)
    assert suspects.deaths("1 clip") == 0


def test_a_film_that_is_not_made_any_more_is_suspected_no_longer(tmp_path: Path) -> None:
    place = tmp_path / "hand"
    for name in ("1 clip", "12 clip"):
        Suspects(place).take(name)
    suspects = Suspects(place)
    suspects.forget(1)
    assert (suspects.deaths("1 clip"), suspects.deaths("12 clip")) == (0, 1)
