"""Voices: what turns a line into sound.

A voice engine is one package and one row of `ENGINES`, or an entry point of the group `audiodesc.voices` in another
package; a voice is a profile, data that names an engine (`voices/*.toml`). `lexicon` changes how names are spoken
before any engine sees them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from audiodesc.core.downloads import Downloads
from audiodesc.core.plugins import Backend, own_options, with_plugins
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, InputError, MissingToolError, UsageError
from audiodesc.model import Take
from audiodesc.speak.coqui import COQUI
from audiodesc.speak.espeak import ESPEAK
from audiodesc.speak.kokoro import KOKORO
from audiodesc.speak.profiles import Profile, plain_tag, read_profile, shipped_profiles, speaks

GROUP: Final = "audiodesc.voices"
"""The group of entry points by which other packages add engines."""

log = logging.getLogger(__name__)


class Voice(Protocol):
    """What speaks: an engine with a profile.

    It is made in a moment, and without the network; all that can be known to be wrong is raised then.
    """

    @property
    def fingerprint(self) -> str:
        """All that the sound depends on: engine and version, model, voice, settings."""

    def takes_ipa(self, ipa: str) -> bool:
        """Whether `say` can speak this IPA where it stands between the marks of `lexicon`."""

    def say(self, text: str, rate: float) -> Take:
        """Speak `text` at `rate` times the natural speed (1 = natural, 1.15 = faster).

        Gives 48 kHz mono, silence trimmed at both ends, at the clips' common loudness (−23 LUFS): `finish_clip` of
        `audiodesc.speak.finish` makes that of any sound. The speed is the engine's own, never a time stretch: a voice
        without one speaks at its natural speed and says so in the take's `rate`. May be called from any thread.
        Raises ValueError when nothing can be heard of the text.
        """


@runtime_checkable
class EstimatingVoice(Voice, Protocol):
    """A voice that also knows how long it will speak, in far less time than it takes to speak: so that a text is not
    voiced at a rate at which it is too long."""

    def estimate_ms(self, text: str, rate: float) -> int | None:
        """About how long the clip of `say` will be; None where that is not known. The same at any time, for what is
        spoken depends on it. May be called from any thread."""


@runtime_checkable
class VoiceEngine(Backend, Protocol):
    """How to write a voice engine: what each row of `ENGINES` says of itself, besides `Backend`.

    `options` are at the same time what the table `[settings]` of a profile may hold and what a user may say for one run
    (`--option NAME.KEY=VALUE`): the latter are checked and laid over the profile's settings before the engine sees it;
    `checked_settings` of `audiodesc.speak.profiles` reads the profile's settings as these options.
    """

    @property
    def auto_rank(self) -> int:
        """Of the voices that can speak a language here, "auto" takes one of the engine with the highest rank, 0 being
        the built-in voice's. Below 0: only when a voice is asked for by name."""

    @property
    def install(self) -> str:
        """The shell command that installs what it needs, or installs it once more."""

    def profiles(self) -> Sequence[Profile]:
        """Voices of its own, besides those in the folder `voices/` of this package. Quick, without network."""

    def on_disk(self, profile: Profile) -> bool:
        """Whether a voice's model is on this disk, so that it can speak at once; True for one that needs none."""

    def fetch(self, profile: Profile, downloads: Downloads, progress: Progress) -> None:
        """Download what a voice needs and what is not on this disk, if `downloads` allows it.

        `progress` is given the stage "fetch" in megabytes. Raises an AudiodescError where it fails, or is not allowed.
        """

    def create(self, profile: Profile) -> Voice:
        """The voice that a profile describes, without the network.

        Raises InputError for a wrong profile, MissingToolError for what must be installed or downloaded first.
        """


ENGINES: Final[Mapping[str, VoiceEngine]] = {"coqui": COQUI, "espeak": ESPEAK, "kokoro": KOKORO}

FALLBACK: Final[VoiceEngine] = ESPEAK
"""Speaks where nothing else can: it needs no download and no GPU."""


def all_engines() -> Mapping[str, VoiceEngine]:
    """The engines of this package, and those that other packages register."""
    return with_plugins(ENGINES, GROUP, VoiceEngine)


def engine(profile: Profile) -> VoiceEngine:
    """The engine that a profile names. Raises InputError, which lists the known engines."""
    known = all_engines()
    if profile.engine not in known:
        raise InputError(
            f"voice {profile.name}: there is no engine {profile.engine!r}", f"choose one of: {', '.join(sorted(known))}"
        )
    return known[profile.engine]


def voice(
    profile: Profile,
    own: Mapping[str, Any] | None = None,
    *,
    downloads: Downloads | None = None,
    progress: Progress = silent,
) -> Voice:
    """The voice that a profile describes, with the engine's own options of this run laid over its settings.

    A model that is not on this disk is downloaded if `downloads` allows it; without it the network is not used.
    Raises InputError, which lists the known engines, UsageError for a wrong option, and what the engine raises.
    """
    maker = engine(profile)
    if own:
        checked = own_options(maker, own)
        profile = profile.with_settings({name: getattr(checked, name) for name in own})
    if downloads is not None and not maker.on_disk(profile):
        maker.fetch(profile, downloads, progress)
    return maker.create(profile)


def all_profiles() -> list[Profile]:
    """All voices that have a name, sorted by it: those that come with this package, and those of other packages."""
    found = {one.name: one for one in shipped_profiles()}
    for name in all_engines():
        for one in _own_profiles(name):
            if found.setdefault(one.name, one) is not one:
                log.warning("the voice %r of %s is ignored: there is one of that name already", one.name, name)
    return sorted(found.values(), key=lambda one: one.name)


def profile(name_or_path: str) -> Profile:
    """The voice of that name, or the profile in that file (a path, or a name with `.toml`).

    Raises UsageError, which lists the names that are like it, and InputError for a file that is missing or wrong.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return read_profile(Path(name_or_path))
    return named_profile(name_or_path, " (or give the path of a .toml file)")


def named_profile(name: str, also: str = "") -> Profile:
    """The voice of that name. Raises UsageError, which lists the names that are like it; `also` ends its advice."""
    known = {one.name: one for one in all_profiles()}
    if name not in known:
        near = get_close_matches(name, known)
        remedy = f"did you mean {', '.join(near)}? " if near else ""
        raise UsageError(f"there is no voice {name[:60]!r}", f"{remedy}`audiodesc voices` lists all{also}")
    return known[name]


def is_ready(profile: Profile) -> bool:
    """Whether a voice can speak here at once: its engine runs, and its model is on this disk."""
    maker = all_engines().get(profile.engine)
    return maker is not None and maker.availability().runs and maker.on_disk(profile)


def auto_profile(language: str) -> tuple[Profile, str]:
    """The voice that "auto" takes for a language (BCP 47 tag or ISO 639-2 code), and why.

    It is the best that can speak here; where there is none better, or none that speaks the language, that of
    `default_profile`.
    """
    why_not = "no neural voice's model for its language is on this disk"
    for candidate in auto_profiles(language):
        try:
            engine(candidate).create(candidate)
        except AudiodescError as error:
            why_not = str(error)
        else:
            return candidate, "its model is on this disk"
    return default_profile(language), why_not + _how_to_get_one(language)


def auto_profiles(language: str) -> list[Profile]:
    """The voices better than the built-in one that speak a language and whose models are on this disk, best first.

    The engine's rank counts first, then the same region; of equals, the shortest name wins, then the alphabet. A model
    whose licence bars some uses has to be asked for by name. Nothing heavy is imported.
    """
    return [one for one in _better_profiles(language) if engine(one).on_disk(one)]


def _better_profiles(language: str) -> list[Profile]:
    """The same, whether their models are here or not."""
    rank = {name: maker.auto_rank for name, maker in all_engines().items()}
    better = [one for one in all_profiles() if rank.get(one.engine, -1) > FALLBACK.auto_rank]
    can = [one for one in better if speaks(one, language) and _is_free(one)]
    return sorted(can, key=lambda one: (-rank[one.engine], *_nearness(one, language)))


def _how_to_get_one(language: str) -> str:
    """For whom the built-in voice speaks: the best voice that can run here and has to be fetched."""
    for one in _better_profiles(language):
        maker = engine(one)
        if maker.availability().runs and not maker.on_disk(one):
            return f"; `audiodesc voices --get {one.name}` gets one ({maker.needs})"
    return ""


def default_profile(language: str) -> Profile:
    """The built-in voice that speaks a language best, by BCP 47 tag or ISO 639-2 code.

    The same region comes first, then the same language ("en" itself is British), then English: ask
    `speaks` whether it came to that. Of equals, the shortest name wins, then the alphabet. Raises MissingToolError
    where no profile is installed.
    """
    built_in = [one for one in shipped_profiles() if one.engine == FALLBACK.name]
    for spoken in (language, "en"):
        if candidates := [one for one in built_in if speaks(one, spoken)]:
            return min(candidates, key=lambda one: _nearness(one, spoken))
    raise MissingToolError("the voice profiles that come with audiodesc are missing", "install audiodesc again")


def _nearness(profile: Profile, language: str) -> tuple[bool, int, str]:
    return plain_tag(profile.language) != plain_tag(language), len(profile.name), profile.name


def _is_free(profile: Profile) -> bool:
    return "LicenseRef" not in profile.licence and "-NC" not in profile.licence


@cache
def _own_profiles(name: str) -> tuple[Profile, ...]:
    """An engine's own voices. What a stranger's engine raises costs one warning, not the run."""
    try:
        return tuple(one for one in all_engines()[name].profiles() if isinstance(one, Profile))
    except Exception as error:
        log.warning("the voices of %s cannot be listed (%s): they are ignored", name, error)
        return ()
