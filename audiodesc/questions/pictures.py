"""Questions about a picture in a file, which is of no film."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audiodesc.core.files import read_whole
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.basic.texts import parse_facts
from audiodesc.describers.context import FilmContext, picture_kind
from audiodesc.describers.queries import Query, Reply, Said, check_answers
from audiodesc.errors import InputError
from audiodesc.footage.answers import said_while_written
from audiodesc.model import Frame, FrameRequest, Span, VideoClip
from audiodesc.narration.failures import in_one_line
from audiodesc.project.conversations import Turn
from audiodesc.questions.choosing import with_written_choices
from audiodesc.questions.prompting import TOKENS, base_prompt, chat_prompt
from audiodesc.questions.question import LETTERS, Answer, Question
from audiodesc.questions.reading import as_answer, is_whole, query_kind, so_far
from audiodesc.questions.unasked import NOT_ASKED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST: Final = 20_000_000
"""Bytes of a picture."""

MOST_PIXELS: Final = 64_000_000
"""A picture that would take more memory than 200 MB is not opened, however small its file is."""

STANDS_MS: Final = 1_000
"""As a clip it lasts so long."""

_REMEDY: Final = "give a PNG or JPEG of at most 20 MB and 64 million pixels"


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its first bytes."""
    with suppress(OSError), path.open("rb") as file:
        return picture_kind(file.read(8)) is not None
    return False


def read_picture(path: Path, frames: FrameRequest) -> VideoClip:
    """A PNG or JPEG file as a clip of one frame, upright, as large as a describer's frames are at most. Raises
    InputError for another kind of file, a damaged one, and one that is too large."""
    from PIL import Image, ImageOps

    try:
        content = read_whole(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path}: the picture cannot be read: {error.strerror}", _REMEDY) from error
    if picture_kind(content) is None:
        raise InputError(f"{path} is neither PNG nor JPEG", _REMEDY)
    upright = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is lower
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height <= MOST_PIXELS:
                    upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError:
        pass  # of twice as many pixels as Pillow warns of
    except Exception as error:  # its readers raise many kinds
        why = in_one_line(str(error))[:100]
        raise InputError(f"{path} is damaged: {why}", "save it as PNG or JPEG again") from error
    if upright is None:
        raise InputError(f"{path} has too many pixels", _REMEDY)
    share = min(1.0, (frames.max_pixels / (upright.width * upright.height)) ** 0.5)
    size = max(1, int(upright.width * share)), max(1, int(upright.height * share))
    return VideoClip(Span(0, STANDS_MS), (Frame(0, _pixels(upright.resize(size) if share < 1 else upright)),))


def _pixels(picture: object) -> NDArray[np.uint8]:
    import numpy as np

    return np.asarray(picture, np.uint8)


def answer_about_picture(
    path: Path,
    question: Question,
    describer: Describer | None,
    context: FilmContext | None = None,
    before: Sequence[Turn] = (),
    said: Said | None = None,
) -> Answer:
    """The answer to a question about a picture, as `answer` gives one about a film; nothing is kept. `context` is what
    the user says of it. Without a model, the text that `basic` reads in it. Raises InputError for a picture that cannot
    be used."""
    kind = query_kind(describer)
    if describer is None or not kind:
        return _read(path, describer)
    question, about = with_written_choices(question), context.text if context else ""
    clip = read_picture(path, describer.frames)
    prompt = (chat_prompt if kind == "chat" else base_prompt)(question, None, before, about)
    cast = tuple((one.name, one.portrait) for one in context.cast if one.portrait) if context else ()
    choices = LETTERS[: len(question.choices)]
    query = Query(prompt.text, clip, cast, prompt.follow_ups, choices, TOKENS[question.detail])
    reply = _replied(query, describer, said or (lambda text: None), chat=kind == "chat")
    return as_answer(reply, question, None, describer)


def _replied(query: Query, describer: Describer, said: Said, *, chat: bool) -> Reply | Failure:
    by = check_answers(describer, describer.label)
    if query.choices:
        ((_, reply),) = by.answer_queries([query])
        return reply

    def shown(text: str) -> None:
        if words := so_far(text, chat=chat):
            said(words)

    return said_while_written(by, query, shown, lambda text: is_whole(text, chat=chat))


def _read(path: Path, describer: Describer | None) -> Answer:
    """What a describer without a model reads in a picture."""
    clip = read_picture(path, describer.frames if describer else FrameRequest(1, 1, 1, 1))
    facts = ""
    if describer:
        still = tuple(Frame(at, clip.frames[0].image) for at in range(0, STANDS_MS, STANDS_MS // 4))
        seen = dict(describer.observe([VideoClip(clip.span, still)])).get(0, "")
        facts = seen if isinstance(seen, str) else ""
    texts = [f"On the picture stands “{in_one_line(one.text)}”." for one in parse_facts(facts).texts]
    text = "\n".join([NOT_ASKED, *(dict.fromkeys(texts) or ["No text was read in the picture."])])
    return Answer(text, is_seen=bool(texts))
