"""Vectors of moments in the index, and the search for those that are nearest to a question's.

They are kept as 8-bit numbers, and all are compared: by sqlite-vec where Python's SQLite can load it, else by NumPy, a
block at a time. It is with `store` what speaks SQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from heapq import nlargest
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.progress import Progress, silent
from audiodesc.search.documents import Field
from audiodesc.search.embedding import AT_ONCE, Embedding, Vectors
from audiodesc.search.moments import Moment
from audiodesc.search.store import MOST_OF_PROJECT, IndexStore, Limits, hash_of, named

READ: Final[tuple[Field, ...]] = ("line", "seen", "who", "place", "text", "said", "sound")
"""The fields that a vector is of, those first that count most: a model reads only the beginning of a long text."""

LONGEST: Final = 1_000
"""Characters of a moment that a model is given."""

BLOCK: Final = 16_384
"""Vectors that are compared at once: 6 MB of 384 numbers each."""

WRITTEN_AT_ONCE: Final = 1_024

MODEL: Final = "model"
"""The name under which the index has the identity of the model that its vectors are of."""


def update_vectors(store: IndexStore, embedding: Embedding, progress: Progress = silent) -> int:
    """Make the vectors that are missing, and all anew where they are another model's. Gives back how many were made."""
    run = store.connection.execute
    if _model(store) != embedding.identity:
        with store.writing():
            run("DELETE FROM vectors")
            run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (MODEL, embedding.identity))
    with named(store.path):
        missing = [id for (id,) in run("SELECT id FROM moments WHERE id NOT IN (SELECT id FROM vectors)")]
    for at in range(0, len(missing), WRITTEN_AT_ONCE):
        found = list(store.moments(missing[at : at + WRITTEN_AT_ONCE]))
        made = []
        for number in range(0, len(found), AT_ONCE):
            some = found[number : number + AT_ONCE]
            vectors = embedding.documents([text_of(one.moment) for one in some])
            made += [(one.id, hash_of(one.moment), packed(v)) for one, v in zip(some, vectors, strict=True)]
            progress("embed", at + len(made), len(missing))
        with store.writing():
            if _model(store) == embedding.identity:  # nobody came with another one
                store.connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", made)
    return len(missing)


def _model(store: IndexStore) -> str:
    with named(store.path):
        found = store.connection.execute("SELECT value FROM facts WHERE name = ?", (MODEL,)).fetchone()
    return str(found[0]) if found else ""


def text_of(moment: Moment) -> str:
    """What a model is given of a moment."""
    texts = (moment.texts.get(field, "") for field in READ)
    return ". ".join(text.rstrip(".") for text in texts if text)[:LONGEST]


def packed(vector: Vectors) -> bytes:
    """A vector of length 1 as 8-bit numbers."""
    return np.clip(np.rint(vector * 127), -127, 127).astype(np.int8).tobytes()


def nearest(store: IndexStore, question: Vectors, limits: Limits, most: int) -> list[tuple[int, float]]:
    """The moments that are nearest to a question, by number, each with the cosine of the angle between; the nearest
    first."""
    asked = packed(question)
    with named(store.path):
        if limits == Limits() and load_vectors_module(store.connection):
            rows = store.connection.execute(NEAREST, (len(asked), asked, most))
            return [(id, 1 - distance) for id, distance in rows]
        return nlargest(most, _compared(store, np.frombuffer(asked, np.int8), limits), key=lambda pair: pair[1])


NEAREST: Final = (
    "SELECT id, vec_distance_cosine(vec_int8(vector), vec_int8(?2)) AS distance FROM vectors WHERE length(vector) = ?1 "
    "ORDER BY distance LIMIT ?3"
)
WITHIN: Final = (
    "SELECT vectors.id, vector FROM vectors JOIN moments ON moments.id = vectors.id "
    "WHERE length(vector) = ? AND start_ms < ? AND end_ms >= ?"
)


def _compared(store: IndexStore, asked: NDArray[np.int8], limits: Limits) -> Iterator[tuple[int, float]]:
    """Each vector's number and its cosine."""
    wanted = _of_length_1(asked.astype(np.float32).reshape(1, -1))[0]
    rows = store.connection.execute(WITHIN, (len(asked), limits.end_ms, limits.start_ms))
    allowed = limits.projects
    while several := rows.fetchmany(BLOCK):
        if allowed is not None:
            several = [row for row in several if row[0] // MOST_OF_PROJECT in allowed]
        block = np.frombuffer(b"".join(vector for _, vector in several), np.int8).reshape(-1, len(asked))
        cosines = _of_length_1(block.astype(np.float32)) @ wanted
        yield from zip((id for id, _ in several), map(float, cosines), strict=True)


def _of_length_1(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1.0)
    return vectors / lengths


def load_vectors_module(connection: sqlite3.Connection) -> bool:
    """Load sqlite-vec; False where it is not installed, or this Python's SQLite loads no modules."""
    if not hasattr(connection, "enable_load_extension") or find_spec("sqlite_vec") is None:
        return False
    import sqlite_vec

    try:
        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
    except (sqlite3.Error, AttributeError):
        return False
    finally:
        connection.enable_load_extension(False)
    return True
