"""The README's table of figures is generated, never typed."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import benchmark_script

REPO = Path(__file__).resolve().parents[3]
README = "# X\n\n<!-- results:begin -->\nold\n<!-- results:end -->\n\nrest\n"


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """The script as a module."""
    return benchmark_script("table")


def record(folder: Path, name: str, *lines: dict[str, object]) -> None:
    """Write lines as a benchmark does."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_the_last_line_of_a_metric_counts(table: ModuleType, tmp_path: Path) -> None:
    """Later lines replace earlier ones; the rest of the README stays."""
    readme, results = tmp_path / "README.md", tmp_path / "results"
    readme.write_text(README)
    share = {"metric": "kept", "unit": "share", "goal": 0.85, "n": 70, "device": "cpu"}
    record(results, "world.jsonl", {**share, "value": 0.5}, {**share, "value": 0.912})
    record(results, "time.jsonl", {"metric": "edit_seconds_1", "value": 12.34, "unit": "s"})
    arguments = ["--readme", str(readme), "--results", str(results)]
    assert table.main([*arguments, "--check"]) == 1
    assert table.main(arguments) == 0
    text = readme.read_text()
    assert "| 91.2 % | >= 85.0 % | 70 | cpu |" in text
    assert "12.3 s" in text
    assert "50.0 %" not in text and "old" not in text
    assert text.startswith("# X\n") and text.endswith("\nrest\n")
    assert table.main([*arguments, "--check"]) == 0


def test_nothing_recorded_is_said(table: ModuleType, tmp_path: Path) -> None:
    """An empty folder gives a sentence, not an empty table."""
    assert "Nothing recorded yet" in table.table(table.read_lines(tmp_path))


def test_broken_lines_and_readmes_are_refused(table: ModuleType, tmp_path: Path) -> None:
    """A line without a value and a README without markers are errors."""
    record(tmp_path / "r", "bad.jsonl", {"metric": "kept"})
    with pytest.raises(ValueError, match=r"bad\.jsonl:1"):
        table.read_lines(tmp_path / "r")
    with pytest.raises(ValueError, match="results:begin"):
        table.insert("no markers", "body")


def test_the_readme_is_up_to_date(table: ModuleType) -> None:
    """What stands in the README is what the recorded results say."""
    assert table.main(["--check"]) == 0, "run `make tables`"
