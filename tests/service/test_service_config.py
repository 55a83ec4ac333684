"""The config is read with care, and what is wrong with it is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.cli import serving
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.service.config import read_config
from audiodesc.service.keys import LONGEST, caller_of, hash_of, new_key
from audiodesc.service.signing import new_secret, secret_of

HASH = "0" * 64
WHOLE = f"""
[server]
folder = "data"
port = 9000
stores = ["films", "s3://bucket/in/"]
describers = ["basic"]

[choices.voice]
language = "de"

[[tenant]]
name = "ann"
disk_gb = 500
film_minutes = 600
per = "month"
stores = ["anns", "s3://ann/"]

[[tenant.key]]
sha256 = "{HASH}"
name = "chain"
scopes = ["submit", "read"]
rate = 60

[tenant.webhook]
url = "https://hooks.example.com/ann"
secret_file = "ann.secret"
allow = ["https://hooks.example.com/"]
"""


def written(folder: Path, text: str = WHOLE) -> Path:
    (folder / "ann.secret").write_text(new_secret())
    path = folder / "service.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_config_is_read_with_paths_beside_it(tmp_path: Path) -> None:
    config = read_config(written(tmp_path))
    tenant = config.tenants[0]
    assert config.folder == tmp_path / "data"
    assert config.server.stores == (str(tmp_path / "films"), "s3://bucket/in/")
    assert config.choices == {"voice": {"language": "de"}}
    assert tenant.stores == (str(tmp_path / "anns"), "s3://ann/")
    assert (tenant.disk_bytes, tenant.film_minutes, tenant.per) == (500_000_000_000, 600, "month")
    assert (tenant.keys[0].scopes, tenant.keys[0].rate) == (("submit", "read"), 60)
    assert tenant.webhook
    assert len(tenant.webhook.secret) == 32
    assert "secret" not in repr(tenant).replace("secret_", "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('folder = "data"', "", "folder missing"),
        ("port = 9000", "port = 90000", "no port 90000"),
        ("port = 9000", 'port = "9000"', "port must be a whole number"),
        ("port = 9000", "prot = 9000", "unknown key 'prot'"),
        ("port = 9000", 'host = "0.0.0.0"', "plain_http = true"),
        ("port = 9000", 'certificate = "a.pem"', "go together"),
        ("port = 9000", "uploads = 0", "counts"),
        ('"s3://bucket/in/"', '"file:///etc/"', "no plain URL prefix"),
        ('"s3://bucket/in/"', '"s3://"', "no plain URL prefix"),
        ('name = "ann"', 'name = "../ann"', "tenant is called"),
        ('name = "ann"', "", "name missing"),
        ('per = "month"', 'per = "year"', "give day or month"),
        ("disk_gb = 500", "disk_gb = -1", "quota"),
        ("disk_gb = 500", "disk_gb = nan", "quota"),
        (HASH, "abc", "64 hexadecimal digits"),
        ('"read"]', '"write"]', "no scope 'write'"),
        ("rate = 60", "rate = 0", "rate is 0"),
        ('per = "month"', "jobs = 0", "give 1 or more"),
        ('"anns", ', "1, ", "stores must hold texts"),
        ('"anns", ', '"data/uploads", ', "lie in each other"),
        ('"films", ', '".", ', "lie in each other"),
        ("port = 9000", "reserve_gb = -1.0", "reserve_gb"),
        ('"ann.secret"', '"none.secret"', "none.secret"),
        ("secret_file", "secret_env", "whsec_"),
        ('secret_file = "ann.secret"', "", "secret_file or secret_env"),
        ("https://hooks.example.com/ann", "http://hooks.example.com/ann", "webhook"),
        ('language = "de"', "language = 1", "voice.language"),
        ("[server]", "[sever]", "missing"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises((UsageError, InputError)) as fault:
        read_config(written(tmp_path, WHOLE.replace(old, new)))
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_two_tenants_have_two_names_and_keys(tmp_path: Path) -> None:
    twice = WHOLE + WHOLE[WHOLE.index("[[tenant]]") : WHOLE.index("[tenant.webhook]")]
    with pytest.raises(UsageError, match="two have one name or one key"):
        read_config(written(tmp_path, twice))


def test_a_key_opens_its_tenant_alone(tmp_path: Path) -> None:
    key = new_key()
    assert len(key) > 40
    config = read_config(written(tmp_path, WHOLE.replace(HASH, hash_of(key))))
    found = caller_of(key, config.tenants)
    assert found
    assert found.tenant.name == "ann"
    for other in ("", key[:-1], key + " ", new_key(), "x" * (LONGEST + 1), "\ud800"):
        assert caller_of(other, config.tenants) is None


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_QUJD", "whsec_%%%", "QUJD" * 8, "whsec_" + "QUJD" * 40])
def test_a_secret_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        secret_of(text)


def test_a_new_key_is_printed_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    serving.serve(host="", port=None, config=None, at_once=None, ray="", new_key=True, new_secret=True)
    out = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines() if ": " in line)
    assert hash_of(out["key"].strip()) == out["sha256"]
    assert len(secret_of(out["secret"])) == 32


def test_without_a_config_it_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AudiodescError, match=r"audiodesc serve CONFIG\.toml"):
        serving.serve(host="", port=None, config=None, at_once=None, ray="", new_key=False, new_secret=False)
