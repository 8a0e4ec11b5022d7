"""Does a Dask cluster bring the same as one process, and is it said in words where there is none?"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simfunnel.errors import MissingExtra, SimfunnelError
from simfunnel.studies.sweep import cluster, jobs
from studies.sweeps import swept, table

distributed: Any = pytest.importorskip("distributed")


@contextmanager
def local_cluster(n: int, *, processes: bool) -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=n, threads_per_worker=1, processes=processes, dashboard_address=None, silence_logs=50
    ) as there:
        yield there.scheduler_address


@pytest.mark.filterwarnings("ignore")  # of what Dask itself imports and leaves open
def test_a_cluster_brings_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 300)  # parts of 100 replications
    with local_cluster(2, processes=False) as address, cluster.cluster(address) as executor:
        found = swept(executor=executor, out=tmp_path / "kept")
    assert table(found, tmp_path) == table(swept(), tmp_path)
    assert len([*(tmp_path / "kept" / "parts").iterdir()]) > 10


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_cluster_of_processes_brings_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 300)
    with local_cluster(n, processes=True) as address, cluster.cluster(address) as executor:
        found = swept(executor=executor, out=tmp_path / "kept")
    assert table(found, tmp_path) == table(swept(), tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_a_cluster_that_is_killed_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 3_000)
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done >= 1 and not killed:
            killed.append(client.run(os.getpid).popitem()[1])
            os.kill(killed[0], signal.SIGKILL)

    with local_cluster(2, processes=True) as address, distributed.Client(address, set_as_default=False) as client:
        found = swept(n_sims=20_000, executor=client.get_executor(), out=tmp_path / "kept", progress=kill)
    assert killed
    assert table(found, tmp_path) == table(swept(n_sims=20_000), tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_where_no_scheduler_is_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS", 0.3)
    with (
        pytest.raises(SimfunnelError, match="no Dask scheduler answers at tcp"),
        cluster.cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", none)
    with pytest.raises(MissingExtra, match=r"pip install 'simfunnel\[cluster\]'"), cluster.cluster("tcp://x:1"):
        pass
