"""Which voice speaks, in which language; and the voice with its cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from audiodesc.core import cache
from audiodesc.core.downloads import Downloads
from audiodesc.core.languages import english_name, may_be
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.media.clips import is_clip, read_wav, wav_bytes
from audiodesc.model import AudioTrack, Note, Outcome
from audiodesc.settings import VoiceSettings
from audiodesc.speak import EstimatingVoice, Voice, all_profiles, auto_profile, named_profile, profile, voice
from audiodesc.speak.finish import clip_fault, is_noise
from audiodesc.speak.lexicon import Lexicon, read_lexicon
from audiodesc.speak.profiles import Profile, plain_tag, speaks

ANYTHING = "1"
"""That every language can say."""

LONGEST_TEXT = 3000
"""Characters of one line, as it is spoken: three minutes."""


class Speak(Protocol):
    """A text at a rate -> its clip, made or cached. Raises ValueError where nothing is heard of it."""

    def __call__(self, text: str, rate: float, /) -> Path: ...


@runtime_checkable
class EstimatingSpeak(Speak, Protocol):
    """The same of a voice that knows about how long it will speak."""

    def estimate_ms(self, text: str, rate: float) -> int | None:
        """As `EstimatingVoice.estimate_ms`."""


def _named(name: str) -> Voice:
    return voice(named_profile(name))


@dataclass(frozen=True, slots=True)
class Narrator:
    """Who speaks: the voice of a profile, in `language` (BCP 47), with names spoken as the lexicon says; and notes on
    the choice. `other` gives the voice of another name, for lines that have one of their own; it raises an
    AudiodescError where that cannot be used."""

    profile: Profile
    voice: Voice
    lexicon: Lexicon
    language: str
    notes: tuple[Note, ...] = ()
    other: Callable[[str], Voice] = _named

    def reported(self, others: Iterable[str] = ()) -> dict[str, Any]:
        """For the report and the key of a result: what stands behind a name can change, so fingerprints are in it;
        those of the `others` that speak single lines too."""
        of = {name: self.other(name).fingerprint for name in sorted(set(others))}
        return {
            "language": self.language,
            "voice": self.profile.name,
            "voice_fingerprint": self.voice.fingerprint,
            "lexicon_fingerprint": self.lexicon.fingerprint,
            **({"line_voices": of} if of else {}),
        }


def choose_narrator(
    settings: VoiceSettings,
    track: AudioTrack | None,
    *,
    subtitles: str = "",
    script: str = "",
    own: Mapping[str, Mapping[str, Any]] | None = None,
    downloads: Downloads | None = None,
    progress: Progress = silent,
) -> Narrator:
    """The narrator; see `choose_voice`. `downloads` says whether its model may be fetched, None that it may not.

    `own` are the options of backends for this run, by the backend's name. Raises InputError where the lexicon has IPA
    and the voice takes none, and UsageError for a wrong option of the voice's engine.
    """
    chosen, language, notes = choose_voice(settings, track, subtitles=subtitles, script=script)

    def made(of: Profile) -> Voice:
        return voice(of, (own or {}).get(of.engine), downloads=downloads, progress=progress)

    spoken = made(chosen)
    lexicon = read_lexicon(Path(settings.lexicon)) if settings.lexicon else Lexicon()
    lexicon.check(spoken.takes_ipa)
    return Narrator(chosen, spoken, lexicon, language, notes, lambda name: made(named_profile(name)))


def choose_voice(
    settings: VoiceSettings, track: AudioTrack | None, *, subtitles: str = "", script: str = ""
) -> tuple[Profile, str, tuple[Note, ...]]:
    """The voice's profile, the language of the description (BCP 47), and what is to be said of the choice.

    `subtitles` and `script` are the languages that their texts are in, "" where that is not known. A voice that was
    asked for speaks its own language; otherwise that of the script is taken, else the film's by its tag, else the
    subtitles', or English where none is known or no voice speaks it. Of the voices that speak it a neural one is taken
    if its model is on this disk and can be used. Raises UsageError where a language is asked for that no voice speaks.
    """
    if settings.name not in (None, "auto"):
        chosen = profile(settings.name)
        language = plain_tag(settings.language or _unless_spoken(script, chosen) or chosen.language)
        return chosen, language, (*_foreign(chosen, settings.language), *_read(chosen, script, subtitles, settings))
    wanted, why = _wanted(settings, track, subtitles, script)
    chosen, reason = auto_profile(wanted)
    taken = Note("speak", f"the voice {chosen.name} speaks: {reason}")
    if speaks(chosen, wanted):
        return chosen, wanted, (taken, *why, *_read(chosen, script, subtitles, settings))
    if settings.language:
        known = ", ".join(sorted({one.language for one in all_profiles()}))
        raise UsageError(f"no voice speaks {settings.language!r}", f"choose one of: {known}; or give --voice")
    of = "script's" if script else "film's" if track and plain_tag(track.language) else "subtitles'"
    return (
        chosen,
        wanted if script else chosen.language,
        (Note("speak", f"no voice speaks the {of} language ({wanted}): English is spoken"), taken),
    )


def _wanted(
    settings: VoiceSettings, track: AudioTrack | None, subtitles: str, script: str
) -> tuple[str, tuple[Note, ...]]:
    """The language to speak, and why where neither the user nor the film says so."""
    if settings.language:
        return plain_tag(settings.language), ()
    film = plain_tag(track.language) if track else ""
    if script:
        if may_be(script, film or "en"):
            return film or plain_tag(script), ()
        message = f"the script is in {english_name(script)}, and is read by a voice of that language"
        return plain_tag(script), (Note("speak", f"{message}: another is chosen with --lang or --voice"),)
    if film:
        return film, ()
    if subtitles and not may_be(subtitles, "en"):
        name = english_name(subtitles)
        message = f"the film does not say its language, and its subtitles are in {name}: {name} is spoken"
        return plain_tag(subtitles), (Note("speak", f"{message}; --lang chooses another"),)
    return "en", ()


def _unless_spoken(script: str, chosen: Profile) -> str:
    """The language of a script that the voice does not speak: the words are heard in it all the same."""
    return "" if may_be(script, chosen.language) else script


def _read(chosen: Profile, script: str, subtitles: str, settings: VoiceSettings) -> Iterator[Note]:
    """What is said of a text that is in another language than the voice's."""
    if script and not may_be(script, chosen.language):
        tag = plain_tag(script)
        yield Note(
            "speak",
            f"the script is in {english_name(script)}, and the voice {chosen.name} speaks {chosen.language}: its words "
            f"will sound wrong; give --lang {tag}, or a --voice of that language (see `audiodesc voices`)",
        )
    elif not script and not settings.language and not may_be(subtitles, chosen.language):
        yield Note(
            "speak",
            f"the subtitles are in {english_name(subtitles)}, and the description is in "
            f"{english_name(chosen.language)}: give --lang {plain_tag(subtitles)} where that is wrong",
        )


def _foreign(chosen: Profile, language: str | None) -> Iterator[Note]:
    if language and not speaks(chosen, language):
        yield Note(
            "speak",
            f"the voice {chosen.name} speaks {chosen.language}, and the description is in {plain_tag(language)}: its "
            "words will sound wrong; choose another --voice (see `audiodesc voices`), or leave out --voice or --lang",
        )


def cached_voice(voice: Voice, lexicon: Lexicon, store: cache.Store) -> Speak:
    """The voice with a cache of its clips. Names are spoken as the lexicon says."""
    return _Cached(voice, lexicon, store)


def warm_up(voice: Voice) -> None:
    """Have the voice load what it needs, so that its first line is as quick as the others."""
    with suppress(ValueError, OSError, AudiodescError):  # raised again where a line is spoken
        voice.say(ANYTHING, 1.0)
        if isinstance(voice, EstimatingVoice):
            voice.estimate_ms(ANYTHING, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Cached:
    voice: Voice
    lexicon: Lexicon
    store: cache.Store

    def __call__(self, text: str, rate: float) -> Path:
        text = self._spoken(text)
        name = cache.key("say", 1, by=self.voice.fingerprint, text=text, rate=rate)
        place = self.store.path(name, ".wav")
        if is_clip(place):
            return place
        samples = self.voice.say(text, rate).samples
        if why := clip_fault(samples, text):
            raise ValueError(why)
        return self.store.put(name, ".wav", wav_bytes(samples))

    def estimate_ms(self, text: str, rate: float) -> int | None:
        """None too where the text cannot be spoken: why, `__call__` says."""
        if not isinstance(self.voice, EstimatingVoice):
            return None
        try:
            text = self._spoken(text)
            name = cache.key("estimate", 1, by=self.voice.fingerprint, text=text, rate=rate)
            about_ms = self.store.read_json(name, int)
            if about_ms is None and (about_ms := self.voice.estimate_ms(text, rate)) is not None:
                self.store.put_json(name, about_ms)
        except ValueError:
            return None
        return about_ms

    def _spoken(self, text: str) -> str:
        if len(text) > LONGEST_TEXT or len(text := self.lexicon.spoken(text)) > LONGEST_TEXT:
            raise ValueError(f"it has {len(text):,} characters, and a line has {LONGEST_TEXT:,} at most")
        return text


def noise_notes(outcomes: Iterable[Outcome]) -> tuple[Note, ...]:
    """A note where lines are spoken as noise: a voice's model may be broken without an error."""
    spoken = (outcome.speech for outcome in outcomes if outcome.speech)
    noisy = [speech for speech in spoken if is_noise(read_wav(speech.clip))]
    if not noisy:
        return ()
    lines = "1 line sounds" if len(noisy) == 1 else f"{len(noisy)} lines sound"
    first = f"{lines} like noise, not speech; the first is “{noisy[0].line.text}”"
    return (Note("speak", f"{first}: try another voice", noisy[0].span),)
