"""`make weights-smoke`: every network of the world is trained at toy size and exported."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
NETWORKS = 10


def smoke_commands() -> list[str]:
    """The training lines of the Makefile's target, without the interpreter."""
    text = (REPO / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^weights-smoke:.*\n((?:\t.*\n)+)", text, re.M)
    lines = recipe.group(1).splitlines() if recipe else []
    return [line.strip().removeprefix("$(BIN)/python ") for line in lines]


def test_the_target_covers_all_networks() -> None:
    """One line for each bundled network and each network that another learns from."""
    assert len(smoke_commands()) == NETWORKS


@pytest.mark.slow
@pytest.mark.parametrize("command", smoke_commands(), ids=lambda line: Path(line.split()[-1]).stem)
def test_trains_and_exports(command: str, tmp_path: Path) -> None:
    """The line runs from the command line in a folder of its own and writes readable weights."""
    from emostyle.weights.store import load_state

    script, *words = shlex.split(command)
    config = REPO / words[words.index("--config") + 1]
    if not config.is_file():
        pytest.skip(f"{config.relative_to(REPO)} is not there")
    words[words.index("--config") + 1] = str(config)
    target = tmp_path / "network.safetensors"
    done = subprocess.run(
        [sys.executable, str(REPO / script), *words, "--export", str(target)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    state, metadata = load_state(target)
    assert state and metadata
