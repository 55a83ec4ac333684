"""What a describer writes for an observation: candidates, asked for once and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audiodesc.core import cache
from audiodesc.describers.base import Describer, LineRequest, NoAnswerError
from audiodesc.describers.wishes import Wish, wished
from audiodesc.errors import AudiodescError
from audiodesc.model import Cue, Observation
from audiodesc.narration.ahead import likely
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.failures import Tally, lines_by
from audiodesc.narration.observe import as_text
from audiodesc.narration.story import Story
from audiodesc.planning.fit import TooLong


@dataclass(frozen=True, slots=True)
class Writer:
    """A describer that writes lines in a language, and keeps what it answers; `doubter` holds them against what it saw,
    `cues` are the film's dialogue. The film stops for a line for `most_ms` at most."""

    doubter: Doubter
    cues: Sequence[Cue]
    store: cache.Store
    failed: Tally
    most_ms: int = 0

    @property
    def describer(self) -> Describer:
        return self.doubter.describer

    @property
    def language(self) -> str:
        return self.doubter.language

    def story(self) -> Story:
        """The story of a stretch whose lines are written one after the other."""
        return Story(self.describer, self.language, self.cues, self.store)

    def candidates(
        self,
        observation: Observation,
        lines: Sequence[str],
        summary: str,
        over: TooLong | None = None,
        wish: Wish | None = None,
    ) -> list[str]:
        """Candidates for an observation after these lines, made or kept; shorter ones than a line that is too long, and
        as a person wants them.

        Raises NoAnswerError for an answer that is none.
        """
        request = self._request(observation, lines, summary, over)
        request = wished(request, wish) if wish else request
        name = cache.key("tell", 3, by=self.describer.fingerprint, request=request)
        try:
            return self.store.made(name, as_texts, lambda: lines_by(self.describer, request))
        except NoAnswerError as error:
            self.failed.add(error.failure)
            raise

    def foreseen(self, observed: Sequence[Observation]) -> Iterator[str]:
        """Texts that will probably be voiced, in order: what the describer writes where each first candidate is spoken.

        Nothing for a describer that may not be asked ahead; its answers are not kept.
        """
        lines: list[str] = []
        for observation in observed if self.describer.asked_ahead else ():
            if not observation.facts:
                continue
            try:
                candidates = lines_by(self.describer, self._request(observation, lines, ""))
            except AudiodescError:  # met again, and told, where the line is written
                return
            natural, _ = likely(candidates, observation.segment.gap.span.duration_ms)
            yield from natural
            lines += natural[-1:]

    def _request(
        self, observation: Observation, lines: Sequence[str], summary: str, over: TooLong | None = None
    ) -> LineRequest:
        segment = observation.segment
        return LineRequest(
            observation.facts,
            over.words if over else segment.max_words,
            self.language,
            tuple(lines),
            segment.dialogue_before,
            segment.dialogue_after,
            segment.known_speakers,
            over.text if over else "",
            over.over_ms if over else 0,
            max(0, segment.wanted_ms - segment.watch.start_ms) / 1000,
            summary,
        )


def as_texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return [as_text(one) for one in value]
