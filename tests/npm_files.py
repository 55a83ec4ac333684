"""Files of packages of npm that tests play films with: fetched once, checked, and kept in the user's cache."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

SHAKA = (
    "shaka-player@5.2.12",
    "sha512-vEsuVDI3+oLh+yqpjXexQZlg2XMUBI0VrqatDuKWacPaxAud6Uph5uCowUPLhUgNG5XKWCpoM4l1r8qYzWH+zg==",
    "dist/shaka-player.dash.js",
)
DASH_JS = (
    "dashjs@5.2.1",
    "sha512-axcJmLeJCTJMLUfQRErUJB1KOiU5iHF+DMLBc3FKeox1HPYtGUQlC6Xm5Mm6vhBUR3CHHLIPOqw0JDIqMtP+Dw==",
    "dist/modern/umd/dash.all.min.js",
)


def npm_file(package: str, integrity: str, member: str) -> Path:
    """A file of a package ("name@version") whose tarball has this hash; the test is skipped where it cannot be had."""
    cache = Path.home() / ".cache/audiodesc-tests"
    path = cache / package / member
    if path.exists():
        return path
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = cache / f"{package}.{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), package]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        tarball = next(folder.glob("*.tgz"), None)
        if done.returncode or not tarball:
            pytest.skip(f"{package} cannot be had: {done.stderr.strip()[-200:]}")
        found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        assert f"sha512-{found}" == integrity, f"{package} is not what it was"
        with tarfile.open(tarball) as archive:
            content = archive.extractfile(f"package/{member}")
            assert content
            part = folder / "part"
            part.write_bytes(content.read())
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
    finally:
        shutil.rmtree(folder)
    return path
