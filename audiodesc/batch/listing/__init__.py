"""Lists of films: read, and checked before the first second of work."""

from audiodesc.batch.listing.model import Listing
from audiodesc.batch.listing.reading import read_list

__all__ = ["Listing", "read_list"]
