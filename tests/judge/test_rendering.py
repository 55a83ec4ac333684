"""Every form is text that ends in a newline and names what was found."""

from __future__ import annotations

import json

import pytest
from planted import at

from audiodesc.judge import judge
from audiodesc.judge.output import FORMS, rendered


@pytest.mark.parametrize("form", FORMS)
def test_a_form_holds_the_findings(form: str) -> None:
    text = rendered(judge([at(5, 8, "There is a dög.")], name="film.vtt"), form)
    assert text.endswith("\n")
    assert "there-is" in text
    assert "There is a dög." in text


def test_json_and_sarif_are_json() -> None:
    judgement = judge([at(5, 8, "There is a dog.")])
    assert json.loads(rendered(judgement, "json"))["findings"]
    assert json.loads(rendered(judgement, "sarif"))["version"] == "2.1.0"
