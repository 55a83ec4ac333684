"""Lists of films: read, and checked before the first second of work."""

from audiodesc.batch.listing.check_model import DiskNeed, ListCheck, ListFault, ToFetch
from audiodesc.batch.listing.checking import check_list
from audiodesc.batch.listing.content import already_made, content_of, is_changed
from audiodesc.batch.listing.model import Listing
from audiodesc.batch.listing.pilot import Pilot, estimate, estimated_s, pilot_of
from audiodesc.batch.listing.reading import read_list

__all__ = [
    "DiskNeed",
    "ListCheck",
    "ListFault",
    "Listing",
    "Pilot",
    "ToFetch",
    "already_made",
    "check_list",
    "content_of",
    "estimate",
    "estimated_s",
    "is_changed",
    "pilot_of",
    "read_list",
]
