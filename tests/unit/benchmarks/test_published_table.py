"""The page of published checkpoints names every family, and its rows need no fixtures."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from emostyle.weights.registry import entries
from tests.scripts import benchmark_script

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def published() -> ModuleType:
    """The script as a module."""
    return benchmark_script("published")


def test_every_published_file_belongs_to_one_family(published: ModuleType) -> None:
    known = entries()
    held = [e.name for family in published.FAMILIES for e in published.members(family, known)]
    assert sorted(held) == sorted(entry.name for entry in known if not entry.bundled)


def test_the_page_names_every_family_and_file(published: ModuleType) -> None:
    text = (REPO / "docs" / "published.md").read_text(encoding="utf-8")
    for family in published.FAMILIES:
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {family.name} |"))
        for entry in published.members(family, entries()):
            assert f"`{entry.file}`" in line
            assert entry.slot in line
            assert (entry.licence or "not published") in line


def test_a_row_says_what_was_measured_and_what_is_not_here(published: ModuleType) -> None:
    family = next(f for f in published.FAMILIES if f.name == "Wav2CLIP")
    files = published.members(family, entries())
    assert "| yes | 1.5e-06 | MIT |" in published.row(family, files, True, 1.5e-06)
    silent = [replace(entry, licence=None) for entry in files]
    assert "| not published |" in published.row(family, silent, True, 1.5e-06)
    assert "| - (no key list here) | - (no fixture here) |" in published.row(
        family, files, False, None
    )


def test_the_worst_error_is_that_of_float32(published: ModuleType) -> None:
    printed = "a x torch.float32: 1.5e-06\nb: 2.0e-07\n.c torch.float64: 9.0e-01\n3 passed in 1s"
    assert published.worst_error(printed) == 1.5e-06
    assert published.worst_error("1 skipped in 0.1s") is None
