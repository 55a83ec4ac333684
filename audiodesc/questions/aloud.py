"""An answer in the voice that speaks a film's lines."""

from __future__ import annotations

from audiodesc.core.downloads import Downloads
from audiodesc.core.languages import of_texts
from audiodesc.errors import UsageError
from audiodesc.model import Take
from audiodesc.narration.voice import LONGEST_TEXT, choose_narrator
from audiodesc.settings import Settings


def spoken(text: str, settings: Settings, language: str = "") -> Take:
    """The text in the voice of these choices; without one, in a voice of the text's language, else of `language` (BCP
    47, "": not known). Nothing is fetched. Raises UsageError for a text that cannot be spoken, and what
    `choose_narrator` raises."""
    plain = " ".join(text.split())
    script, downloads = of_texts([plain]) or language, Downloads(False, True)
    narrator = choose_narrator(settings.voice, None, script=script, own=settings.options, downloads=downloads)
    said = narrator.lexicon.spoken(plain)
    if len(said) > LONGEST_TEXT:
        raise UsageError(f"the answer has {len(said):,} characters", "ask for a shorter one with --short")
    try:
        return narrator.voice.say(said, 1.0)
    except ValueError as error:
        raise UsageError(f"the answer cannot be spoken: {error}", "choose another voice with --voice") from error
