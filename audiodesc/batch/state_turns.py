"""Which queued films begin next: first queued first, and where films have several owners, these take turns."""

from __future__ import annotations

from typing import Any, Final

from audiodesc.batch.state_file import StateFile
from audiodesc.batch.state_rows import COLUMNS

ONE_OWNER: Final = "AND owner = :owner"
STARTABLE: Final = f"""
SELECT {COLUMNS} FROM films WHERE id IN (
    SELECT id FROM (
        SELECT * FROM (
            SELECT id, position FROM films WHERE state = 'queued' AND series = '' {{of}}
            ORDER BY position LIMIT :most)
        UNION ALL
        SELECT id, position FROM films WHERE id IN (
            SELECT (SELECT id FROM films WHERE state = 'queued' AND owner = one.owner AND series = one.series
                    AND series <> '' ORDER BY episode, position LIMIT 1)
            FROM (SELECT DISTINCT owner, series FROM films WHERE state = 'queued' AND series <> '' {{of}}) AS one
            WHERE NOT EXISTS (SELECT 1 FROM films WHERE state = 'running' AND owner = one.owner
                              AND series = one.series AND series <> '')))
    ORDER BY position LIMIT :most)
ORDER BY position"""  # noqa: S608
"""The first films without a series, and of each series the first episode, where none of it runs."""

OWNERS: Final = """
WITH RECURSIVE one (owner) AS (
    SELECT min(owner) FROM films
    UNION ALL SELECT (SELECT min(owner) FROM films WHERE owner > one.owner) FROM one WHERE owner IS NOT NULL)
SELECT owner, (SELECT count(*) FROM films WHERE films.owner = one.owner AND state = 'running') FROM one
WHERE owner IS NOT NULL"""
"""With how many of their films run, from an index: there may be many films of few owners."""

LATEST: Final = """
SELECT owner FROM films WHERE id = (SELECT film FROM log WHERE what = 'running' ORDER BY number DESC LIMIT 1)"""


def startable(file: StateFile, most: int) -> list[tuple[Any, ...]]:
    """The rows of queued films that may begin now, `most` of them, in the order in which they are to. The owner with
    the fewest films in hand comes first; among equals, those after the owner whose film began last."""
    owners = file.read(OWNERS)
    if len(owners) < 2:
        return file.read(STARTABLE.format(of=""), {"most": most})
    latest = next((row[0] for row in file.read(LATEST)), "")
    found = []
    for owner, running in owners:
        rows = file.read(STARTABLE.format(of=ONE_OWNER), {"most": most, "owner": owner})
        found += [((number, owner <= latest, owner), row) for number, row in enumerate(rows, running)]
    return [row for _, row in sorted(found, key=lambda one: one[0])[:most]]
