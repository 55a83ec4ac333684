"""A script file that was changed, held against what it was: which line became which, so that its changes are edits."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from audiodesc.core.formatting import exact
from audiodesc.project.editing import Edit
from audiodesc.scripts import ScriptLine

ALIKE = 0.6
"""So much of two texts is the same where one is the other, changed (difflib's ratio)."""

NEAR_MS = 60_000
"""A line that was changed and moved at once is looked for so far around."""

SAME_PLACE_MS = 500
"""Where a line begins so near, it is the other with another text."""

MOST_TRIED = 40
"""Lines around one that are compared with it letter by letter."""

MANY, FEW_TRIED = 2_000, 2
"""Of so many lines that were changed, each is compared with so few before and after it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line before and after: None before where it is new, after where it is gone. `id` is "" for a new one."""

    id: str
    before: ScriptLine | None
    after: ScriptLine | None

    @property
    def is_revived(self) -> bool:
        """Whether a line that was only noted, because it could not be spoken, stands as a line again."""
        return bool(self.before and self.after and self.before.reason and not self.after.reason)

    def edit(self, base: int | None = None) -> Edit:
        """What it asks of the project's line, which was last seen at the change `base`."""
        if self.after is None:
            return Edit(self.id, deleted=True, base=base)
        start_ms, end_ms = self.after.span.start_ms, self.after.span.end_ms
        if self.before is None:
            return Edit(text=self.after.text, start_ms=start_ms, end_ms=end_ms, voice=self.after.voice or None)
        is_moved = start_ms != self.before.span.start_ms
        text = self.after.text if self.is_revived or self.after.text != self.before.text else None
        times = (start_ms, end_ms) if is_moved else (None, None)
        voice = self.after.voice if self.after.voice != self.before.voice else None
        return Edit(self.id, text, start_ms=times[0], end_ms=times[1], voice=voice, base=base)

    def __str__(self) -> str:
        """What was changed, in one line."""
        if self.after is None:
            return f"line {self.id} was deleted: “{self.before.text if self.before else ''}”"
        now = exact(self.after.span.start_ms)
        if self.before is None:
            return f"a new line at {now}: “{self.after.text}”"
        was = exact(self.before.span.start_ms)
        parts = [f"moved from {was} to {now}"] if was != now else []
        parts += [f"“{self.before.text}” is now “{self.after.text}”"] if self.after.text != self.before.text else []
        if self.after.voice != self.before.voice:
            parts.append(f"voice {self.after.voice}" if self.after.voice else "the film's voice")
        parts += [f"to be spoken again: “{self.after.text}”"] if self.is_revived and not parts else []
        return f"line {self.id} at {was}: {', '.join(parts)}"


Pair = tuple[int, int]


def changes(
    before: Sequence[tuple[str, ScriptLine]], after: Sequence[ScriptLine], *, merge: bool = False
) -> tuple[Change, ...]:
    """What was done with the lines of a file, given with their ids, in the order of the file as it is now; then what
    was deleted. With `merge` nothing is: lines that are not in the file stay.

    A line is found again by its id, else by its text and time: where only one of them is another, or both but alike.
    Of two that bear one id (a line was split or copied) the one that is more like it has it; the other is new.
    """
    of = dict(_pairs(before, after))
    made = [Change(before[of[n]][0], before[of[n]][1], one) for n, one in enumerate(after) if n in of]
    made += [Change("", None, one) for n, one in enumerate(after) if n not in of]
    kept = set(of.values())
    gone = [] if merge else [Change(id, line, None) for n, (id, line) in enumerate(before) if n not in kept]
    place = {id(one): n for n, one in enumerate(after)}
    made.sort(key=lambda change: place[id(change.after)])
    return tuple(change for change in (*made, *gone) if not _is_none(change))


def without_unread(changed: Iterable[Change], unread: Iterable[str]) -> tuple[Change, ...]:
    """Without the deletions of lines whose words stand in the file still, as what cannot be read of it: a slip in a row
    of times deletes no line."""
    words = {" ".join(one.split()) for one in unread}
    return tuple(
        one for one in changed if one.after or not one.before or " ".join(one.before.text.split()) not in words
    )


def line_ids(before: Sequence[tuple[str, ScriptLine]], after: Sequence[ScriptLine]) -> tuple[str, ...]:
    """The id of each line of a file as it is now; "" of a new one."""
    of = dict(_pairs(before, after))
    return tuple(before[of[n]][0] if n in of else "" for n in range(len(after)))


def _is_none(change: Change) -> bool:
    before, after = change.before, change.after
    if not (before and after) or change.is_revived:
        return False
    return (before.text, before.span.start_ms, before.voice) == (after.text, after.span.start_ms, after.voice)


def _pairs(before: Sequence[tuple[str, ScriptLine]], after: Sequence[ScriptLine]) -> Iterator[Pair]:
    """(number of a line as it is now, number of the line that it was)"""
    left, open_ = set(range(len(before))), dict.fromkeys(range(len(after)))
    olds = [line for _, line in before]
    for rule in (_by_id(before, after), _by(olds, after, _same), _by(olds, after, _text), _by(olds, after, _start)):
        for new, old in rule(open_, left):
            if new in open_ and old in left:
                del open_[new]
                left.discard(old)
                yield new, old
    for new, old in _alike(olds, after, list(open_), left):
        yield new, old


Rule = Callable[[Mapping[int, None], set[int]], list[Pair]]


def _by_id(before: Sequence[tuple[str, ScriptLine]], after: Sequence[ScriptLine]) -> Rule:
    def rule(open_: Mapping[int, None], left: set[int]) -> list[Pair]:
        numbers = {id: n for n, (id, _) in enumerate(before)}
        found: dict[int, list[int]] = defaultdict(list)
        for new in open_:
            if after[new].id in numbers:
                found[numbers[after[new].id]].append(new)
        return [(min(news, key=lambda new: _distance(before[old][1], after[new])), old) for old, news in found.items()]

    return rule


def _distance(before: ScriptLine, after: ScriptLine) -> tuple[bool, bool, int]:
    """How unlike two lines of one id are; the first of equals is taken."""
    moved_ms = abs(before.span.start_ms - after.span.start_ms)
    return before.text != after.text, moved_ms != 0, moved_ms


def _same(line: ScriptLine) -> tuple[str, int]:
    return line.text, line.span.start_ms


def _text(line: ScriptLine) -> str:
    return line.text


def _start(line: ScriptLine) -> int:
    return line.span.start_ms


def _by(olds: Sequence[ScriptLine], news: Sequence[ScriptLine], key: Callable[[ScriptLine], object]) -> Rule:
    """Lines with one key are paired, each with the nearest in time that is left."""

    def rule(open_: Mapping[int, None], left: set[int]) -> list[Pair]:
        found: dict[object, list[tuple[int, int]]] = defaultdict(list)
        for old in left:
            insort(found[key(olds[old])], (_start(olds[old]), old))
        made = []
        for new in open_:
            if same := found[key(news[new])]:
                start = _start(news[new])
                at = bisect_left(same, (start, -1))
                near = [n for n in (at - 1, at) if 0 <= n < len(same)]
                made.append((new, same.pop(min(near, key=lambda n: abs(same[n][0] - start)))[1]))
        return made

    return rule


def _alike(olds: Sequence[ScriptLine], news: Sequence[ScriptLine], open_: list[int], left: set[int]) -> Iterator[Pair]:
    """Those whose texts are alike or that begin nearly at once, the best first."""
    ordered = sorted(left, key=lambda old: _start(olds[old]))
    starts = [_start(olds[old]) for old in ordered]
    reach = MOST_TRIED // 2 if len(open_) <= MANY else FEW_TRIED
    scored = []
    for new in open_:
        at = bisect_left(starts, _start(news[new]))
        for old in ordered[max(0, at - reach) : at + reach]:
            away_ms = abs(_start(olds[old]) - _start(news[new]))
            score = _likeness(olds[old].text, news[new].text) if away_ms <= NEAR_MS else 0.0
            if score >= ALIKE or away_ms <= SAME_PLACE_MS:
                scored.append((score, -away_ms, new, old))
    taken: set[int] = set()
    for _, _, new, old in sorted(scored, reverse=True):
        if new not in taken and old in left:
            taken.add(new)
            left.discard(old)
            yield new, old


def is_alike(one: str, other: str) -> bool:
    """Whether one of two texts is the other, changed."""
    return _likeness(one, other) >= ALIKE


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()
