"""Many clients of a service at once, some of which break off what they send. For the tests, and for the benchmark."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Final, Literal
from urllib.parse import urlsplit

import httpx2

Kind = Literal["broken", "slow", "again", "twice"]
KINDS: Final[tuple[Kind, ...]] = ("broken", "slow", "again", "twice")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client came to: jobs that were done, and answers that it should not have got."""

    WANTED: ClassVar[dict[Kind, int]] = {"broken": 0, "slow": 1, "again": 1, "twice": 2}
    kind: Kind
    jobs: int
    faults: tuple[str, ...]
    took_s: float


async def assail(
    address: str, keys: Sequence[str], count: int, seed: int, size: int = 200_000, patience_s: float = 120.0
) -> list[Outcome]:
    """So many clients at once at a service, each with one of the keys; uploads have about `size` bytes."""
    chance = random.Random(seed)
    orders = [
        (KINDS[number % len(KINDS)], keys[number // 4 % len(keys)], chance.randrange(1 << 30))
        for number in range(count)
    ]
    limits = httpx2.Limits(max_connections=count)
    async with httpx2.AsyncClient(base_url=address, timeout=patience_s, trust_env=False, limits=limits) as client:
        return list(await asyncio.gather(*(_one(client, address, *order, size, patience_s) for order in orders)))


async def _one(
    client: httpx2.AsyncClient, address: str, kind: Kind, key: str, seed: int, size: int, patience_s: float
) -> Outcome:
    chance, faults, jobs, began = random.Random(seed), [], 0, monotonic()
    of = _Client(client, address, {"Authorization": f"Bearer {key}"}, monotonic() + patience_s)
    try:
        if kind in ("broken", "again"):
            await of.broken_off(chance, size)
        for number in range(Outcome.WANTED[kind]):
            film = await of.upload(chance.randbytes(chance.randrange(1, size)), pause_s=0.02 if kind == "slow" else 0.0)
            jobs += await of.made(film, f"{seed}-{number}")
    except AssertionError as error:
        faults.append(str(error))
    return Outcome(kind, jobs, tuple(faults), monotonic() - began)


@dataclass(frozen=True, slots=True)
class _Client:
    client: httpx2.AsyncClient
    address: str
    headers: dict[str, str]
    end: float

    async def broken_off(self, chance: random.Random, size: int) -> None:
        """Say that a file comes, send a part of it, and go."""
        parts = urlsplit(self.address)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = ["POST /v1/films?name=broken.mp4 HTTP/1.1", "Host: x", f"Content-Length: {size}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        writer.write("\r\n".join([*head, "", ""]).encode() + chance.randbytes(chance.randrange(size)))
        try:
            await writer.drain()
            await asyncio.sleep(chance.random() / 10)
            if chance.random() < 0.5:
                writer.transport.abort()  # a reset, else an end
            writer.close()
            await writer.wait_closed()
        except OSError:
            pass

    async def upload(self, content: bytes, pause_s: float) -> str:
        """Send a file, again where others take all places; its id."""
        while True:

            async def chunks() -> AsyncIterator[bytes]:
                for at in range(0, len(content), 20_000):
                    yield content[at : at + 20_000]
                    await asyncio.sleep(pause_s)

            try:
                answer: httpx2.Response | None = await self._asked("POST", "/v1/films?name=film.mp4", content=chunks())
            except httpx2.HTTPError:  # hung up on while it sends what is refused
                answer = None
            if answer is not None and answer.status_code != 429:
                assert answer.status_code == 201, answer.text
                return str(answer.json()["id"])
            assert monotonic() < self.end, "no place was free"
            await asyncio.sleep(0.2)

    async def made(self, film: str, key: str) -> int:
        """Have it described, asked for twice with one key; 1 once it is done."""
        headers = {"Idempotency-Key": key}
        both = await asyncio.gather(*(self._asked("POST", "/v1/jobs", json={"film": film}, more=headers) for _ in "ab"))
        assert [one.status_code for one in both] == [201, 201], [one.text for one in both]
        assert both[0].json()["id"] == both[1].json()["id"], "two jobs for one key"
        while True:
            answer = await self._asked("GET", f"/v1/jobs/{both[0].json()['id']}")
            assert answer.status_code == 200, answer.text
            if answer.json()["state"] in ("done", "failed", "skipped"):
                assert answer.json()["state"] == "done", answer.text
                return 1
            assert monotonic() < self.end, "it is not done"
            await asyncio.sleep(0.1)

    async def _asked(
        self, method: str, path: str, more: dict[str, str] | None = None, **given: object
    ) -> httpx2.Response:
        made: httpx2.Response = await self.client.request(method, path, headers=self.headers | (more or {}), **given)  # type: ignore[arg-type]
        assert made.status_code < 500, f"{method} {path}: {made.status_code} {made.text}"
        return made
