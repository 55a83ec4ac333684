"""Of what a description is made, and by whom: who wrote its words and what speaks them, for people and for machines.

After article 50 of the EU's AI Act, and the IPTC's vocabulary of digital source types (NewsCodes of 2024-09), whose
terms end the addresses that begin with `TERMS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from audiodesc.core.formatting import number_of

TERMS: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"

SourceType = Literal[
    "trainedAlgorithmicMedia",
    "algorithmicMedia",
    "compositeSynthetic",
    "composite",
    "digitalCreation",
    "digitalCapture",
    "algorithmicallyEnhanced",
]
"""Made by a trained model; by an algorithm that was not trained; of several elements, one of them by a trained model;
of several, none so; by people with tools; recorded; something that is there already, changed by an algorithm."""

Content = Literal["script", "narration", "mix", "ducked"]
"""What a file holds: words; the narrator alone; the film with the narrator; the film's own sound, lowered."""

Maker = Literal["model", "rules", "person"]
"""A trained model; a program without one, such as a describer that reads titles, or formant synthesis; a person."""

MAKERS: Final[Mapping[Maker, str]] = {"model": "a trained model", "rules": "a program by rules", "person": "a person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Counts of the lines that are heard, by who wrote them, and what speaks them. Names of persons are never in it.

    `generator` is this program with its version, `describer` and `voice` are names of what writes and speaks, with
    versions, "" where none does; `describer_kind` and `voice_kind` say of what kind they are. Lines that a describer
    wrote are `untouched`, `approved` or `edited` by a person; `by_person` are those that a person wrote anew. Of all,
    `recorded` are spoken by a person, the others by the voice.
    """

    generator: str
    describer: str = ""
    describer_kind: Maker = "model"
    untouched: int = 0
    approved: int = 0
    edited: int = 0
    by_person: int = 0
    voice: str = ""
    voice_kind: Maker = "model"
    recorded: int = 0

    @property
    def lines(self) -> int:
        return self.untouched + self.approved + self.edited + self.by_person

    @property
    def synthetic(self) -> int:
        """How many lines a synthetic voice speaks."""
        return self.lines - self.recorded

    def source_type(self, content: Content) -> SourceType:
        """The IPTC's term for a file of this content; of a film nothing is known but that it is there already."""
        if content == "ducked":
            return "algorithmicallyEnhanced"
        if not self.lines:
            return "digitalCreation" if content == "script" else "composite"
        makers = self._makers(content)
        if content == "mix":
            return "compositeSynthetic" if "model" in makers else "composite"
        if content == "narration":
            return self._narration(makers)
        if "model" in makers:
            return "compositeSynthetic" if "person" in makers else "trainedAlgorithmicMedia"
        if "rules" in makers:
            return "composite" if "person" in makers else "algorithmicMedia"
        return "digitalCreation"

    def _narration(self, makers: set[Maker]) -> SourceType:
        """Where a model wrote or speaks, that counts; else sound that a voice makes is the voice's."""
        if "model" in makers:
            return "compositeSynthetic" if self.recorded else "trainedAlgorithmicMedia"
        if not self.recorded:
            return "algorithmicMedia"
        return "digitalCapture" if makers == {"person"} else "composite"

    def _makers(self, content: Content) -> set[Maker]:
        """Who had a part in it: those of the words and, where it is sound, those of the voices."""
        made: set[Maker] = set()
        if self.untouched or self.approved or self.edited:
            made.add(self.describer_kind)
        if self.edited or self.by_person:
            made.add("person")
        if content != "script":
            if self.synthetic:
                made.add(self.voice_kind)
            if self.recorded:
                made.add("person")
        return made

    def term(self, content: Content) -> str:
        """The address of the IPTC's term."""
        return TERMS + self.source_type(content)

    def systems(self, content: Content) -> str:
        """The trained models that had a part in a file of this content, by name; "" where none had."""
        wrote = self.describer_kind == "model" and self.untouched + self.approved + self.edited > 0
        spoke = self.voice_kind == "model" and self.synthetic > 0 and content != "script"
        names = [name for name, is_in in ((self.describer, wrote), (self.voice, spoke)) if is_in]
        return "; ".join(names) if content != "ducked" else ""

    def statement(self, content: Content) -> str:
        """What people read, in one or two sentences."""
        if content == "ducked":
            return f"The film's own sound, lowered where a narrator speaks, by {self.generator}."
        words = self._words()
        if content == "script":
            return f"Audio description by {self.generator}. {words}"
        spoken = []
        if self.synthetic:
            spoken.append(f"{number_of(self.synthetic, 'line')} spoken by a synthetic voice ({self.voice})")
        if self.recorded:
            spoken.append(f"{number_of(self.recorded, 'line')} recorded by a person")
        return " ".join(filter(None, [f"Audio description by {self.generator}.", words, _sentence(spoken)]))

    def _words(self) -> str:
        by = f"written by {self.describer} ({MAKERS[self.describer_kind]})"
        parts = {
            f"{by} and reviewed by nobody": self.untouched,
            f"{by} and approved by a person": self.approved,
            f"{by} and edited by a person": self.edited,
            "written by a person": self.by_person,
        }
        said = [f"{number_of(count, 'line')} {how}" for how, count in parts.items() if count]
        return _sentence(said) or "It has no line."

    def facts(self, content: Content) -> dict[str, str]:
        """All of it as names and texts, for tags and documents, without what is empty."""
        has_voice = content in ("narration", "mix")
        facts = {
            "digital_source_type": self.term(content),
            "made_by": self.generator,
            "ai_system": self.systems(content),
            "describer": self.describer,
            "lines": str(self.lines),
            "lines_written_by_machine_only": str(self.untouched),
            "lines_approved_by_person": str(self.approved),
            "lines_edited_by_person": str(self.edited),
            "lines_written_by_person": str(self.by_person),
            "voice": self.voice if has_voice and self.synthetic else "",
            "lines_spoken_by_synthetic_voice": str(self.synthetic) if has_voice else "",
            "lines_recorded_by_person": str(self.recorded) if has_voice else "",
        }
        if content == "ducked":
            facts = {name: facts[name] for name in ("digital_source_type", "made_by")}
        return {name: value for name, value in facts.items() if value}


def _sentence(parts: list[str]) -> str:
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
