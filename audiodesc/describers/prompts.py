"""All that a model is asked, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.rules import RECENT, BrokenRule, language_name
from audiodesc.model import Cue, Span

VERSION = 8
"""Part of every key: raise it with any change here, or in how answers are cleaned and checked."""

OBSERVE = """\
The pictures are from one stretch of a film, {seconds:.1f} seconds long. They are in order, at {times} seconds.
Note for a colleague, who writes audio description for blind listeners, what is visible in them.

- Only what can be seen. No feelings, motives or mood: the visible sign instead (a clenched fist, not anger).
- No guess at anybody's race or gender; say how people look in the same way for everybody.
- Nothing about camera, shots or editing, and nothing that only a later picture could tell of an earlier one.
{names}

Answer with these five lines, each on its own; write "none" where there is nothing to say:
1. WHO: each person or animal: age, build, hair, clothes, and where they are
2. DOES: what each of them does, in order of time, movement first, with exact verbs
3. BETWEEN: what passes between them: looks, touches, things that change hands; who comes and goes
4. PLACE: where it is, light, weather, time of day, objects that matter
5. TEXT: words on the picture that matter, letter by letter; not burnt-in subtitles"""

OBSERVE_NARRATOR = """\
The video is one stretch of a film, {seconds:.1f} seconds long.

Requirements:
- A precise description of the characters: age, build, hair, clothing, and what each of them does, in order of time.
- A detailed description of the place, the light, the props and anything written on the picture.
- What passes between the characters; who comes and who goes.
- Objective statements only: no feelings, motives or mood, no guess at race, nothing about camera or editing.
{names}

Output format: one fluent paragraph that follows the order of time."""
"""Requirements and an output format: the shape that Qwen-VL-Narrator was trained on."""

OBSERVE_FIELDS = """\
Give a detailed description of the video in a structured form: the JSON object below, each field holding what is asked
for in its place. {{"subjects": [{{"appearance": "How the main subject looks: age, build, hair, clothes, colours",
"action": "What the main subject does, in order of time", "expression": "The visible signs on its face (only of humans \
and animals, else empty)", "position": "Where it is in the picture, or beside what", "TYPES": {{"type": "Main category \
(such as Human)", "sub_type": "Sub-category (such as Man)"}}, "is_main_subject": true}}, {{"appearance": "How another \
subject looks", "action": "What it does", "expression": "The visible signs on its face (only of humans and animals, \
else empty)", "position": "Where it is", "TYPES": {{"type": "Main category (such as Vehicles)", "sub_type": \
"Sub-category (such as Ship)"}}, "is_main_subject": false}}], "shot_type": "One of: long_shot/full_shot/medium_shot/\
close_up/extreme_close_up/other", "shot_angle": "One of: eye_level/high_angle/low_angle/other", "shot_position": \
"One of: front_view/back_view/side_view/over_the_shoulder/overhead_view/point_of_view/aerial_view/overlooking_view/\
other", "camera_motion": "How the camera moves", "environment": "The place, the time of day, objects that matter, \
words that can be read", "lighting": "The light"}}

The video is one stretch of a film, {seconds:.1f} seconds long. Write the object and nothing before or after it.
{names}"""
"""The shape that SkyCaptioner-V1 was trained on: its fields in their order, each with what it is for; then ours."""

CONTINUE_NOTES = """\
Notes on a stretch of a film for blind listeners. Only what can be seen, in order of time, with exact verbs; nothing
about camera or editing, no feelings.

Notes:
"""

CONTINUE_LINE = """\
Lines of audio description. Each tells what is seen, in {language}, in the present tense, in few words.

Seen: 1. WHO: a young woman with a grey plait 2. DOES: she lifts a letter from the table and tears it 4. PLACE: kitchen
Line of at most 12 words: The woman with the grey plait tears a letter in half.

Seen: 1. WHO: none 2. DOES: rain runs down a window 4. PLACE: a dark room
Line of at most 6 words: Rain runs down a dark window.

Seen: {facts}
Line of at most {max_words} words:"""
"""Base models go on with a text: they are shown what comes next, not told."""

NAMES_BY_CAST = """\
- Call somebody by name only if the cast below makes clear who it is. Anybody else is called by how they look.

Cast:
{cast}"""

NO_NAMES = "- Name nobody: say how they look."

TELL = """\
You write audio description for a film: a narrator speaks your line in a pause of the dialogue, for listeners who do
not see the picture. You get what is seen, and you answer with one line.

Rules:
- Tell what matters most for following the story, in whole sentences, from the general to the detail.
- Present tense, active, third person: "opens", not "is opening" or "begins to open".
- One vivid verb, not a verb with an adverb.
- Only what is seen: the visible sign, not the feeling or the reason. No appears, seems, as if.
- No we, you, I; no "there is"; no camera, shot, scene, frame, screen, image or video.
- {names}
- "He", "she" or "they" only where it is clear who is meant. No guess at race or gender.
- Nothing that the dialogue says or that the listener was told. Keep to the words used before for the same thing.
- Read out words on the picture that matter.
{context}
What is seen (nothing else is known of the picture):
{facts}

{examples}Write the one line for this pause, in {language}, of at most {max_words} words. Answer with the line alone: no
quotes, no label, no remark. If nothing new is worth hearing, answer SKIP."""
"""What stays the same for the whole film comes first: servers keep what they computed for a common beginning."""

NAMES_KNOWN = (
    "A name only if the cast, the dialogue before the pause, the speakers so far or a line told before gives it, and\n"
    "  it is clear who is meant; else say how they look."
)

TOO_LONG = """\


Your line was:
{line}
In the narrator's voice it is {seconds} s too long: at most {max_words} words. Write a shorter one, which keeps what
matters most. Answer with the line alone, or SKIP."""

RETRY = """\


Your first answer was:
{line}
What is wrong with it:
{faults}
Write the line again without that. Answer with the line alone, or SKIP."""

EXAMPLES = (
    "Snow falls.",
    "Mara nods.",
    "Leo drops the keys.",
    "A lamp goes out.",
    "Mara tears the letter in half.",
    "Leo ducks behind the parked van.",
    "Rain streams down the cracked window pane.",
    "A boy in a yellow cap climbs the fence.",
    "Mara slides the photograph across the table to her brother.",
    "Leo wades into the lake, the child clinging to his neck.",
    "Mara pulls the blanket over the sleeping girl, lifts her suitcase and tiptoes out.",
    "At dawn, a bearded man in a long coat drags a boat up the beach.",
    "In a narrow kitchen, steam rises from three pots. Leo wipes his glasses and stirs the smallest one.",
    "A plaque on the gate reads: Hall of Records. Mara looks behind her, then pushes a folded note through the bars.",
    "Across the snowy square, two guards in grey cloaks haul the gate open. A sledge races through, Leo crouching low "
    "behind the driver, one arm round a wooden crate.",
)


def observe_prompt(
    span: Span, times_ms: Sequence[int], said: Sequence[Cue], context: FilmContext, question: str = OBSERVE
) -> str:
    """What is asked about the pictures of a span; `times_ms` is when each is seen, on the film's clock.

    `question` is one of LOOK, LOOK_NARRATOR and LOOK_FIELDS.
    """
    names = NAMES_BY_CAST.format(cast=_cast(context)) if context.cast else NO_NAMES
    times = ", ".join(seconds(time_ms, span) for time_ms in times_ms)
    parts = [question.format(seconds=span.duration_ms / 1000, times=times, names=names)]
    if context.text:
        parts.append(f"About the film: {context.text}")
    if said:
        heard = "\n".join(f"at {seconds(cue.span.start_ms, span)} s: {_spoken(cue)}" for cue in said)
        parts.append(f"What is said meanwhile, only to understand the pictures. Do not repeat it:\n{heard}")
    return "\n\n".join(parts)


def line_prompt(request: LineRequest, context: FilmContext) -> str:
    """What is asked to get a line, without the pictures; or a shorter one than `request.too_long`."""
    shorter = ""
    if request.too_long:
        over = f"{request.over_ms / 1000:.1f}"
        shorter = TOO_LONG.format(line=request.too_long, seconds=over, max_words=request.max_words)
    asked = TELL.format(
        language=language_name(request.language),
        max_words=request.max_words,
        facts=request.facts.strip(),
        context="\n".join(_story(request, context)),
        names=NAMES_KNOWN,
        examples=_examples(request.max_words),
    )
    return asked + shorter


def continuation_prompt(request: LineRequest) -> str:
    """The beginning of a text whose next line is the line: for models that only go on with a text."""
    facts = " ".join(request.facts.split())
    return CONTINUE_LINE.format(language=language_name(request.language), facts=facts, max_words=request.max_words)


def retry_prompt(request: LineRequest, context: FilmContext, line: str, broken_rules: Sequence[BrokenRule]) -> str:
    """The question of `line_prompt` with a first answer and what is wrong with it."""
    faults = "\n".join(f"- {finding.rule}: {finding.why}" for finding in broken_rules)
    return line_prompt(request, context) + RETRY.format(line=line, faults=faults)


def seconds(time_ms: int, span: Span) -> str:
    """A time on the film's clock as seconds from the span's start: "3.5"."""
    return f"{max(0, time_ms - span.start_ms) / 1000:.1f}"


def _story(request: LineRequest, context: FilmContext) -> Iterator[str]:
    sections = (
        ("About the film:", [context.text] if context.text else []),
        ("Cast:", [_cast(context)] if context.cast else []),
        (
            "Speakers so far, whom the film has named by now:",
            [", ".join(request.known_speakers)] if request.known_speakers else [],
        ),
        ("The listener was told, the latest last:", request.previous_lines[-RECENT:]),
        ("Dialogue before the pause:", [_spoken(cue) for cue in request.dialogue_before]),
        ("Dialogue after the pause:", [_spoken(cue) for cue in request.dialogue_after]),
    )
    for title, lines in sections:
        if lines:
            yield "\n".join(["", title, *lines])
    yield ""


def _examples(max_words: int) -> str:
    """The longest that the pause has room for: a model keeps to a length that it sees."""
    fitting = [line for line in EXAMPLES if len(line.split()) <= max_words][-4:]
    return "\n".join(["Lines of that length, from other films:", *fitting, "", ""]) if fitting else ""


def _cast(context: FilmContext) -> str:
    return "\n".join(f"- {one.name}: {one.looks}" if one.looks else f"- {one.name}" for one in context.cast)


def _spoken(cue: Cue) -> str:
    text = " ".join(cue.text.split())
    if cue.kind != "speech":
        return f"[{text}]"
    return f"{cue.speaker}: {text}" if cue.speaker else text
