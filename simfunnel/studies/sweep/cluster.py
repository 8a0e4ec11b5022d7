"""How does a sweep reach a Dask cluster?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module

from simfunnel.errors import MissingExtra, SimfunnelError

_SECONDS = 20  # until a scheduler must have answered, and have a worker


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a cluster, as an executor.

    Parameters
    ----------
    address
        Of its scheduler: ``tcp://10.0.0.7:8786``.

    Raises
    ------
    MissingExtra
        Dask is not installed.
    SimfunnelError
        No scheduler answers there, or it has no workers.
    """
    try:
        client_of = import_module("distributed").Client
    except ImportError:
        said = "a Dask cluster needs dask and distributed, the extra 'cluster': pip install 'simfunnel[cluster]'"
        raise MissingExtra(said) from None
    try:
        client = client_of(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        said = f"no Dask scheduler answers at {address}; write its address, such as tcp://10.0.0.7:8786"
        raise SimfunnelError(said) from error
    try:
        try:
            client.wait_for_workers(1, timeout=_SECONDS)
        except TimeoutError as error:
            raise SimfunnelError(f"the Dask cluster at {address} has no workers") from error
        yield client.get_executor()
    finally:
        client.close()
