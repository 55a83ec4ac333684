"""The pictures of the sample film: six scenes, each a function from its clock to a frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from canvas import HEIGHT, WIDTH, Canvas, blend, ease, gradient, seen
from numpy.typing import NDArray
from places import HIS_WINDOW, WINDOWS, black, dusk_ground, kitchen_ground, street_ground, valley_ground
from things import (
    car,
    cloud,
    door,
    elias,
    ferry,
    glints,
    gull,
    jetty,
    lantern,
    nora,
    suitcase,
    table,
    viaduct,
    wall_clock,
    window,
)

WHITE, CREAM = (255, 255, 255), (255, 246, 222)


@dataclass(frozen=True)
class Clock:
    """Seconds since the scene began; `marks` are when its named pauses begin, `talks` who speaks when."""

    now: float
    length: float
    marks: Mapping[str, float]
    talks: tuple[tuple[str, float, float], ...]

    def nod(self, speaker: str) -> float:
        speaking = any(who == speaker and start <= self.now < end for who, start, end in self.talks)
        return math.sin(self.now * 9) if speaking else 0.0

    def since(self, mark: str) -> float:
        return self.now - self.marks[mark]


def sunrise(clock: Clock) -> NDArray[np.uint8]:
    now, up = clock.now, clock.now / clock.length
    sky = (
        (0.0, blend((38, 34, 92), (98, 160, 226), up)),
        (0.4, blend((190, 84, 110), (255, 200, 150), up)),
        (0.62, blend((255, 140, 70), (255, 228, 160), up)),
        (0.625, blend((120, 70, 96), (250, 190, 130), up)),
        (1.0, blend((16, 26, 66), (30, 92, 140), up)),
    )
    canvas = Canvas(gradient(sky))
    height = 312 - 104 * up
    canvas.glow(427, height, 330, (255, 214, 140), 0.8)
    canvas.disc(427, height, 44, (255, 240, 190))
    canvas.image.paste(gradient(sky).crop((0, 600, WIDTH * 2, HEIGHT * 2)), (0, 600))
    glints(canvas, now, 300, 427, (255, 222, 150))
    ferry(canvas, -40 + 52 * now, 312, 0.55, (250, 250, 246), now)
    for bird, (x, y) in enumerate(((770, 196), (816, 216), (742, 230))):
        gull(canvas, x - 22 * now, y + 5 * math.sin(now + bird), math.sin(6 * now + 2 * bird))
    canvas.text(427, 84, "THE LAST FERRY", 76, WHITE, seen(now, 1.5, 6.6))
    return canvas.frame()


def kitchen(clock: Clock) -> NDArray[np.uint8]:
    """She shuts her suitcase; later she leaves through the door, and he puts the lantern in the window."""
    now = clock.now
    leaving = clock.since("leaves")
    canvas = Canvas(kitchen_ground())
    ferry(canvas, 400 + 5 * now, 196, 0.2, WHITE, now)
    ajar = ease(leaving, 1.3, 0.7) * (1 - ease(leaving, 3.4, 0.5))
    door(canvas, ajar)
    wall_clock(canvas, now)
    carried = ease(leaving, 0.2, 0.5)
    opened = 1 - ease(clock.since("packs"), 1.2, 1.0)
    walk = ease(leaving, 0.6, 2.4)
    at = 262 - 176 * walk
    stepping = math.sin(7 * now) if 0 < walk < 1 else 0.0
    placing = ease(leaving, 2.2, 1.2)
    light = (588 - 60 * placing, 290 - 74 * placing)
    if carried == 0:
        closing = 0.6 < clock.since("packs") < 2.6
        hand = (322, 296 - 34 * opened) if closing else (296, 330)
        nora(canvas, at, 428, 190, look=1, nod=clock.nod("NORA"), hand=hand)
    holding = (light[0] + 6, light[1] + 4) if placing < 1 else None
    elias(canvas, 648 - 34 * placing, 428, 184, look=-1, nod=clock.nod("ELIAS"), hand=holding)
    table(canvas)
    lantern(canvas, *light, lit=ease(leaving, 3.7, 0.5), now=now)
    if carried == 0:
        suitcase(canvas, 356, 330, opened)
    elif walk < 0.97:
        suitcase(canvas, at - 6, 402 - 4 * abs(stepping))
        nora(canvas, at, 428, 190, look=-1, stride=stepping, hand=(at - 6, 364 - 4 * abs(stepping)))
    return canvas.frame()


def street(clock: Clock) -> NDArray[np.uint8]:
    """Snow falls; the windows go dark one after another, all but the one with the lantern."""
    now = clock.now
    canvas = Canvas(street_ground())
    for order, place in enumerate(WINDOWS):
        light = 1 - ease(clock.since("dark"), 0.3 + 0.42 * order, 0.25)
        window(canvas, *place, light)
    window(canvas, *HIS_WINDOW, 1.0)
    canvas.disc(HIS_WINDOW[0] + 4, HIS_WINDOW[1] + 30, 11, (40, 26, 30))
    canvas.box(HIS_WINDOW[0] - 8, HIS_WINDOW[1] + 40, 24, 14, (40, 26, 30))
    lantern(canvas, HIS_WINDOW[0] + 26, HIS_WINDOW[1] + 14, 1.0, now, 1.05)
    canvas.glow(150, 236, 150, (255, 214, 150), 0.55)
    canvas.disc(150, 238, 8, (255, 240, 200))
    for flake in range(170):
        depth = 0.5 + (flake * 0.618) % 1
        x = (flake * 211.7 + 16 * math.sin(now * depth + flake) - 14 * now) % WIDTH
        y = (flake * 97.3 + 46 * depth * now) % HEIGHT
        canvas.disc(x, y, 1.7 * depth, (236, 240, 255), 0.85)
    canvas.text(427, 84, "THREE WINTERS LATER", 56, WHITE, seen(now, 0.6, 4.3))
    return canvas.frame()


def train(clock: Clock) -> NDArray[np.uint8]:
    """A train crosses a viaduct from left to right, a woman in red at one of its windows."""
    now = clock.now
    canvas = Canvas(valley_ground())
    for number, (x, y) in enumerate(((120, 70), (430, 48), (700, 92))):
        cloud(canvas, x + 7 * now, y, 1 + 0.2 * number)
    front = -60 + 1380 * (now / clock.length) ** 1.15
    for number in range(5):
        car(canvas, front - 150 * number, 236, first=number == 0, passenger=number == 2)
    viaduct(canvas)
    return canvas.frame()


def pier(clock: Clock) -> NDArray[np.uint8]:
    """The ferry comes in; she walks ashore; he hands her the lantern and they go."""
    now, going = clock.now, clock.since("home")
    canvas = Canvas(dusk_ground())
    glints(canvas, now, 300, 300, (255, 170, 150))
    arrived = ease(now, 0.0, 3.6)
    dark = ease(going, 1.2, 1.0)
    ferry(canvas, -230 + 430 * arrived, 352, 1.55, (214, 208, 222), now, lights=1 - dark)
    jetty(canvas, gangway=ease(now, 3.5, 0.3))
    ashore = ease(now, 3.9, 2.3)
    walk = ease(going, 1.4, 2.8)
    stepping = math.sin(7 * now) if 0 < ashore < 1 or 0 < walk < 1 else 0.0
    handed = ease(going, 0.2, 0.9)
    his, hers = 650 + 150 * walk, 322 + 244 * ashore + 160 * walk
    ground = min(400.0, 366 + 0.4 * (hers - 322))
    light = ((his - 34) * (1 - handed) + (hers + 24) * handed, 296.0)
    if ashore > 0:
        suitcase(canvas, hers - 22, ground - 12, size=0.72)
        hand = light if handed > 0 else (hers + 8, ground - 54)
        nora(canvas, hers, ground, 130, look=1, stride=stepping, nod=clock.nod("NORA"), hand=hand,
             far_hand=(hers - 22, ground - 40))  # fmt: skip
    hand = light if handed < 1 else (his + 4, 346)
    stride = stepping if walk > 0 else 0.0
    elias(canvas, his, 400, 128, look=1 if going > 1.3 else -1, stride=stride, nod=clock.nod("ELIAS"), hand=hand)
    lantern(canvas, *light, lit=1.0, now=now)
    return canvas.frame()


def end(clock: Clock) -> NDArray[np.uint8]:
    canvas = Canvas(black())
    gone = 1 - ease(clock.now, clock.length - 1.0, 0.9)
    lantern(canvas, 427, 262, gone, clock.now, 1.3)
    canvas.text(427, 180, "THE END", 80, CREAM, gone * ease(clock.now, 0.2, 0.5))
    canvas.text(427, 390, "Pictures, voices and music: a Python script", 24, CREAM, gone * ease(clock.now, 0.9, 0.5))
    canvas.box(0, 0, WIDTH, HEIGHT, (6, 6, 12), 1 - gone)
    return canvas.frame()
