"""`make weights`: every file that a step starts from was written by an earlier step."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
EXPORTED = re.compile(r"runs/[\w/]+\.safetensors")
BUNDLED_NETWORKS = 7


@pytest.fixture(scope="module")
def steps() -> list[list[str]]:
    """The words of each command, in order, with the interpreter's name replaced by nothing."""
    recipe = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "weights"],
        cwd=REPO, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = recipe.splitlines()
    first = next(i for i, line in enumerate(lines) if "train_world.py" in line)
    script = re.sub(r"\S+/bin/python", "echo", "\n".join(lines[first:]))
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    return [shlex.split(line) for line in said.splitlines()]


def read_and_written(words: list[str]) -> tuple[set[str], set[str]]:
    """Weights under runs/ that a command starts from, and those it exports."""
    if "--config" not in words:
        return set(EXPORTED.findall(" ".join(words))), set()
    text = (REPO / words[words.index("--config") + 1]).read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    export = set(EXPORTED.findall(" ".join(re.findall(r"^export: .*$", text, re.M))))
    return set(EXPORTED.findall(text)) - export, export


def test_nothing_is_read_before_it_is_written(steps: list[list[str]]) -> None:
    """The steps run in an order in which each finds what it needs."""
    written: set[str] = set()
    for words in steps:
        read, exports = read_and_written(words)
        assert read <= written, f"{' '.join(words)} needs {read - written}"
        written |= exports


def test_every_bundled_network_is_made(steps: list[list[str]]) -> None:
    """Each network in the package is put there by the target, from a file it has written."""
    bundled = {words[2] for words in steps if words[1] == "emostyle.weights.bundle"}
    shipped = {path.stem for path in (REPO / "emostyle/weights/bundled").glob("*.safetensors")}
    assert bundled == shipped
    assert len(shipped) == BUNDLED_NETWORKS
