"""The IPTC's term for each kind of file, by who wrote and who speaks the lines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audiodesc.core.provenance import TERMS, Content, Maker, Provenance
from audiodesc.media.xmp import IPTC, OWN, xmp_packet

COUNTS = st.integers(0, 400)
KINDS = st.sampled_from(["model", "rules"])


def of(**known: Any) -> Provenance:
    return Provenance(**{"generator": "audiodesc 1", "describer": "Eyes 3B", "voice": "Anna"} | known)


@pytest.mark.parametrize(
    ("known", "script", "narration", "mix"),
    [
        ({"untouched": 2}, "trainedAlgorithmicMedia", "trainedAlgorithmicMedia", "compositeSynthetic"),
        ({"approved": 2}, "trainedAlgorithmicMedia", "trainedAlgorithmicMedia", "compositeSynthetic"),
        ({"edited": 2}, "compositeSynthetic", "trainedAlgorithmicMedia", "compositeSynthetic"),
        ({"untouched": 1, "by_person": 1}, "compositeSynthetic", "trainedAlgorithmicMedia", "compositeSynthetic"),
        ({"untouched": 2, "recorded": 2}, "trainedAlgorithmicMedia", "compositeSynthetic", "compositeSynthetic"),
        ({"by_person": 2}, "digitalCreation", "trainedAlgorithmicMedia", "compositeSynthetic"),
        ({"by_person": 2, "recorded": 1}, "digitalCreation", "compositeSynthetic", "compositeSynthetic"),
        ({"by_person": 2, "recorded": 2}, "digitalCreation", "digitalCapture", "composite"),
        ({"by_person": 2, "voice_kind": "rules"}, "digitalCreation", "algorithmicMedia", "composite"),
        ({"by_person": 2, "voice_kind": "rules", "recorded": 1}, "digitalCreation", "composite", "composite"),
        ({}, "digitalCreation", "composite", "composite"),
    ],
)
def test_the_term_by_who_made_it(known: dict[str, Any], script: str, narration: str, mix: str) -> None:
    made = of(**known)
    contents: tuple[Content, ...] = ("script", "narration", "mix", "ducked")
    assert [made.source_type(one) for one in contents] == [script, narration, mix, "algorithmicallyEnhanced"]


@pytest.mark.parametrize(("voice", "narration", "mix"), [("rules", "algorithmicMedia", "composite")])
def test_a_describer_by_rules_is_no_trained_model(voice: Maker, narration: str, mix: str) -> None:
    made = of(untouched=3, describer_kind="rules", voice_kind=voice)
    assert (made.source_type("script"), made.source_type("narration")) == ("algorithmicMedia", narration)
    assert (made.source_type("mix"), made.systems("mix")) == (mix, "")


@given(
    counts=st.fixed_dictionaries(dict.fromkeys(("untouched", "approved", "edited", "by_person"), COUNTS)),
    share=st.floats(0, 1),
    describer_kind=KINDS,
    voice_kind=KINDS,
)
def test_what_a_trained_model_has_a_part_in_says_so_and_nothing_else(
    counts: dict[str, int], share: float, describer_kind: Maker, voice_kind: Maker
) -> None:
    lines = sum(counts.values())
    made = of(**counts, recorded=int(share * lines), describer_kind=describer_kind, voice_kind=voice_kind)
    for content in get_args(Content):
        generative = "Synthetic" in made.source_type(content) or "trained" in made.source_type(content)
        assert generative == bool(made.systems(content))
    facts = made.facts("mix")
    assert int(facts["lines"]) == lines
    assert int(facts["lines_spoken_by_synthetic_voice"]) + int(facts["lines_recorded_by_person"]) == lines


def test_the_models_are_named_where_they_had_a_part() -> None:
    made = of(untouched=1)
    assert (made.systems("script"), made.systems("mix")) == ("Eyes 3B", "Eyes 3B; Anna")
    assert of(by_person=1).systems("script") == ""


@given(st.text())
def test_the_packet_is_xml_whatever_a_model_is_called(name: str) -> None:
    packet = xmp_packet(of(untouched=1, describer=name), "mix")
    root = etree.fromstring(packet)
    assert root.findtext(f".//{{{IPTC}}}DigitalSourceType") == f"{TERMS}compositeSynthetic"
    assert root.findtext(f".//{{{OWN}}}lines_written_by_machine_only") == "1"


def test_people_read_who_did_what() -> None:
    made = of(untouched=2, approved=1, edited=1, by_person=1, recorded=2)
    assert made.statement("mix") == (
        "Audio description by audiodesc 1. 2 lines written by Eyes 3B (a trained model) and reviewed by nobody, "
        "1 line written by Eyes 3B (a trained model) and approved by a person, "
        "1 line written by Eyes 3B (a trained model) and edited by a person, 1 line written by a person. "
        "3 lines spoken by a synthetic voice (Anna), 2 lines recorded by a person."
    )
    assert asdict(made)["recorded"] == 2
