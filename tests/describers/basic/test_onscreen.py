from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from describers.basic.drawn import BLACK, GREY, HEIGHT, WHITE, Picture, clip, disc, noise, plain, written
from PIL import Image, ImageDraw, ImageFont

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.frame_pairs import correlation, find_boxes, pairs_of, text_rows
from audiodesc.describers.basic.ocr import Box, TextLine, bgr, uncrowded
from audiodesc.describers.basic.onscreen import SAME, held_lines, texts_on_screen
from audiodesc.model import Frame, Span, VideoClip

TITLE = written(plain(BLACK), "THE LAST FERRY")


def on(shown: VideoClip) -> list[tuple[str, str]]:
    return [(words.text, words.place) for words in texts_on_screen(pairs_of(shown))]


def lines_of(picture: Picture) -> list[TextLine]:
    return held_lines([picture, picture], find_boxes([picture, picture], text_rows(picture)))


def test_a_title_that_holds_is_read() -> None:
    assert on(clip(TITLE)) == [("THE LAST FERRY", "open")]


def test_it_is_dated_and_its_letters_are_measured() -> None:
    (words,) = texts_on_screen(pairs_of(clip(plain(BLACK), TITLE, plain(BLACK))))
    assert words.span == Span(2000, 2000 + 2 * 166)
    assert 6 <= words.height <= 15


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_title_in_one_frame_only_is_not(place: int) -> None:
    frames = [plain(BLACK)] * 3
    frames[place] = TITLE
    assert on(clip(frames)) == []


def test_words_that_move_are_not_read() -> None:
    assert on(clip([written(plain(BLACK), "THE LAST FERRY", (0.5, y)) for y in (0.7, 0.5, 0.3)])) == []


def test_another_text_at_the_same_place_is_not_the_same() -> None:
    frames = [written(plain(BLACK), text) for text in ("SECOND ACT", "THIRD PART", "FINAL TURN")]
    assert on(clip(frames)) == []


def test_a_title_that_fades_in_is_read() -> None:
    frames = [written(plain(BLACK), "THE LAST FERRY", ink=(level, level, level)) for level in (120, 180, 255)]
    assert on(clip(frames)) == [("THE LAST FERRY", "open")]


def test_a_faint_title_is_read() -> None:
    assert on(clip(written(plain(BLACK), "THE LAST FERRY", ink=(35, 35, 35)))) == [("THE LAST FERRY", "open")]


def test_a_title_over_a_picture_that_changes_is_read() -> None:
    frames = [written(noise(seed, 60, 12), "THE LAST FERRY", size=60) for seed in (1, 2, 3)]
    assert on(clip(frames)) == [("THE LAST FERRY", "open")]


def test_lines_of_one_block_are_joined_in_reading_order() -> None:
    assert on(clip(written(plain(GREY), "THE OLD\nHARBOUR\nMUSEUM"))) == [("THE OLD HARBOUR MUSEUM", "open")]


def test_blocks_far_apart_are_two() -> None:
    both = written(written(plain(GREY), "North Station", (0.3, 0.2)), "Open all night", (0.6, 0.55))
    assert on(clip(both)) == [("North Station", "open"), ("Open all night", "open")]


def test_what_runs_over_the_edge_is_left_out() -> None:
    assert on(clip(written(plain(BLACK), "THE LAST FERRY", (0.95, 0.5)))) == []


def test_a_subtitle_stands_low() -> None:
    assert on(clip(written(plain(GREY), "Where have you been?", (0.5, 0.9), 28))) == [("Where have you been?", "low")]


def test_low_lines_that_change_are_subtitles() -> None:
    first, second = (written(plain(GREY), text, (0.5, 0.9), 28) for text in ("North Harbour", "South Harbour"))
    assert on(clip(first, plain(GREY), second)) == []


def test_a_logo_stands_in_a_corner() -> None:
    assert on(clip(written(plain(GREY), "NEWS", (0.08, 0.07), 28))) == [("NEWS", "corner")]


def test_the_same_title_twice_has_both_its_times() -> None:
    again = written(noise(1, 60, 12), "THE LAST FERRY", size=60)
    words = texts_on_screen(pairs_of(clip(TITLE, plain(GREY), again)))
    assert [(one.text, one.span.start_ms) for one in words] == [("THE LAST FERRY", 0), ("THE LAST FERRY", 4000)]


def test_of_a_text_that_grows_the_whole_is_read_from_when_it_is_there() -> None:
    grown = [
        written(plain(GREY), text) for text in ("THE LAST FERRY", "THE LAST FERRY LEAVES", "THE LAST FERRY LEAVES")
    ]
    (words,) = texts_on_screen(pairs_of(clip(*grown, plain(GREY))))
    assert (words.text, words.span) == ("THE LAST FERRY LEAVES", Span(2000, 4332))


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_sentence_shown_word_by_word_is_not_read_nor_is_its_tail(case: Callable[[str], str]) -> None:
    """Some of its words are there too briefly to be read, as a second of them is."""
    shown = [plain(BLACK)] * 2
    for text in ("We", "are", "here", "to", "sing"):
        shown.append(written(plain(BLACK), case(text), size=60))
    for text in ("with our voices", "and our hands"):
        shown += [written(plain(BLACK), case(text), size=60)] * 4
    shown += [plain(BLACK)] * 3 + [written(plain(BLACK), "THE WORK", size=60)] * 4 + [plain(BLACK)]
    frames = tuple(Frame(i * 667, picture) for i, picture in enumerate(shown))
    words = texts_on_screen(pairs_of(VideoClip(Span(0, 30_000), frames)))
    assert [one.text for one in words] == ["THE WORK"]


@pytest.mark.parametrize("size", [40, 80, 120, 160, 200, 260, 320])
@pytest.mark.parametrize("background", [plain(BLACK), noise(1, 60, 12)], ids=["black", "rough"])
def test_large_type_is_read(size: int, background: Picture) -> None:
    """Up to half of the picture's height."""
    text = "SINTEL" if size < 200 else "ROMA" if size < 260 else "UP"
    readable = [words for words, _ in on(clip(written(background, text, size=size)))]
    assert readable == ([text] if len(text) > 2 else [])  # two letters are too few to be sure of
    if len(text) == 2:
        assert [line.text for line in lines_of(written(background, text, size=size))] == [text]


@pytest.mark.parametrize("text", ["SINTEL", "THE HARBOUR"])
@pytest.mark.parametrize("size", [40, 60, 80])
def test_letters_far_apart_are_read(text: str, size: int) -> None:
    assert [words.replace(" ", "") for words, _ in on(clip(written(plain(BLACK), " ".join(text), size=size)))] == [
        text.replace(" ", "")
    ]


def test_two_lines_set_tight_are_read() -> None:
    """Descenders of the first reach into the second, as on many posters."""
    image = Image.fromarray(plain((40, 70, 30)))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(110)
    draw.text((427, 190), "Big Dog", WHITE, font, anchor="mm")
    draw.text((427, 274), "BUDDY", WHITE, font, anchor="mm")
    assert on(clip(np.asarray(image, np.uint8))) == [("Big Dog BUDDY", "open")]


def test_a_block_with_a_line_that_is_unsure_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    read = ocr.read
    monkeypatch.setattr(ocr, "read", lambda line: "" if read(line) == "HARBOUR" else read(line))
    block = written(plain(GREY), "THE OLD\nHARBOUR\nMUSEUM", (0.5, 0.3))
    assert on(clip(block)) == []
    assert on(clip(written(block, "Open all night", (0.5, 0.8)))) == [("Open all night", "open")]


def test_what_holds_still_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    read = ocr.read

    def noted(line: Picture) -> str:
        lines.append(read(line))
        return lines[-1]

    monkeypatch.setattr(ocr, "read", noted)
    on(clip(TITLE))
    assert lines == ["THE LAST FERRY"]


def test_what_moves_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "read", lambda line: pytest.fail("it was read"))
    assert on(clip([written(plain(BLACK), "THE LAST FERRY", (0.5, y)) for y in (0.7, 0.5, 0.3)])) == []


def test_other_letters_are_not_taken_for_the_same() -> None:
    north, south = (bgr(written(plain(BLACK), text, size=60)) for text in ("NORTH PIER", "SOUTH PIER"))
    (box,) = ocr.find(south)
    assert correlation(ocr.crop(north, box), ocr.crop(south, box)) < SAME
    assert correlation(ocr.crop(south, box), ocr.crop(south // 2, box)) > 0.99


def boxes(*heights: int) -> list[Box]:
    corners = ([[0, 0], [90, 0], [90, height], [0, height]] for height in heights)
    return [Box(np.array(four, np.float32)) for four in corners]


@pytest.mark.parametrize(
    ("heights", "left"),
    [((10,) * 8, 8), ((10,) * 9, 0), ((10,) * 9 + (20,), 1), ((10,) * 11 + (20,) * 9, 0), ((), 0)],
    ids=["few", "many", "one stands out", "many stand out", "none"],
)
def test_of_a_crowded_picture_only_what_stands_out_is_read(heights: tuple[int, ...], left: int) -> None:
    assert len(uncrowded(boxes(*heights))) == left


@pytest.mark.parametrize("text", ["Здравствуйте", "11:48:07", "www.example.org", "xkcd qwrt"])
def test_what_cannot_be_read_aloud_is_left_out(text: str) -> None:
    assert on(clip(written(plain(BLACK), text))) == []


def test_a_crowded_page_gives_only_what_stands_out() -> None:
    page = plain(WHITE)
    for row in range(10):
        page = written(page, "the small print that nobody reads", (0.5, 0.3 + 0.06 * row), 14, BLACK)
    assert on(clip(page)) == []
    assert on(clip(written(page, "AGREEMENT", (0.5, 0.12), 50, BLACK))) == [("AGREEMENT", "open")]


@pytest.mark.parametrize("seed", range(3))
def test_noise_says_nothing(seed: int) -> None:
    assert on(clip(noise(seed), noise(seed + 10))) == []


def test_plain_pictures_are_not_searched() -> None:
    assert text_rows(plain(GREY)) is None
    rows = text_rows(TITLE)
    assert rows is not None
    assert rows.start < HEIGHT // 2 < rows.stop
    assert rows.stop - rows.start < HEIGHT // 2


def test_a_picture_of_another_size_is_read_too() -> None:
    def half(picture: Picture) -> Picture:
        return np.ascontiguousarray(picture[::2, ::2])

    assert on(clip(half(written(plain(BLACK), "THE LAST FERRY", size=70)))) == [("THE LAST FERRY", "open")]


def test_no_frames_give_no_words() -> None:
    assert texts_on_screen(pairs_of(clip())) == ()


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shape of each picture that is searched for text."""
    done: list[tuple[int, ...]] = []
    find = ocr.find

    def counted(image: Picture) -> tuple[Box, ...]:
        done.append(image.shape)
        return find(image)

    monkeypatch.setattr(ocr, "find", counted)
    return done


def with_ball(picture: Picture, number: int) -> Picture:
    """Something that moves, so that no two pictures are the same."""
    return disc(picture, (60 + 70 * number, 400), 30, (200, 60, 60))


def striped() -> Picture:
    """A grey picture with a fence, dense with upright edges, in its upper half."""
    fence = plain(GREY)
    fence[100:180, 100:700:8] = 230
    return fence


def test_a_title_beside_something_that_moves_is_searched_once(searches: list[tuple[int, ...]]) -> None:
    (text,) = texts_on_screen(pairs_of(clip([with_ball(TITLE, number) for number in range(10)])))
    assert (text.text, text.span) == ("THE LAST FERRY", Span(0, 9 * 166))
    assert len(searches) == 2  # in small, then in large


def test_what_holds_no_text_is_searched_once(searches: list[tuple[int, ...]]) -> None:
    assert on(clip([with_ball(striped(), number) for number in range(10)])) == []
    assert len(searches) <= 2


def test_a_text_that_comes_later_is_found_beside_what_was_searched() -> None:
    before = [with_ball(striped(), number) for number in range(4)]
    after = [with_ball(written(striped(), "THE LAST FERRY", (0.5, 0.6)), number) for number in range(4, 9)]
    (text,) = texts_on_screen(pairs_of(clip([*before, *after])))
    assert (text.text, text.span) == ("THE LAST FERRY", Span(4 * 166, 8 * 166))


def test_a_second_text_is_found_while_the_first_stays() -> None:
    before = [with_ball(written(plain(BLACK), "NORTHERN SEA", (0.5, 0.2)), number) for number in range(4)]
    after = [
        with_ball(written(written(plain(BLACK), "NORTHERN SEA", (0.5, 0.2)), "THE LAST FERRY", (0.5, 0.6)), number)
        for number in range(4, 9)
    ]
    found = texts_on_screen(pairs_of(clip([*before, *after])))
    assert [(text.text, text.span) for text in found] == [
        ("NORTHERN SEA", Span(0, 8 * 166)),
        ("THE LAST FERRY", Span(4 * 166, 8 * 166)),
    ]


def test_a_text_that_goes_and_comes_back_is_read_each_time() -> None:
    shown = [
        with_ball(picture, number) for number, picture in enumerate([TITLE] * 4 + [plain(BLACK)] * 4 + [TITLE] * 3)
    ]
    found = texts_on_screen(pairs_of(clip(shown)))
    assert [text.span for text in found] == [Span(0, 3 * 166), Span(8 * 166, 10 * 166)]


def test_a_number_that_changes_is_another_text() -> None:
    shown = [with_ball(written(plain(BLACK), f"CHAPTER {number // 5 + 1}", size=60), number) for number in range(10)]
    assert on(clip(shown)) == [("CHAPTER 1", "open"), ("CHAPTER 2", "open")]
