"""A generator of 1024 pixels is loaded without holding its weights twice."""

import pickle
from pathlib import Path
from types import ModuleType

import pytest

from tests.integration.full_size import EQUALISED, key_list, random_state
from tests.parity.fixtures import FOLDER, found
from tests.scripts import benchmark_script
from tests.unit.weights.readers.conftest import (  # noqa: F401
    Nvidia,
    canary,
    nvidia,
    persistent_network,
)

BOUND = 1.3
"""Peak above a process that has imported torch and the package, as a multiple of the file."""
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux, which resets a process's peak"
)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script as a module."""
    return benchmark_script("load_memory")


def check(benchmark: ModuleType, path: Path, networks: int = 1) -> None:
    """Every weight is held once; the file may hold other networks of the same size."""
    size, found = path.stat().st_size, benchmark.measure(path)
    path.unlink()
    assert 0.9 * size < found["peak"] <= BOUND * size, path.name
    assert found["held"] == found["needed"], path.name
    assert 0.9 * size < networks * found["needed"] <= 1.01 * size, path.name


def test_rosinality_and_converted_files(benchmark: ModuleType, tmp_path: Path) -> None:
    assert benchmark.GOAL == BOUND
    for path in benchmark.write_files(tmp_path, 1024):
        check(benchmark, path)


@pytest.mark.skipif(not found("*_keys.json"), reason=f"no key lists in {FOLDER}")
@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("stylegan2_ada_keys.json", "ada_1024_base32768_map8_c0"),
        ("stylegan3_keys.json", "stylegan3_t_1024_cbase32768"),
    ],
)
def test_pickles_of_nvidia(
    benchmark: ModuleType,
    tmp_path: Path,
    keys: str,
    name: str,
    nvidia: Nvidia,  # noqa: F811
) -> None:
    """A file of three networks, as they are published."""
    entry = key_list(keys)[name]
    state = random_state(entry["keys"], EQUALISED)
    drawn, judge, average = (
        persistent_network({key: value.clone() for key, value in state.items()}) for _ in range(3)
    )
    with (tmp_path / f"{name}.pkl").open("wb") as file:
        pickle.dump(nvidia.content(average, G=drawn, D=judge), file)
    check(benchmark, tmp_path / f"{name}.pkl", networks=3)
