"""Chat templates are programs: only those that come to an end, with little memory, are used."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from audiodesc.describers.models import chat_template
from audiodesc.describers.models.chat_template import check_templates
from audiodesc.errors import InputError

FOLDER = Path("model")
TWICE = "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{% endfor %}{% endfor %}"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_template, "SECONDS", 1)


@pytest.mark.parametrize(
    "text",
    [
        TWICE,
        "{% if add_generation_prompt and not enable_thinking %}" + TWICE + "{% endif %}",
        "{% for part in messages[0]['content'] if part.type == 'image' %}" + TWICE + "{% endfor %}",
        "{% if messages[0]['content'] is string %}" + TWICE + "{% endif %}",
        "{{ 'a' * 2000000000 }}",
        "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 'a' * 3000000 }}",
        "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{% for i in range(99999) %}{{ [i] * 99999 }}{% endfor %}",
    ],
)
def test_one_that_has_no_end_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"model: its chat template comes to no end within reason: choose another"):
        check_templates(FOLDER, SimpleNamespace(chat_template=text))


@pytest.mark.parametrize(
    "text",
    [
        "{% for message in messages %}{{ message['role'] }}{{ message['content'] | tojson }}{% endfor %}",
        "{{ bos_token }}{% generation %}a{% endgeneration %}{{ strftime_now('%d %B %Y') }}",
        "{% for i in range(9) %}{% if i > 2 %}{% break %}{% endif %}{% endfor %}",
        "{{ raise_exception('only text') }}",
        "{% broken",
        "{{ messages[0]['content'][99]['text'].nothing }}",
    ],
)
def test_one_that_ends_is_used_and_its_own_faults_are_found_later(text: str) -> None:
    check_templates(FOLDER, SimpleNamespace(chat_template=text))


def test_all_that_a_folder_has_are_looked_at() -> None:
    check_templates(FOLDER, SimpleNamespace(chat_template=None), None, SimpleNamespace())
    several = SimpleNamespace(chat_template={"default": "a", "tool_use": "{{ 'a' * 3000000 }}"})
    with pytest.raises(InputError, match="no end"):
        check_templates(FOLDER, SimpleNamespace(chat_template="a"), several)
    with pytest.raises(InputError, match="has 200,001 characters"):
        check_templates(FOLDER, SimpleNamespace(chat_template="a" * 200_001))
