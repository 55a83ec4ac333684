"""The places of the sample film: what does not move, drawn once."""

from __future__ import annotations

import functools
import math

import numpy as np
from canvas import HEIGHT, WIDTH, Canvas, gradient
from PIL import Image

WHITE = (255, 255, 255)
_HOUSES = ((20, 190, 150), (176, 226, 130), (318, 170, 160), (492, 216, 150), (656, 184, 180))
WINDOWS = ((52, 246), (706, 232), (206, 282), (776, 232), (116, 246), (426, 236), (258, 282), (350, 236), (590, 280))
HIS_WINDOW = (526, 280)


@functools.cache
def black() -> Image.Image:
    return gradient(((0.0, (6, 6, 12)), (1.0, (14, 12, 20))))


@functools.cache
def kitchen_ground() -> Image.Image:
    canvas = Canvas(
        gradient(((0.0, (252, 240, 212)), (0.83, (246, 224, 182)), (0.832, (188, 140, 96)), (1.0, (160, 112, 74))))
    )
    canvas.glow(486, 170, 330, WHITE, 0.75)
    canvas.box(352, 70, 268, 190, (250, 250, 248))
    canvas.box(362, 80, 248, 116, (150, 208, 244))
    canvas.box(362, 190, 248, 60, (58, 140, 190))
    canvas.disc(580, 104, 13, (255, 250, 216))
    canvas.polygon([(372, 250), (392, 236), (440, 232), (470, 250)], (96, 150, 92))
    canvas.polygon([(400, 234), (404, 170), (414, 170), (418, 234)], WHITE)
    canvas.box(403, 190, 12, 14, (204, 60, 52))
    canvas.box(403, 158, 12, 12, (70, 70, 80))
    canvas.box(483, 74, 7, 180, (250, 250, 248))
    canvas.box(340, 254, 292, 10, (255, 255, 252))
    for x in (344, 604):
        canvas.polygon(
            [(x - 8, 60), (x + 32, 60), (x + (22 if x < 400 else 36), 262), (x - 12, 262)], (226, 96, 74), 0.92
        )
    canvas.box(334, 54, 304, 7, (120, 84, 56))
    for cup in range(4):
        canvas.box(706 + 30 * cup, 146, 18, 20, ((90, 140, 180), (230, 190, 90), (210, 96, 84), (120, 160, 110))[cup])
    canvas.box(692, 166, 136, 7, (140, 96, 62))
    return canvas.image


@functools.cache
def street_ground() -> Image.Image:
    canvas = Canvas(gradient(((0.0, (8, 12, 38)), (0.7, (26, 38, 86)), (1.0, (32, 44, 92)))))
    stars = np.random.default_rng(2).uniform(0, 1, (90, 3))
    for x, y, light in stars:
        canvas.disc(x * WIDTH, y * 200, 0.6 + light, (220, 226, 255), 0.3 + 0.6 * light)
    canvas.glow(800, 72, 120, (220, 226, 255), 0.5)
    canvas.disc(800, 72, 25, (240, 242, 255))
    for number, (x, top, width) in enumerate(_HOUSES):
        wall = ((44, 42, 72), (36, 50, 78), (54, 42, 66), (40, 46, 70), (48, 40, 62))[number]
        canvas.box(x, top + 34, width, 400 - top, wall)
        canvas.polygon([(x - 10, top + 38), (x + width / 2, top - 26), (x + width + 10, top + 38)], (24, 24, 44))
        canvas.line([(x - 10, top + 36), (x + width / 2, top - 28), (x + width + 10, top + 36)], (214, 222, 246), 6)
        canvas.box(x + width * 0.72, top - 26, 18, 40, (28, 26, 46))
        canvas.box(x + width * 0.72 - 2, top - 30, 22, 6, (214, 222, 246))
        canvas.box(x + width * 0.44, 352, 30, 60, (24, 22, 36))
    canvas.polygon([(0, 404), (427, 396), (WIDTH, 406), (WIDTH, HEIGHT), (0, HEIGHT)], (176, 188, 226))
    canvas.polygon([(0, 440), (WIDTH, 432), (WIDTH, HEIGHT), (0, HEIGHT)], (140, 154, 204))
    canvas.box(147, 238, 6, 178, (16, 16, 26))
    canvas.polygon([(134, 234), (166, 234), (158, 220), (142, 220)], (16, 16, 26))
    return canvas.image


@functools.cache
def valley_ground() -> Image.Image:
    canvas = Canvas(gradient(((0.0, (110, 186, 236)), (0.55, (214, 236, 226)), (1.0, (120, 170, 96)))))
    canvas.glow(690, 120, 260, (255, 250, 210), 0.7)
    for base, swell, pace, colour in (
        (196, 36, 0.011, (140, 184, 178)),
        (290, 40, 0.016, (104, 164, 112)),
        (362, 30, 0.021, (74, 140, 76)),
    ):
        line = [(x, base - swell * math.sin(pace * x + base)) for x in range(0, WIDTH + 8, 8)]
        canvas.polygon([*line, (WIDTH, HEIGHT), (0, HEIGHT)], colour)
    canvas.polygon([(300, HEIGHT), (380, 420), (430, 392), (470, 392), (520, 424), (640, HEIGHT)], (92, 168, 214))
    for tree in range(26):
        x, y = (tree * 131.3) % WIDTH, 404 + (tree * 47.7) % 64
        if not 280 < x < 640:
            canvas.box(x - 2, y, 4, 12, (90, 62, 44))
            canvas.disc(x, y - 8, 13, (48, 112, 60), squash=1.3)
    return canvas.image


@functools.cache
def dusk_ground() -> Image.Image:
    canvas = Canvas(
        gradient(
            (
                (0.0, (44, 34, 88)),
                (0.38, (170, 82, 128)),
                (0.62, (250, 150, 118)),
                (0.626, (92, 60, 110)),
                (1.0, (24, 24, 60)),
            )
        )
    )
    canvas.glow(300, 298, 300, (255, 200, 150), 0.5)
    canvas.polygon([(560, 300), (640, 262), (720, 252), (800, 268), (WIDTH, 258), (WIDTH, 300)], (62, 44, 88))
    for x, y in ((690, 266), (742, 262), (800, 276), (662, 280)):
        canvas.disc(x, y, 2.2, (255, 214, 130))
    return canvas.image
