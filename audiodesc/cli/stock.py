"""Which voices and describers can be used here at once, and how the others are got."""

from __future__ import annotations

from audiodesc.describers.base import DescriberBackend
from audiodesc.errors import AudiodescError
from audiodesc.speak import engine
from audiodesc.speak.profiles import Profile

WITH_IT = "comes with audiodesc"
HERE = "on this disk"
ELSEWHERE = "not on this disk"
MISSING = "what runs it is not installed: see `audiodesc doctor`"

VOICES = "Models that are not on this disk: `audiodesc make FILM --voice NAME --yes` fetches one, once."
DESCRIBERS = (
    "Weights that are not on this disk: `audiodesc make FILM --describer NAME --yes` fetches them, once. "
    "`audiodesc doctor` says which of them this computer can run."
)


def of_voice(profile: Profile) -> str:
    """Where a shipped voice's model is."""
    maker = engine(profile)
    if not maker.availability().runs:
        return MISSING
    if maker.needs == "nothing":
        return WITH_IT
    return HERE if maker.on_disk(profile) else ELSEWHERE


def of_describer(entry: DescriberBackend) -> str:
    """Where a describer's weights are; the network is not used. "" for one that is named on the command line."""
    if entry.needs.startswith("nothing"):
        return WITH_IT
    try:
        on_disk = entry.on_disk()
    except AudiodescError:
        return MISSING
    if on_disk is None:
        return ""
    return HERE if on_disk else ELSEWHERE
