"""What a service keeps: messages that wait."""

from __future__ import annotations

from pathlib import Path

from audiodesc.service.kept import Kept


def waiting(kept: Kept, id: str, tenant: str, url: str, due: float, state: str = "waiting") -> None:
    with kept.writing() as db:
        db.execute("INSERT INTO messages VALUES (?, ?, ?, '{}', ?, ?, 0, ?)", (id, tenant, url, due, due, state))


def test_messages_of_a_dead_receiver_are_put_off_together(tmp_path: Path) -> None:
    with Kept(tmp_path) as kept:
        for number in range(3):
            waiting(kept, f"a{number}", "ann", "https://dead", number)
        waiting(kept, "b", "ann", "https://alive", 5)
        kept.put_off("ann", "https://dead", 20)
        assert [one.id for one in kept.due(10)] == ["b"]


def test_the_tenant_that_waited_longest_is_first(tmp_path: Path) -> None:
    with Kept(tmp_path) as kept:
        for tenant in ("ann", "bob", "eve"):
            waiting(kept, tenant, tenant, "https://x", ord(tenant[0]))
        kept.note_sending("ann")
        kept.note_sending("bob")
        kept.note_sending("ann")
        assert [one.tenant for one in kept.due(1000)] == ["eve", "bob", "ann"]


def test_messages_that_were_given_up_are_forgotten(tmp_path: Path) -> None:
    with Kept(tmp_path) as kept:
        waiting(kept, "old", "ann", "https://x", 1, "given up")
        waiting(kept, "new", "ann", "https://x", 9, "given up")
        waiting(kept, "still", "ann", "https://x", 1)
        kept.forget_given_up(5)
        assert [row[0] for row in kept.read("SELECT id FROM messages ORDER BY id")] == ["new", "still"]
