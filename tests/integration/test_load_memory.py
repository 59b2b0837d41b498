"""A generator of 1024 pixels is loaded without holding its weights twice."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import benchmark_script

REPO = Path(__file__).resolve().parents[2]
BOUND = 1.3
"""Peak above the process that had loaded a tiny generator, as a multiple of the file's bytes."""


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script as a module."""
    return benchmark_script("load_memory")


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux, which resets a process's peak"
)
def test_loading_1024_pixels(benchmark: ModuleType, tmp_path: Path) -> None:
    """The original .pt and the converted file, every weight read once."""
    tiny = benchmark.write_pair(tmp_path, 8)
    large = benchmark.write_pair(tmp_path, 1024)
    assert benchmark.GOAL == BOUND
    for warm, path in zip(tiny, large, strict=True):
        size, found = path.stat().st_size, benchmark.measure(warm, path)
        path.unlink()
        assert 0.9 * size < found["peak"] <= BOUND * size, path.suffix
        assert found["held"] == found["needed"], path.suffix
        assert 0.9 * size < found["needed"] <= size, path.suffix
