"""A file is taken while it comes: counted, to a temporary name, and moved when it is whole; else nothing is left."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import unicodedata
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Final
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request

from audiodesc.core.files import DISK_FULL
from audiodesc.errors import OutputError
from audiodesc.review.problems import ProblemError
from audiodesc.service.config import Tenant
from audiodesc.service.kept import Upload
from audiodesc.service.quotas import check_disk, check_uploads
from audiodesc.service.refusals import stopping, unusable
from audiodesc.service.service import COMING, Service

log = logging.getLogger(__name__)

BLOCK: Final = 1 << 20
"""Bytes that are written at once."""

SLOWEST: Final = 4_096
"""Bytes a second that an upload has on average after its first while; a slower one would hold a place for ever."""

LONGEST_NAME: Final = 120
"""Bytes of a name, to which results add their own ends."""


def safe_name(given: str) -> str:
    """A name for a file of any system, from what a client calls it. Raises ProblemError (422) where nothing is left."""
    text = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    text = text.replace("\\", "/").rpartition("/")[2]
    text = "".join("_" if one in '<>:"|?*%' or not one.isprintable() else one for one in text).strip(" .-")
    stem, dot, end = text.rpartition(".")
    if not dot:
        stem, end = text, ""
    room = LONGEST_NAME - len(f"{dot}{end}".encode())
    stem = stem.encode()[: max(room, 0)].decode(errors="ignore").strip()
    if not stem or room <= 0:
        raise unusable("the file has no name", "give one such as ?name=film.mp4")
    return f"{stem}{dot}{end}"


async def take(service: Service, tenant: Tenant, request: Request, given: str) -> Upload:
    """A file that is the body of a request. Raises ProblemError: 413 or 507 where it is too large, 408 where it is too
    slow, 400 where it was broken off; OutputError where the disk is full."""
    if service.is_stopping:
        raise stopping()
    name, id = safe_name(given), uuid4().hex
    length = request.headers.get("content-length", "")
    declared = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0
    folder = service.folder / COMING / id
    with service.uploads.one(tenant.name):
        try:
            _check_size(service, declared)
            await asyncio.to_thread(check_uploads, service, tenant)
            await asyncio.to_thread(check_disk, service, tenant, declared)
            folder.mkdir()
            size = await _written(service, tenant, request, folder / name)
            return await asyncio.to_thread(_kept, service, tenant, folder, Upload(id, tenant.name, name, size, 0.0))
        except ClientDisconnect:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "the upload was broken off", "send it again") from None
        except OSError as error:
            raise _full(error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


async def _written(service: Service, tenant: Tenant, request: Request, path: Path) -> int:
    """Write a body to a file; how many bytes it had."""
    size, waiting = 0, bytearray()
    counted = 0
    try:
        with path.open("xb") as file:
            async for chunk in _in_time(request.stream(), service.config.server.upload_idle_s):
                size += len(chunk)
                waiting += chunk
                service.coming[tenant.name] += len(chunk)
                counted += len(chunk)
                _check_size(service, size)
                if service.is_stopping:
                    raise stopping()
                if len(waiting) >= BLOCK:
                    await asyncio.to_thread(_write, service, tenant, file, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(_write, service, tenant, file, bytes(waiting))
            await asyncio.to_thread(_sync, file)
    finally:
        service.coming[tenant.name] -= counted
    if not size:
        raise unusable("the file is empty", "send its content as the body")
    return size


async def _in_time(chunks: AsyncIterator[bytes], idle_s: float) -> AsyncIterator[bytes]:
    """The chunks of a body. Raises ProblemError (408) where one does not come for so long, or all come too slowly."""
    began, size = monotonic(), 0
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), idle_s)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow(f"nothing came for {idle_s:g} s") from None
        size += len(chunk)
        took_s = monotonic() - began
        if took_s > idle_s and size < (took_s - idle_s) * SLOWEST:
            raise _too_slow(f"it came slower than {SLOWEST // 1024} KiB/s")
        yield chunk


def _write(service: Service, tenant: Tenant, file: BinaryIO, block: bytes) -> None:
    check_disk(service, tenant, 1)
    file.write(block)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _kept(service: Service, tenant: Tenant, folder: Path, upload: Upload) -> Upload:
    """Move a whole file to its place."""
    place = service.upload_folder(tenant.name, upload.id)
    made = Upload(upload.id, upload.tenant, upload.name, upload.bytes, service.clock())
    with service.door:
        check_uploads(service, tenant)
        check_disk(service, tenant, upload.bytes)
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)
        try:
            with service.kept.writing() as db:
                values = (made.id, made.tenant, made.name, made.bytes, made.at)
                db.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", values)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
    log.info("upload", extra={"tenant": tenant.name, "file": made.id, "bytes": made.bytes})
    return made


def _check_size(service: Service, size: int) -> None:
    most = service.config.server.largest_upload_gb
    if size > most * 1e9:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it is larger than {most:g} GB", "send a smaller file")


def _too_slow(fault: str) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_TIMEOUT, fault, "send it again")


def _full(error: OSError) -> OutputError:
    why = "no room left" if error.errno in DISK_FULL else str(error.strerror)
    return OutputError(f"the upload cannot be written ({why})", "try again later")
