"""A made story of 20 shots: what a model answers about each, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Fault = Literal["early name", "look", "repeat", "craft"]
"""A name that only later dialogue gives; a look for somebody who has a name; a repeat; a rule of the craft."""

BOTH = ["Snow falls on the harbour.", "A bearded man in a blue coat waits on the quay."]
STORY: Sequence[tuple[str, Sequence[str], str]] = (
    # what is said before the shot, what the model answers, and what of that may be spoken
    ("", ["We see a harbour.", "Snow falls on the harbour."], "Snow falls on the harbour."),
    ("", ["Tom waits on the quay.", BOTH[1]], BOTH[1]),  # only later dialogue names him
    ("", ["A bearded man waits along the quay.", "A ferry glides past the lighthouse."], "A ferry glides past the lighthouse."),  # noqa: E501
    ("", ["Snow is falling on the harbour.", "Gulls circle above the mast."], "Gulls circle above the mast."),
    ("Tom, the ferry leaves!", ["Tom, the bearded man in a blue coat, lifts a crate."], "Tom, the bearded man in a blue coat, lifts a crate."),  # noqa: E501
    ("", ["The bearded man stacks the crate.", "Tom stacks the crate on a cart."], "Tom stacks the crate on a cart."),
    ("", ["A lonely girl watches.", "A girl in a yellow cap watches from the ferry."], "A girl in a yellow cap watches from the ferry."),  # noqa: E501
    ("", ["The girl in a yellow cap is sad.", "The girl in a yellow cap wipes her eyes."], "The girl in a yellow cap wipes her eyes."),  # noqa: E501
    ("", ["Tom stacks the crate on the cart.", "Tom wipes his brow."], "Tom wipes his brow."),
    ("", ["The camera shows the ferry.", "The ferry casts off."], "The ferry casts off."),
    ("Mia! Come here!", ["Mia, the girl in a yellow cap, leaps ashore."], "Mia, the girl in a yellow cap, leaps ashore."),  # noqa: E501
    ("", ["The girl in a yellow cap runs to Tom.", "Mia runs to Tom."], "Mia runs to Tom."),
    ("", ["The bearded man hugs Mia.", "Tom hugs Mia."], "Tom hugs Mia."),
    ("", ["Ben steps ashore.", "A tall man with a cane steps ashore."], "A tall man with a cane steps ashore."),
    ("", ["Mia runs to Tom.", "Mia hides behind the cart."], "Mia hides behind the cart."),
    ("", ["He wants to find her.", "The tall man with a cane searches the quay."], "The tall man with a cane searches the quay."),  # noqa: E501
    ("I am Ben.", ["Ben, the tall man with a cane, bows."], "Ben, the tall man with a cane, bows."),
    ("", ["The tall man with a cane opens a case.", "Ben opens a leather case."], "Ben opens a leather case."),
    ("", ["Ben opens the leather case.", "A silver flute gleams in the case."], "A silver flute gleams in the case."),
    ("", ["Snow falls on the harbour.", "Mia lifts the flute to her lips."], "Mia lifts the flute to her lips."),
)  # fmt: skip

FAULTS: Mapping[str, Fault] = {
    "We see a harbour.": "craft",
    "Tom waits on the quay.": "early name",
    "A bearded man waits along the quay.": "repeat",
    "Snow is falling on the harbour.": "repeat",
    "The bearded man stacks the crate.": "look",
    "A lonely girl watches.": "craft",
    "The girl in a yellow cap is sad.": "craft",
    "Tom stacks the crate on the cart.": "repeat",
    "The camera shows the ferry.": "craft",
    "The girl in a yellow cap runs to Tom.": "look",
    "The bearded man hugs Mia.": "look",
    "Ben steps ashore.": "early name",
    "Mia runs to Tom.": "repeat",
    "He wants to find her.": "craft",
    "The tall man with a cane opens a case.": "look",
    "Ben opens the leather case.": "repeat",
    "Snow falls on the harbour.": "repeat",
}
"""What is wrong with each answer that may not be spoken, where it is given."""
