"""The images, the compose file and the Kubernetes example, as far as they can be judged without an engine that runs
them: what they copy and run is there, nothing runs as root, and only volumes are written to."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CONTAINERS = ROOT / "containers"
IMAGES = ["Dockerfile", "Dockerfile.cuda"]
UID = 10001


def instructions(name: str) -> list[tuple[str, str]]:
    """(instruction, the rest) of each line of a Dockerfile, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (CONTAINERS / name).read_text("utf-8"), flags=re.MULTILINE)
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def of_kind(name: str, kind: str) -> list[str]:
    return [rest for one, rest in instructions(name) if one == kind]


def manifests() -> list[tuple[str, dict[str, Any]]]:
    yaml = pytest.importorskip("yaml")
    return [
        (path.name, one)
        for path in sorted((CONTAINERS / "kubernetes").glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text("utf-8"))
    ]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = pytest.importorskip("yaml").safe_load((CONTAINERS / "compose.yaml").read_text("utf-8"))
    return loaded


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(name, pod, its container) of each Deployment."""
    for _, one in manifests():
        if one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            yield one["metadata"]["name"], pod, container


@pytest.mark.parametrize("name", IMAGES)
def test_a_base_is_pinned_and_the_last_user_is_not_root(name: str) -> None:
    bases = of_kind(name, "FROM")
    assert len(bases) == 2
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*( AS \w+)?", base) for base in bases)
    assert not any(":latest" in base for base in bases)
    last = [one for one, _ in instructions(name)]
    assert of_kind(name, "USER") == [f"{UID}:{UID}"]
    assert "RUN" not in last[last.index("USER") :]


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_copied_is_in_the_repository_and_in_the_context(name: str) -> None:
    allowed = (CONTAINERS / f"{name}.dockerignore").read_text("utf-8").splitlines()
    copied = [one.split() for one in of_kind(name, "COPY") if "--from=" not in one]
    sources = [part for parts in copied for part in [one for one in parts if not one.startswith("--")][:-1]]
    assert "constraints.txt" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source.removeprefix('./')}" in allowed


@pytest.mark.parametrize("name", IMAGES)
def test_the_packages_are_those_of_the_constraints_and_extras_exist(name: str) -> None:
    import tomllib

    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (extras,) = (one.removeprefix("EXTRAS=") for one in of_kind(name, "ARG"))
    assert set(extras.split(",")) <= known.keys()
    installs = [one for one in of_kind(name, "RUN") if "pip install" in one]
    assert installs
    assert all("--constraint constraints.txt" in one and "index-url" not in one for one in installs)


@pytest.mark.parametrize("name", IMAGES)
def test_all_that_is_written_goes_to_the_one_volume(name: str) -> None:
    assert of_kind(name, "VOLUME") == ["/data"]
    given = dict(one.split("=", 1) for one in shlex.split(of_kind(name, "ENV")[0]))
    for variable in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HF_HOME"):
        assert given[variable].startswith("/data/")
        assert f"${variable}" in (CONTAINERS / "entrypoint").read_text("utf-8")
    assert given["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("name", IMAGES)
def test_the_command_and_the_health_check_are_known_to_the_program(name: str) -> None:
    assert json.loads(of_kind(name, "ENTRYPOINT")[0]) == ["/usr/local/bin/entrypoint"]
    assert json.loads(of_kind(name, "CMD")[0])[0] in commands()
    check = of_kind(name, "HEALTHCHECK")[0]
    compile(json.loads(check[check.index("[") :])[2], "healthcheck", "exec")
    assert f":{port('serve.toml')}/health" in check
    assert of_kind(name, "EXPOSE") == [str(port("serve.toml"))]


def test_both_images_are_the_same_but_for_what_a_gpu_needs() -> None:
    plain, cuda = (set(instructions(name)) for name in IMAGES)
    assert {one for one, _ in plain ^ cuda} <= {"ARG", "ENV", "HEALTHCHECK"}


def test_the_entrypoint_makes_its_folders_and_passes_on_what_it_is_given(tmp_path: Path) -> None:
    seen = tmp_path / "bin/audiodesc"
    seen.parent.mkdir()
    seen.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    seen.chmod(0o755)
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HF_HOME")
    folders = {name: str(tmp_path / "data" / name) for name in names}
    done = subprocess.run(
        [str(CONTAINERS / "entrypoint"), "make", "a film.mp4", "--quiet"],
        env={**folders, "PATH": f"{seen.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "make|a film.mp4|--quiet|"
    assert all(Path(folder).is_dir() for folder in folders.values())


def port(config: str) -> int:
    import tomllib

    number: int = tomllib.loads((CONTAINERS / config).read_text("utf-8"))["server"]["port"]
    return number


@pytest.mark.parametrize("config", ["serve.toml", "serve-vllm.toml"])
def test_the_configs_are_read_by_the_service(config: str) -> None:
    from audiodesc.service.config import read_config

    read = read_config(CONTAINERS / config)
    assert read.folder.is_relative_to("/data")
    assert read.server.host == "0.0.0.0"  # noqa: S104 — in a container, others reach it so alone


def commands() -> set[str]:
    from audiodesc.cli import COMMANDS

    return {command.__name__ for command in COMMANDS} | {"batch"}


def check_options(arguments: list[str]) -> None:
    """Whether the program knows these options of the command."""
    from typer.main import get_command

    from audiodesc.cli import app

    command: Any = get_command(app).commands[arguments[0]]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {one for one in arguments if one.startswith("-")} <= known


def test_the_compose_file_locks_its_services_and_starts_what_exists() -> None:
    services = compose()["services"]
    for name, service in services.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        if name != "owner":  # it gives a new volume to the others, without a network
            assert service["user"] == f"{UID}:{UID}"
        writable = [one for one in service["volumes"] if not one.endswith(":ro")]
        assert len(writable) == 1
        assert not service["image"].startswith("vllm") or re.search(r":v\d", service["image"])
    assert services["owner"]["network_mode"] == "none"
    assert compose()["networks"]["inside"]["internal"] is True
    assert services["vllm"]["networks"] == services["watch"]["networks"] == ["inside"]
    for name in ("audiodesc", "watch"):
        assert services[name]["command"][0] in commands()
        check_options(services[name]["command"])
    built = services["audiodesc"]["build"]
    assert (CONTAINERS / built["context"] / built["dockerfile"]).is_file()
    assert (CONTAINERS / services["audiodesc"]["volumes"][1].split(":")[0]).is_file()
    assert f":{port('serve-vllm.toml')}/health" in services["audiodesc"]["healthcheck"]["test"][3]


def test_pods_are_locked_and_write_to_one_lasting_volume() -> None:
    names = {one["metadata"]["name"] for _, one in manifests() if one["kind"] == "PersistentVolumeClaim"}
    assert {name for name, _, _ in pods()} >= {"audiodesc", "audiodesc-ray-head", "audiodesc-ray-cpu", "vllm"}
    for name, pod, container in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == UID
        assert pod["automountServiceAccountToken"] is False
        locked = container["securityContext"]
        assert locked["readOnlyRootFilesystem"] is True
        assert locked["allowPrivilegeEscalation"] is False
        assert locked["capabilities"] == {"drop": ["ALL"]}
        volumes = {one["name"]: one for one in pod["volumes"]}
        assert {one["name"] for one in container["volumeMounts"]} == set(volumes), name
        claims = [
            one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if "persistentVolumeClaim" in one
        ]
        assert len(claims) == 1
        assert set(claims) <= names


def test_pods_start_what_the_program_and_ray_know() -> None:
    for name, _, container in pods():
        arguments = container["args"]
        if name == "audiodesc":
            assert arguments[0] in commands()
            check_options(arguments)
        elif name.startswith("audiodesc-ray"):
            check_ray(arguments)


def check_ray(arguments: list[str]) -> None:
    scripts = pytest.importorskip("ray.scripts.scripts")
    assert arguments[:2] == ["ray", "start"]
    known = {name for parameter in scripts.start.params for name in parameter.opts}
    assert {one.partition("=")[0] for one in arguments[2:]} <= known


def test_probes_ask_what_the_service_answers() -> None:
    from audiodesc.service.health_routes import router

    answered = {route.path for route in router.routes}  # type: ignore[attr-defined]
    (service,) = (container for name, _, container in pods() if name == "audiodesc")
    assert service["ports"] == [{"name": "http", "containerPort": port("serve.toml")}]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert service[probe]["httpGet"]["path"] in answered
        assert service[probe]["httpGet"]["port"] == "http"
    assert service["livenessProbe"]["httpGet"]["path"] == "/health"
    assert service["readinessProbe"]["httpGet"]["path"] == "/ready"


def test_services_find_their_pods_and_the_ray_address_is_one_of_them() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for _, one in manifests() if one["kind"] == "Deployment"]
    found = {one["metadata"]["name"]: one["spec"] for _, one in manifests() if one["kind"] == "Service"}
    for spec in found.values():
        assert any(spec["selector"].items() <= of.items() for of in labels)
    (service,) = (container for name, _, container in pods() if name == "audiodesc")
    host, number = service["args"][-1].removeprefix("ray://").split(":")
    assert int(number) in {one["port"] for one in found[host]["ports"]}
    for name, _, container in pods():
        for one in container["args"]:
            if one.startswith("--address="):
                address, number = one.removeprefix("--address=").split(":")
                assert int(number) in {of["port"] for of in found[address]["ports"]}, name


def test_no_file_names_a_host_but_public_registries() -> None:
    for path in CONTAINERS.rglob("*"):
        if path.is_file():
            hosts = re.findall(r"https?://([\w.-]+)", path.read_text("utf-8"))
            assert set(hosts) <= {"127.0.0.1", "vllm"}, path
