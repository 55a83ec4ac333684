"""A server's model that is asked about texts alone: no picture is sent, also where the model could see."""

from __future__ import annotations

from pathlib import Path

import pytest
from describers.server.fake import Serve, answer, text_of

from audiodesc.core.cache import Store
from audiodesc.describers.base import DescriberOptions, Failure
from audiodesc.describers.queries import Query, Reply
from audiodesc.describers.server.texts import TextServer
from audiodesc.errors import AudiodescError


def test_no_picture_is_sent_and_letters_are_read(serve: Serve, tmp_path: Path) -> None:
    replies = {"how far?": "4", "who?": "**B**", "why?": "Because."}
    fake = serve(lambda i: answer(replies[text_of(fake.requests[-1])]))
    by = TextServer(DescriberOptions(server=fake.url, model="judge", parallel=1))
    with by.session(Store(tmp_path)):
        assert not fake.requests
        asked = [Query("how far?", choices="012345"), Query("who?", choices="AB"), Query("why?", choices="AB")]
        answers = dict(by.answer_queries(asked))
    assert answers == {0: Reply("4"), 1: Reply("B"), 2: Failure("unreadable", words="Because.")}
    assert by.label == "server, judge"
    assert all(request["temperature"] == 0 for request in fake.requests)


def test_other_models_and_addresses_have_other_fingerprints(serve: Serve) -> None:
    first, second = serve(lambda i: answer("4")), serve(lambda i: answer("4"))
    made = [
        TextServer(DescriberOptions(server=fake.url, model=name)) for fake in (first, second) for name in ("a", "b")
    ]
    assert len({one.fingerprint for one in made}) == 4


def test_a_server_that_is_not_there_is_said_when_it_is_asked(tmp_path: Path) -> None:
    by = TextServer(DescriberOptions(server="http://127.0.0.1:9/v1"))
    with pytest.raises(AudiodescError), by.session(Store(tmp_path)):
        pass
