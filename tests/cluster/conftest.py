"""One Ray for all tests, of a head and one more node, each of one core; and the describer whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from batch.scripted import install_scripted

from audiodesc.cluster.session import KEPT

STORE_BYTES = 80_000_000


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the scripted describer, which takes 0.3 s a clip. It is in the environment of all processes that
    start from now on."""
    folder = tmp_path_factory.mktemp("scripted")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (install_scripted(folder, 0.3) | KEPT).items():
            patch.setenv(name, value)
        yield folder


@dataclass
class Nodes:
    """A cluster of two nodes; `second` is the one that tests may end."""

    cluster: Any
    second: Any

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def replace_second(self) -> None:
        """Kill the second node, and add another."""
        self.cluster.remove_node(self.second, allow_graceful=False)
        self.second = self.cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)


@pytest.fixture(scope="session")
def nodes(scripted: Path) -> Iterator[Nodes]:
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": STORE_BYTES}
    made: Any = Cluster(initialize_head=True, head_node_args=head)
    yield Nodes(made, made.add_node(num_cpus=1, object_store_memory=STORE_BYTES))
    made.shutdown()


@pytest.fixture(scope="session")
def runner(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One for all tests: processes that have loaded what films need are used again. Films of stores are staged in
    `runner.scratch`."""
    from audiodesc.cluster import ClusterOptions, RayRunner

    scratch = tmp_path_factory.mktemp("scratch")
    made: Any = RayRunner(nodes.address, ClusterOptions(scratch=str(scratch)))
    made.scratch = scratch
    yield made
    made.close()
