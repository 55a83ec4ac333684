"""A process that uses eSpeak NG once and ends; `espeak.py` runs it by its path, and says why.

Arguments: the library's path, the voice, and options; in the current folder lies the library's data. Standard
input is text (UTF-8). Standard output is one line with the sampling rate in Hz and the library's version, then
the result: int16 samples of the text or, with the option `ipa`, how each line of it is pronounced, a line for a
line. The option `mnemonics` lets the text hold phonemes in double square brackets; an option of the form
number=value sets a parameter of the library, and most=SECONDS ends the process with TOO_LONG where there is more sound
than that. It uses nothing but the standard library, so that it starts fast.
"""

from __future__ import annotations

import ctypes
import os
import sys

NO_LIBRARY, NO_DATA, NO_VOICE, TOO_LONG = 10, 11, 12, 13  # exit codes
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_PHONEMES = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)
# from speak_lib.h
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _FROM_CHARACTER, _MNEMONICS, _IPA = 2, 0x8000, 1, 1, 0x100, 2


def main(place: str, voice: str, options: list[str]) -> int:
    try:
        library = ctypes.CDLL(place)
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 (the other side reads it)
        return NO_LIBRARY
    # a relative path: the library cuts its data's path off at 160 bytes
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DO_NOT_EXIT)
    if rate_hz <= 0:
        return NO_DATA
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # else by the clock: breathy voices would never be the same
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        return NO_VOICE
    most = 0
    for option in options:
        number, equals, value = option.partition("=")
        if number == "most":
            most = int(value) * rate_hz
        elif equals:
            library.espeak_SetParameter(int(number), int(value), 0)
    flags = _UTF8 | (_MNEMONICS if "mnemonics" in options else 0)
    text = sys.stdin.buffer.read()
    result = _pronounced(library, text, flags) if "ipa" in options else _spoken(library, text, flags, most)
    if most and len(result) > 2 * most:
        return TOO_LONG
    _write(b"%d %s\n" % (rate_hz, _version(library)), result)
    return 0


def _version(library: ctypes.CDLL) -> bytes:
    library.espeak_Info.restype = ctypes.c_char_p
    version: bytes = library.espeak_Info(None)
    return version


def _spoken(library: ctypes.CDLL, text: bytes, flags: int, most: int = 0) -> bytes:
    """At `most` samples (0: any number) the callback stops the library; a few more than that may come."""
    chunks: list[bytes] = []
    collected = 0

    def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        nonlocal collected
        if samples and count > 0:
            chunks.append(ctypes.string_at(samples, 2 * count))
            collected += count
        return int(0 < most < collected)

    callback = _CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, _FROM_CHARACTER, 0, flags, None, None)
    return b"".join(chunks)


def _pronounced(library: ctypes.CDLL, text: bytes, flags: int) -> bytes:
    """IPA of each line. Only while it speaks does the library read mnemonics; it also prints, to nowhere."""
    clauses: list[bytes] = []

    def collect(phonemes: bytes) -> int:
        clauses.append(phonemes)
        return 0

    callback = _PHONEMES(collect)
    library.espeak_SetPhonemeCallback(callback)
    fopen = ctypes.CDLL(None).fopen
    fopen.restype = ctypes.c_void_p
    library.espeak_SetPhonemeTrace(_IPA, ctypes.c_void_p(fopen(os.devnull.encode(), b"w")))
    lines = []
    for line in text.split(b"\n"):
        clauses.clear()
        _spoken(library, line, flags)
        lines.append(b" ".join(clause.strip() for clause in clauses))
    return b"\n".join(lines)


def _write(*parts: bytes) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
