"""Shared fixtures: no network, fixed seeds, one place that knows where the data beside us lies.

`emostyle` is not imported at the top of this file: the shape checks of jaxtyping are switched on
after conftest files are read.
"""

import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

REPO = Path(__file__).resolve().parents[1]
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of this repository."""
    return REPO


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings and fixtures beside the repository; skips where it is absent.

    EMOSTYLE_SHARED names it when it lies elsewhere.
    """
    path = Path(os.environ.get("EMOSTYLE_SHARED") or REPO.parent / "shared")
    if not path.is_dir():
        pytest.skip(f"needs {path}, which is not here (set EMOSTYLE_SHARED to its place)")
    return path


@pytest.fixture(autouse=True)
def fixed_state() -> Iterator[None]:
    """Every test starts from the same seeds and leaves dtype, threads and random state as found."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    yield
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    random.setstate(states[2])
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def _local_only(connect: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `socket.connect` so that only this machine can be reached."""

    def guarded(self: socket.socket, address: Any) -> Any:
        host = address[0] if isinstance(address, tuple) else None
        if self.family == getattr(socket, "AF_UNIX", None) or host in LOCAL_HOSTS:
            return connect(self, address)
        raise PermissionError(f"the test suite uses no network, but something called {address}")

    return guarded


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine; the hub libraries are told so as well."""
    monkeypatch.setattr(socket.socket, "connect", _local_only(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", _local_only(socket.socket.connect_ex))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("WANDB_MODE", "disabled")
