"""What films of one series share: cast, terms, voice, and the story so far, in a ledger that a person can edit.

`before_film` gives a film what the ledger knows from earlier episodes; `after_film` writes what this one adds.
"""

from audiodesc.batch.series.hooks import after_film, before_film, series_folder

__all__ = ["after_film", "before_film", "series_folder"]
