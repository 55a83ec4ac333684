"""TTML, IMSC and EBU-TT: clocks, containers, who speaks, and what is broken or hostile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hanging import LONG_S, within
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitles.reading import cues_in, not_lost, refusal, timed
from subtitles.written import Timed, ttml

from audiodesc.subtitles import read_file

Write = Callable[..., Path]
TWO: tuple[Timed, ...] = ((1_000, 2_000, "Hello."), (5_000, 6_000, "Yes."))


def document(body: str, root: str = "", head: str = "") -> str:
    return ttml(root=root, head=head).replace("<div>\n\n</div>", body)


def spans(write: Write, body: str, root: str = "") -> list[tuple[int, int]]:
    return [(cue.span.start_ms, cue.span.end_ms) for cue in cues_in(write(document(body, root)))]


def p(text: str = "Hello.", **times: str) -> str:
    return f"<p {attributes(times)}>{text}</p>"


def div(*inside: str, **times: str) -> str:
    return f"<div {attributes(times)}>{''.join(inside)}</div>"


def attributes(values: dict[str, str]) -> str:
    return " ".join(f"{name}='{value}'" for name, value in values.items())


# Clocks


@pytest.mark.parametrize(
    ("root", "begin", "end", "span"),
    [
        ("", "1s", "2.5s", (1_000, 2_500)),
        ("", "1500ms", "0.1m", (1_500, 6_000)),
        ("", "0.001h", "00:00:05", (3_600, 5_000)),
        ("", "00:00:01.5", "100:00:00.25", (1_500, 360_000_250)),
        (' ttp:frameRate="25"', "00:00:01:05", "100f", (1_200, 4_000)),
        (' ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"', "24f", "240f", (1_001, 10_010)),
        (' ttp:tickRate="10000000"', "10000000t", "25000000t", (1_000, 2_500)),
        (
            ' ttp:frameRate="25" ttp:timeBase="smpte" ttp:dropMode="nonDrop"',
            "00:00:01:05",
            "00:00:02:00",
            (1_200, 2_000),
        ),
    ],
)
def test_times_are_of_the_clock_that_the_root_gives(
    write: Write, root: str, begin: str, end: str, span: tuple[int, int]
) -> None:
    assert spans(write, f"<div>{p(begin=begin, end=end)}</div>", root) == [span]


@pytest.mark.parametrize(
    ("begin", "span"), [("1.5", (1_500, 6_000)), ("0:01.5", (1_500, 6_000)), ("0:0:1,5", (1_500, 6_000))]
)
def test_times_that_people_write_are_read_with_a_note_that_names_the_line(
    write: Write, begin: str, span: tuple[int, int]
) -> None:
    cues, (note,) = read_file(write(document(f"<div>\n{p(begin=begin, end='6s')}</div>")))
    assert [(cue.span.start_ms, cue.span.end_ms) for cue in cues] == [span]
    assert "line 5" in note.message
    assert repr(begin) in note.message


@pytest.mark.parametrize("times", ['begin="x" end="6s"', 'begin="5s" end="x"', 'begin="5s" dur="x"'])
def test_a_time_that_cannot_be_read_is_not_lost_in_silence(write: Write, times: str) -> None:
    assert not_lost(write(document(f"<div>{p(begin='1s', end='2s')}<p {times}>Yes.</p></div>")), 5_000, 6_000)


@pytest.mark.parametrize(
    ("rate", "begin", "said"),
    [
        ('frameRateMultiplier="1 0"', "24f", "a frame rate of 0"),
        ('frameRateMultiplier="1 0"', "1s", "a frame rate of 0"),
        ('frameRateMultiplier="0 1"', "24f", "a frame rate of 0"),
        ('frameRate="0"', "24f", "a frame rate of 0"),
        ('frameRate="00"', "00:00:01:05", "a frame rate of 0"),
        ('tickRate="0"', "100t", "a tick rate of 0"),
    ],
)
@pytest.mark.parametrize("sequence", ["", " timeContainer='seq'"])
def test_a_rate_of_0_is_refused_with_its_line(write: Write, rate: str, begin: str, said: str, sequence: str) -> None:
    body = f"<div{sequence}><div>{p(begin=begin, end='9s')}</div></div>"
    message = refusal(write(document(body, root=f"\n ttp:{rate}")))
    assert said in message
    assert "line 3" in message
    assert "Fraction" not in message


@pytest.mark.parametrize("rate", ['frameRate="0"', 'tickRate="0"'])
def test_a_rate_of_0_that_no_time_counts_by_costs_nothing(write: Write, rate: str) -> None:
    assert spans(write, div(p(begin="1s", end="00:00:02.5")), f" ttp:{rate}") == [(1_000, 2_500)]


@pytest.mark.parametrize("rate", ['frameRate="10"', 'tickRate="100"', 'frameRate="50" ttp:frameRateMultiplier="1 10"'])
def test_a_rate_with_a_0_in_it_is_none_of_0(write: Write, rate: str) -> None:
    assert spans(write, div(p(begin="1s", end="2s")), f" ttp:{rate}") == [(1_000, 2_000)]


# Containers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (div(p(begin="1s", end="2s"), begin="10s"), [(11_000, 12_000)]),
        (div(p(begin="1s", end="9s"), begin="10s", end="11.5s"), [(11_000, 11_500)]),
        (div(p("<span begin='1s' dur='1s'>Hi</span>", begin="1s"), begin="10s", dur="3s"), [(12_000, 13_000)]),
        (div(p(begin="1s", dur="2s"), p(begin="1s", dur="2s"), timeContainer="seq"), [(1_000, 3_000), (4_000, 6_000)]),
        (div(div(p(begin="1s", end="2s")), div(p(begin="1s", end="2s")), timeContainer="seq"),
         [(1_000, 2_000), (3_000, 4_000)]),
        (div(p(begin="1s", end="2s")) + div(p(begin="61s", end="62s")), [(1_000, 2_000), (61_000, 62_000)]),
        (div(p(), begin="1s", end="2s"), [(1_000, 2_000)]),
        (div(p("<span begin='1s' end='2s'>A</span> <span begin='5s' end='6s'>b</span>")),
         [(1_000, 2_000), (5_000, 6_000)]),
        (div(p("<span begin='1s' end='2s'>A</span> <span begin='2s' end='6s'>b</span>")), [(1_000, 6_000)]),
    ],
)  # fmt: skip
def test_containers_move_and_cut_what_is_in_them(write: Write, body: str, expected: list[tuple[int, int]]) -> None:
    assert spans(write, body) == expected


def test_a_cue_without_an_end_lasts_with_a_note(write: Write) -> None:
    cues, (note,) = read_file(write(document(f"<div>{p(begin='1s')}{p('Yes.', begin='20s', end='21s')}</div>")))
    assert timed(cues) == [(1_000, 6_000, "Hello."), (20_000, 21_000, "Yes.")]
    assert "how long" in note.message


def test_a_paragraph_that_is_never_shown_is_told(write: Write) -> None:
    body = f"<div>{p(begin='1s', end='2s')}</div>\n<div end='5s'>{p('Late.', begin='7s', end='8s')}</div>"
    cues, (note,) = read_file(write(document(body)))
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert "line 5" in note.message


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
@settings(max_examples=30)
def test_in_sequence_each_begins_where_the_one_before_ends(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int]
) -> None:
    path = tmp_path_factory.mktemp("seq") / "film.ttml"
    path.write_text(document(f"<div timeContainer='seq'>{''.join(p(dur=f'{n}s') for n in lengths)}</div>"), "utf-8")
    found = [(cue.span.start_ms, cue.span.end_ms) for cue in cues_in(path)]
    assert found == [(1000 * sum(lengths[:i]), 1000 * sum(lengths[: i + 1])) for i in range(len(lengths))]


# Text, and who says it


def test_breaks_blanks_entities_and_spans(write: Write) -> None:
    text = "  Tom &amp;\n   <span>Jerry</span><br/>run&#160;<span>off</span>, &lt;now&gt; "
    assert timed(cues_in(write(document(f"<div>{p(text, begin='1s', end='2s')}</div>")))) == [
        (1_000, 2_000, "Tom & Jerry\nrun off, <now>")
    ]


def test_notes_for_people_and_how_signs_are_read_are_not_said(write: Write) -> None:
    text = (
        "<metadata><ttm:desc>a remark</ttm:desc></metadata>"
        "<span tts:ruby='container'><span tts:ruby='base'>東京</span><span tts:ruby='text'>とうきょう</span></span>"
    )
    assert timed(cues_in(write(document(f"<div>{p(text, begin='1s', end='2s')}</div>")))) == [(1_000, 2_000, "東京")]


AGENTS = (
    "<metadata><ttm:agent xml:id='a' type='person'><ttm:name type='full'>Mary</ttm:name></ttm:agent>"
    "<ttm:agent xml:id='b' type='person'><ttm:name type='full'>Tom</ttm:name></ttm:agent></metadata>"
)


@pytest.mark.parametrize(
    ("agent", "speaker", "speakers"), [("a", "Mary", ("Mary",)), ("a b", "", ("Mary", "Tom")), ("none", "", ())]
)
def test_agents_are_speakers(write: Write, agent: str, speaker: str, speakers: tuple[str, ...]) -> None:
    body = f"<div><p begin='1s' end='2s' ttm:agent='{agent}'>Hello.</p></div>"
    (cue,) = cues_in(write(document(body, head=AGENTS)))
    assert (cue.speaker, cue.speakers) == (speaker, speakers)


@pytest.mark.parametrize(
    ("role", "kind"),
    [("sound", "sound"), ("music", "sound"), ("lyrics", "lyrics"), ("title", "on_screen"), ("dialog", "speech")],
)
def test_roles_are_kinds(write: Write, role: str, kind: str) -> None:
    (cue,) = cues_in(write(document(f"<div><p begin='1s' end='2s' ttm:role='{role}'>La la</p></div>")))
    assert cue.kind == kind


@pytest.mark.parametrize(
    "space", ["http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1", "urn:some:thing", ""]
)
def test_old_and_odd_namespaces(write: Write, space: str) -> None:
    assert timed(cues_in(write(ttml(*TWO).replace('"http://www.w3.org/ns/ttml"', f'"{space}"')))) == list(TWO)


def test_hidden_text_may_be_heard_and_is_kept(write: Write) -> None:
    body = "<div><p begin='1s' end='2s' tts:display='none'>Hello.</p></div>"
    assert timed(cues_in(write(document(body)))) == [(1_000, 2_000, "Hello.")]


@pytest.mark.parametrize("style", ["tts:color='no colour'", "tts:fontSize='-1'", "style='none'", "region='none'"])
def test_broken_styles_cost_nothing(write: Write, style: str) -> None:
    cues, notes = read_file(write(document(f"<div><p begin='1s' end='2s' {style}>Hello.</p></div>")))
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert notes == ()


def test_pictures_beside_text_are_told(write: Write) -> None:
    body = f"<div>{p(begin='1s', end='2s')}</div><div begin='5s' end='6s'><image src='a.png'/></div>"
    cues, (note,) = read_file(write(document(body)))
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert "pictures" in note.message


# Broken XML


@pytest.mark.parametrize(
    "between",
    [
        "</span>",
        "<p begin='1s'",
        "<b>",
        "</div>",
        "</body></tt>",
        "\x01",
        "<!-- --- -->",
        "&none;",
        "<x:y/>",
        "<p begin='3s' begin='4s'>Twice.</p>",
    ],
)
def test_what_stands_behind_a_break_is_read_with_a_note_that_names_the_line(write: Write, between: str) -> None:
    content = ttml(*TWO).replace("</p>\n<p", f"</p>\n{between}\n<p")
    cues, (note, *_) = read_file(write(content))
    assert set(TWO) <= set(timed(cues))
    assert "line" in note.message


@pytest.mark.parametrize("between", ["</b>", "<!DOCTYPE tt>", "\x01", "&none;", "<"])
def test_a_paragraph_that_is_broken_keeps_its_time(write: Write, between: str) -> None:
    cues, notes = read_file(write(ttml(*TWO).replace("Hello.", f"Hello.{between}")))
    assert set(TWO) <= set(timed(cues))
    assert "line 5" in notes[0].message


@pytest.mark.parametrize("opening", ["<!--", "<![CDATA["])
def test_what_nothing_closes_hides_nothing(write: Write, opening: str) -> None:
    assert timed(cues_in(write(ttml(*TWO).replace("</p>\n<p", f"</p>\n{opening}\n<p")))) == list(TWO)


@pytest.mark.parametrize("text", ["<i>Hello.</i>", "<font color='red'>Hel<b>lo</b></font>.", "<x:y>Hello.</x:y>"])
def test_words_in_elements_of_other_formats_are_kept(write: Write, text: str) -> None:
    root = ' xmlns:x="urn:x"'
    assert timed(cues_in(write(document(f"<div>{p(text, begin='1s', end='2s')}</div>", root)))) == [TWO[0]]


@pytest.mark.parametrize(
    "body",
    [
        p(begin="1s", end="2s") + p("Yes.", begin="5s", end="6s"),
        div(p(f"Hello.{p('Yes.', begin='5s', end='6s')}", begin="1s", end="2s")),
        div(f"<x>{p(begin='1s', end='2s')}</x>", p("Yes.", begin="5s", end="6s")),
    ],
)
def test_paragraphs_in_odd_places_are_read(write: Write, body: str) -> None:
    assert timed(cues_in(write(document(body)))) == list(TWO)


@pytest.mark.parametrize("text", ["Tom & Jerry", "R&B", "&", "a && b", "&nbsp;Hi&eacute;"])
def test_what_people_forget_to_escape_is_read(write: Write, text: str) -> None:
    said = {"&nbsp;Hi&eacute;": "Hié"}.get(text, text)
    cues, notes = read_file(write(ttml((1_000, 2_000, text), (5_000, 6_000, "Yes."))))
    assert timed(cues) == [(1_000, 2_000, said), (5_000, 6_000, "Yes.")]
    assert notes == ()


@given(st.integers(0, 1000))
@settings(max_examples=60)
def test_a_document_cut_anywhere_keeps_what_it_holds_whole(
    tmp_path_factory: pytest.TempPathFactory, permille: int
) -> None:
    whole = ttml(*TWO)
    content = whole[: len(whole) * permille // 1000]
    path = tmp_path_factory.mktemp("cut") / "film.ttml"
    path.write_text(content, "utf-8")
    kept = [cue for cue in TWO if f"{cue[2]}</p>" in content]
    if kept:
        cues, notes = read_file(path)
        assert set(kept) <= set(timed(cues))
        assert notes or content.endswith("</tt>")


# Hostile XML

BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE tt [<!ENTITY l0 "ha">{BOMB}]>',
        '<!DOCTYPE tt [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE tt [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd"> %a;]>',
        '<!DOCTYPE tt SYSTEM "http://127.0.0.1:9/a.dtd">',
        '<!DOCTYPE tt [<!ATTLIST p begin CDATA "1s">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused_before_anything_is_made_of_them(write: Write, doctype: str, encoding: str) -> None:
    content = ttml((1_000, 2_000, "&l11;")).replace("?>", f"?>\n{doctype}", 1)
    path = write(content.replace("UTF-8", encoding).encode(encoding))
    message = within(LONG_S, lambda: refusal(path))
    assert "line 2" in message
    assert "root:" not in message


def test_a_document_type_behind_a_break_is_refused_too(write: Write) -> None:
    content = ttml(*TWO).replace("</p>\n<p", f"</b>\n<p><!DOCTYPE tt [{BOMB}]>&l11;</p><p", 1)
    path = write(content)
    assert set(TWO) <= set(timed(cues_in(path)))  # inside an element it is a fault like others, and makes nothing


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 5_000 + p(begin="1s", end="2s") + "</div>" * 5_000,
        "<div>" + p("<span>" * 5_000 + "Hello." + "</span>" * 5_000, begin="1s", end="2s") + "</div>",
        "<div>" + "<p" * 20_000 + p(begin="1s", end="2s") + "</div>",
        "<div>" + p(begin="1s", end="2s") + "<x:y>" * 20_000,
        "<div timeContainer='seq'>" * 300 + p(begin="1s", dur="1s") + "</div>" * 300,
    ],
)
def test_deep_and_broken_documents_come_to_an_end_and_keep_what_is_said(write: Write, body: str) -> None:
    found = within(LONG_S, lambda: spans(write, body))
    assert any(start <= 1_000 and end >= 2_000 for start, end in found)


MANY = 19_000


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (div(*(p(begin=f"{n / 10}s", end=f"{n / 10 + 99}s") for n in range(MANY))), MANY),
        (div(p("".join(f"<span begin='{n}s' end='{n}.5s'>A</span>" for n in range(MANY)))), MANY),
        (div(p("".join(f"<span begin='{n}s' end='{n + 2}s'>A</span>" for n in range(MANY)))), 1),
        ("<div timeContainer='seq'>" * 30 + "".join(p(begin=f"{n}s", end=f"{n + 1}s") for n in range(4_000)), None),
    ],
)
def test_documents_with_more_than_any_film_says_come_to_an_end(write: Write, body: str, count: int | None) -> None:
    path = write(document(body + "</div>" * (body.count("<div") - body.count("</div"))))
    cues = within(LONG_S, lambda: cues_in(path))
    assert count is None or len(cues) == count


def test_spans_that_take_turns_keep_their_words_apart(write: Write) -> None:
    spoken = ((1, 3, "A"), (5, 6, "B"), (2, 4, "C"))
    body = div(p("".join(f"<span begin='{a}s' end='{b}s'>{said}</span>" for a, b, said in spoken)))
    assert timed(cues_in(write(document(body)))) == [(1_000, 4_000, "A\nC"), (5_000, 6_000, "B")]


def test_times_of_a_clock_are_read_with_a_note(write: Write) -> None:
    clock = document(div(p(begin="12:11:53.2", end="12:11:57.0"))).replace("<tt ", '<tt ttp:timeBase="clock" ', 1)
    if "xmlns:ttp" not in clock:
        clock = clock.replace("<tt ", '<tt xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ', 1)
    ((cue,), (note,)) = read_file(write(clock))
    assert (cue.span.start_ms, cue.span.end_ms) == (43_913_200, 43_917_000)
    assert "of a clock" in note.message
