"""Words of CEA-608, as line 21 carries them."""

from __future__ import annotations


def parity(byte: int) -> int:
    return byte | (0x80 if byte.bit_count() % 2 == 0 else 0)


def cc(*codes: int) -> list[str]:
    """Control words of CEA-608, each sent twice."""
    return [f"{parity(code >> 8):02x}{parity(code & 0xFF):02x}" for code in codes for _ in range(2)]


def cc_text(text: str) -> list[str]:
    data = [parity(ord(letter)) for letter in text]
    data += [0x80] * (len(data) % 2)
    return [f"{a:02x}{b:02x}" for a, b in zip(data[::2], data[1::2], strict=True)]


RCL, EOC, EDM, ENM, RU2, RDC, CR, ROW_14, ROW_15, RU3, BS = (
    0x1420,
    0x142F,
    0x142C,
    0x142E,
    0x1425,
    0x1429,
    0x142D,
    0x1440,
    0x1460,
    0x1426,
    0x1421,
)

Sent = dict[int, bytes]
"""What is sent with which frame: words of two bytes."""

SECOND = {0x1420, 0x1425, 0x1426, 0x1427, 0x1429, 0x142A, 0x142B, 0x142C, 0x142D, 0x142E, 0x142F}
"""Commands that the second field has at 0x15.."""


def words(*parts: int | str) -> list[str]:
    """Codes and texts in order."""
    return [word for part in parts for word in (cc_text(part) if isinstance(part, str) else cc(part))]


def channel(number: int, *parts: int | str) -> list[str]:
    """The same for one of the four channels: of the second field are 3 and 4."""

    def code(part: int) -> int:
        return part | (0x0100 if number > 2 and part in SECOND else 0) | (0x0800 if number % 2 == 0 else 0)

    return words(*(part if isinstance(part, str) else code(part) for part in parts))


def sent(*bursts: tuple[int, list[str]]) -> Sent:
    """One word with each frame, from these frames on; where two bursts meet they share a frame."""
    frames: Sent = {}
    for first, burst in bursts:
        for frame, word in enumerate(burst, first):
            frames[frame] = frames.get(frame, b"") + bytes.fromhex(word)
    return frames


def popped(frame: int, until: int, text: str, number: int = 1) -> list[tuple[int, list[str]]]:
    """A pop-on caption that is shown with that frame and erased with the other; it is sent before."""
    rows = text.split("\n")
    placed = [part for row, line in zip((ROW_14, ROW_15)[-len(rows) :], rows, strict=True) for part in (row, line)]
    before = channel(number, RCL, ENM, *placed)
    return [(frame - len(before), before), (frame, channel(number, EOC)), (until, channel(number, EDM))]
