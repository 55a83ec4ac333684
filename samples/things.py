"""The people and things of the sample film."""

from __future__ import annotations

import functools
import math

from canvas import WIDTH, Canvas, Colour, Point, blend

WHITE = (255, 255, 255)
RED, BROWN, SKIN = (196, 40, 44), (92, 54, 34), (236, 196, 166)


def lantern(canvas: Canvas, x: float, y: float, lit: float, now: float, size: float = 1.0) -> None:
    """A storm lantern, held by its ring at (x, y)."""
    flicker = lit * (1 + 0.06 * math.sin(11 * now) + 0.04 * math.sin(17.3 * now))
    canvas.glow(x, y + 20 * size, 120 * size, (255, 190, 90), 0.65 * flicker)
    canvas.line([(x - 7 * size, y + 12 * size), (x, y), (x + 7 * size, y + 12 * size)], (60, 52, 48), 1.5)
    glass = blend((170, 186, 190), (255, 226, 140), lit)
    canvas.box(x - 8 * size, y + 13 * size, 16 * size, 19 * size, glass)
    canvas.disc(x, y + 24 * size, 4.5 * size, (255, 250, 220), lit)
    canvas.box(x - 10 * size, y + 10 * size, 20 * size, 4 * size, (70, 60, 54))
    canvas.box(x - 10 * size, y + 31 * size, 20 * size, 5 * size, (70, 60, 54))


def person(
    canvas: Canvas,
    x: float,
    ground: float,
    height: float,
    coat: Colour,
    hair: Colour,
    look: int,
    *,
    stride: float = 0.0,
    nod: float = 0.0,
    hand: Point | None = None,
    far_hand: Point | None = None,
    long_hair: bool = False,
) -> None:
    """Somebody cut out of paper, who looks left (`look` −1) or right (1), with feet at (x, ground).

    `stride` is the swing of the legs, −1 to 1; `hand` and `far_hand` are where
    the hands are; the near one is at the side when None, the far one not seen.
    """
    unit = height / 100
    dark = blend(coat, (0, 0, 0), 0.25)
    for swing, shade in ((-stride, 0.55), (stride, 0.4)):
        leg = [(x - 5 * unit, ground - 40 * unit), (x + 5 * unit, ground - 40 * unit)]
        foot = x + 17 * swing * unit
        ends = [(foot + 4 * unit, ground), (foot - 4 * unit, ground)]
        canvas.polygon([*leg, *ends], blend((60, 56, 70), (0, 0, 0), shade - 0.3))
        canvas.disc(foot + 3 * look * unit, ground - 2 * unit, 6 * unit, (36, 30, 34), squash=0.45)
    if far_hand:
        canvas.line([(x - 5 * look * unit, ground - 70 * unit), far_hand], dark, 6.5 * unit)
        canvas.disc(*far_hand, 3.4 * unit, SKIN)
    canvas.polygon(
        [(x - 9 * unit, ground - 77 * unit), (x + 9 * unit, ground - 77 * unit),
         (x + 15 * unit, ground - 26 * unit), (x - 15 * unit, ground - 26 * unit)], coat,
    )  # fmt: skip
    canvas.disc(x, ground - 76 * unit, 9 * unit, coat, squash=0.5)
    head = (x + 2 * look * unit, ground - (90 + 1.2 * nod) * unit)
    if long_hair:
        canvas.disc(head[0] - 4 * look * unit, head[1] + 4 * unit, 9.5 * unit, hair, squash=1.35)
    canvas.disc(head[0], head[1], 9 * unit, hair)
    canvas.disc(head[0] + 2.6 * look * unit, head[1] + 1.6 * unit, 7.4 * unit, SKIN)
    canvas.disc(head[0] + 9.6 * look * unit, head[1] + 2 * unit, 1.9 * unit, SKIN)
    canvas.disc(head[0] + 5 * look * unit, head[1], 1.1 * unit, (50, 40, 44))
    shoulder = (x + 2 * look * unit, ground - 72 * unit)
    end = hand or (x + 3 * look * unit, ground - 40 * unit)
    canvas.line([shoulder, end], dark, 6.5 * unit)
    canvas.disc(*end, 3.4 * unit, SKIN)


nora = functools.partial(person, coat=RED, hair=BROWN, long_hair=True)
elias = functools.partial(person, coat=(44, 74, 128), hair=(232, 232, 226))


def suitcase(canvas: Canvas, x: float, y: float, opened: float = 0.0, size: float = 1.0) -> None:
    """A red suitcase whose handle is 39 units above the middle of its foot at (x, y); `opened` 0–1."""
    left, top = x - 38 * size, y - 30 * size
    if opened > 0:
        rise, back = 40 * size * math.sin(opened * math.pi / 2), 26 * size * opened
        lid = [(left, top), (left + 76 * size, top), (left + 76 * size + back, top - rise), (left + back, top - rise)]
        canvas.polygon(lid, (128, 24, 30))
        canvas.box(left + 6, top - 6, 60, 8, (250, 240, 220), opened)
    canvas.box(left, top, 76 * size, 30 * size, (186, 36, 40))
    canvas.box(left, top - 2 * size, 76 * size, 4 * size, (140, 26, 32))
    for strap in (12, 59):
        canvas.box(left + strap * size, top - 2 * size, 5 * size, 32 * size, (226, 178, 96))
    if opened == 0:
        handle = [(-8, 32), (-6, 39), (6, 39), (8, 32)]
        canvas.line([(x + size * dx, y - size * dy) for dx, dy in handle], (90, 20, 26), 3 * size)


def glints(canvas: Canvas, now: float, horizon: float, sun: float, colour: Colour) -> None:
    """Light on water, thickest under the sun."""
    for wave in range(120):
        depth = (wave * 0.6180339) % 1
        y = horizon + 6 + 172 * depth**1.6
        spread = (24 + 430 * depth) * (((wave * 0.7548777) % 1) - 0.5) * (2.2 if wave % 3 == 0 else 0.7)
        shine = 0.5 + 0.5 * math.sin(now * (1.4 + wave % 5 * 0.3) + wave)
        long = 8 + 26 * depth
        x = sun + spread + 6 * math.sin(now + wave)
        canvas.line([(x - long, y), (x + long, y)], colour, 1 + 1.6 * depth, 0.65 * shine)


def ferry(canvas: Canvas, x: float, sea: float, size: float, colour: Colour, now: float, lights: float = 0.0) -> None:
    """A ferry, its waterline amidships at (x, sea); `lights` 0–1 are those of its portholes."""

    def part(points: list[tuple[float, float]], shade: Colour) -> None:
        canvas.polygon([(x + size * px, sea + size * py) for px, py in points], shade)

    for puff in range(5):
        age = (now * 0.45 + puff / 5) % 1
        canvas.disc(x + size * (-14 - 70 * age), sea + size * (-76 - 26 * age), size * (6 + 13 * age),
                    (210, 206, 214), 0.4 * (1 - age))  # fmt: skip
    part([(-100, -22), (112, -22), (92, 6), (-88, 6)], blend(colour, (30, 50, 90), 0.75))
    part([(-96, -26), (110, -26), (108, -20), (-98, -20)], blend(colour, (190, 40, 44), 0.7))
    part([(-84, -46), (70, -46), (78, -26), (-84, -26)], colour)
    part([(-60, -62), (36, -62), (42, -46), (-60, -46)], blend(colour, (120, 120, 140), 0.15))
    part([(-26, -78), (-6, -78), (-4, -62), (-28, -62)], (196, 60, 48))
    for port in range(7):
        px, py = x + size * (-72 + 21 * port), sea - size * 36
        canvas.disc(px, py, size * 4.4, blend((58, 72, 102), (255, 224, 140), lights))
        canvas.glow(px, py, max(2, size * 16), (255, 214, 130), 0.5 * lights)


def gull(canvas: Canvas, x: float, y: float, beat: float) -> None:
    wings = [
        (x - 15, y - 6 * beat),
        (x - 6, y - 3 - 3 * beat),
        (x, y),
        (x + 6, y - 3 - 3 * beat),
        (x + 15, y - 6 * beat),
    ]
    canvas.line(wings, (60, 50, 76), 2)


def door(canvas: Canvas, opened: float) -> None:
    canvas.box(30, 140, 116, 262, (110, 74, 48))
    if opened > 0:
        canvas.box(40, 150, 96, 250, (255, 252, 232))
        canvas.polygon([(40, 400), (136, 400), (136 + 150 * opened, 480), (40, 480)], (255, 250, 220), 0.55 * opened)
        canvas.glow(88, 280, 210, (255, 252, 230), 0.6 * opened)
    edge = 136 - 74 * opened
    slant = 14 * opened
    canvas.polygon([(40, 150 - slant), (edge, 150), (edge, 400), (40, 400 + slant)], (158, 106, 66))
    canvas.disc(edge - 10, 282, 4, (238, 204, 110))


def wall_clock(canvas: Canvas, now: float) -> None:
    canvas.disc(238, 112, 34, (122, 84, 56))
    canvas.disc(238, 112, 29, (255, 252, 240))
    for angle, long, width in ((math.radians(135), 15, 3.5), (math.radians(180 + now / 10), 23, 2.5)):
        canvas.line([(238, 112), (238 + long * math.sin(angle), 112 - long * math.cos(angle))], (50, 40, 40), width)


def table(canvas: Canvas) -> None:
    canvas.polygon([(300, 326), (612, 326), (634, 346), (280, 346)], (176, 118, 70))
    canvas.box(280, 346, 354, 10, (140, 90, 52))
    canvas.box(296, 356, 14, 84, (128, 82, 48))
    canvas.box(604, 356, 14, 84, (128, 82, 48))


def window(canvas: Canvas, x: float, y: float, light: float) -> None:
    canvas.glow(x + 19, y + 27, 56, (255, 196, 100), 0.4 * light)
    canvas.box(x, y, 38, 54, blend((22, 24, 44), (255, 206, 112), light))
    canvas.box(x + 17, y, 4, 54, (30, 28, 46))
    canvas.box(x, y + 24, 38, 4, (30, 28, 46))
    canvas.box(x - 3, y + 53, 44, 5, (206, 214, 240))


def cloud(canvas: Canvas, x: float, y: float, size: float) -> None:
    for dx, dy, radius in ((-30, 4, 18), (-6, -6, 26), (24, 0, 21), (46, 6, 13)):
        canvas.disc(x + dx * size, y + dy * size, radius * size, WHITE, 0.9, squash=0.62)


def car(canvas: Canvas, right: float, rail: float, *, first: bool, passenger: bool) -> None:
    left = right - 144
    nose = (
        [(right + 22, rail), (right + 10, rail - 30), (right - 10, rail - 52)]
        if first
        else [(right, rail), (right, rail - 52)]
    )
    canvas.polygon([(left, rail), *nose, (left, rail - 52)], (236, 238, 240))
    canvas.polygon(
        [(left, rail), *nose[:1], (nose[0][0] - (4 if first else 0), rail - 14), (left, rail - 14)], (24, 96, 132)
    )
    canvas.box(left, rail - 54, 134, 5, (90, 100, 112))
    for pane in range(5):
        x = left + 10 + 25 * pane
        canvas.box(x, rail - 43, 19, 20, (255, 238, 180) if passenger else (72, 100, 124))
    if passenger:
        x = left + 10 + 50
        canvas.box(x + 3, rail - 32, 13, 9, RED)
        canvas.disc(x + 9.5, rail - 36, 4.6, BROWN)
        canvas.disc(x + 11, rail - 35.5, 3.4, SKIN)
    for wheel in (18, 42, 98, 122):
        canvas.disc(left + wheel, rail + 1, 6, (50, 54, 62))


def viaduct(canvas: Canvas) -> None:
    canvas.box(0, 240, WIDTH, 16, (150, 116, 96))
    canvas.box(0, 238, WIDTH, 4, (186, 152, 128))
    for pillar in range(-1, 8):
        x = 122 * pillar + 30
        canvas.box(x, 256, 24, 230, (164, 128, 106))
        canvas.box(x + 17, 256, 7, 230, (132, 100, 84))
        for side in (0, 24):
            away = -1 if side == 0 else 1
            arch = [
                (
                    x + side + away * 49 * (1 - math.cos(a / 20 * math.pi / 2)),
                    256 + 49 * (1 - math.sin(a / 20 * math.pi / 2)),
                )
                for a in range(21)
            ]
            canvas.polygon([(x + side, 256), *arch, (x + side + away * 49, 256)], (164, 128, 106))


def jetty(canvas: Canvas, gangway: float) -> None:
    canvas.polygon([(352, 396), (WIDTH, 396), (WIDTH, 420), (352, 420)], (94, 66, 60))
    canvas.box(352, 392, WIDTH, 6, (132, 96, 84))
    for post in range(7):
        canvas.box(368 + 80 * post, 416, 14, 64, (62, 42, 46))
    for bollard in (386, 812):
        canvas.box(bollard, 372, 14, 22, (40, 32, 44))
    canvas.polygon([(304, 362), (312, 356), (398, 394), (380, 398)], (170, 140, 110), gangway)
