"""Characters that are not read: invisible marks, and signs that stand for brackets and notes."""

from __future__ import annotations

import re

JOINERS = "\u200c\u200d"
"""Letters of Persian, Arabic and India's languages need them; elsewhere they are as invisible as the others."""

BLANKS = "\u034f\u115f\u1160\u180b\u180c\u180d\u180e\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
"""What shows nothing and is of another category: fillers, an empty Braille cell, variation selectors."""

FORMATS = (
    (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E),
    (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE007F),
)  # fmt: skip
"""Unicode's category Cf, without the joiners and without what is seen: signs of Arabic numbers and of hieroglyphs."""

INVISIBLE: dict[int, str | None] = {
    **{code: None for first, last in FORMATS for code in range(first, last + 1)},
    **{ord(blank): None for blank in BLANKS},
    **{ord(line): "\n" for line in "\u2028\u2029\x85\v\f"},
}
EDGE = r"[\s\[\](){}♪♫♬♩#*.,:;!?\"'<>–—-]"
LONE = re.compile(rf"(?:(?<![^\n])|(?<={EDGE}))[{JOINERS}]+|[{JOINERS}]+(?={EDGE}|$)", re.MULTILINE)

GARBLED = re.compile("â™[ª«¬©]")
"""Notes whose UTF-8 was read as Windows' Western encoding and saved."""

NOTES = {"â™ª": "♪", "â™«": "♫", "â™¬": "♬", "â™©": "♩"}

AS_PLAIN = {
    "(": "（❨⟮﹙｟",
    ")": "）❩⟯﹚｠",
    "[": "［【〔〖〘〚｛≪＜❲⟦﹛",
    "]": "］】〕〗〙〛｝≫＞❳⟧﹜",
    "♪": "¶♯♭♮🎵🎶🎼𝄞",
    "~": "～〜",
    "#": "＃",
    "*": "＊",
    ":": "：",
    "!": "！",
    "?": "？",
    ",": "，",
}
PLAIN = {ord(sign): as_plain for as_plain, signs in AS_PLAIN.items() for sign in signs}
HASH = re.compile(r"^#(?=\s)", re.MULTILINE)
HASHES = re.compile(r"^#(?=\s)|(?<=\s)#$", re.MULTILINE)
STARRED = re.compile(r"(?<![\w*])\*(?:\*? ?)(?=[^\s*])[^*]{1,200}(?<![\s*])(?: ?\*?)\*(?![\w*])")
BRACED = re.compile(r"\{([^{}]*)\}")


def without_invisible(text: str) -> str:
    """The text without marks that nobody sees, each line break as "\\n", and notes that were garbled as notes."""
    text = text.translate(INVISIBLE)
    if any(joiner in text for joiner in JOINERS):
        text = LONE.sub("", text)
    return GARBLED.sub(lambda found: NOTES[found[0]], text)


def plain(text: str) -> str:
    """The text, letter by letter, with the brackets and notes of any script as [], () and ♪, to tell its kind."""
    text = BRACED.sub(r"[\1]", STARRED.sub(_bracket, text.translate(PLAIN)))
    return HASHES.sub("♪", text) if HASH.match(text.lstrip()) else text


def _bracket(starred: re.Match[str]) -> str:
    return f"[{starred[0][1:-1].replace('*', ' ')}]"
