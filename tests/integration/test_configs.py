"""Every YAML in `configs/` is read by the program it is for, up to a resolved configuration."""

import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from emostyle.manipulate.settings import EditSettings, preset

REPO = Path(__file__).resolve().parents[2]
CONFIGS = REPO / "configs"
FIT_SCRIPTS = {"manipulate": "manipulate.py", "train_audio_encoder": "train_audio_encoder.py"}
NETWORKS = (
    "clip_world",
    "audio_encoder_world",
    "stylegan2_landscape",
    "stylegan2_portrait",
    "arcface_world",
    "judge_landscape",
    "judge_portrait",
)
Run = Callable[..., str]


def configs() -> list[str]:
    """Paths of all configurations, relative to `configs/`."""
    return sorted(str(path.relative_to(CONFIGS)) for path in CONFIGS.rglob("*.yaml"))


def world_network(path: Path) -> str:
    """The network a configuration of `configs/world` trains: the one its name begins with."""
    base = path.stem.removesuffix("_smoke")
    fits = [name for name in NETWORKS if base.startswith(name) or name.startswith(base)]
    return max(fits, key=len, default=base)


def command_of(relative: str) -> list[str] | None:
    """The command that resolves a configuration, or None where it has another reader."""
    path = Path(relative)
    kind = path.parts[0]
    shown = ["--config", str(CONFIGS / path), "--print_config"]
    if kind in FIT_SCRIPTS:
        return [FIT_SCRIPTS[kind], "fit", *shown]
    if kind == "world":
        return ["train_world.py", world_network(path), *shown]
    return None


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a script of the repository in this process and return what it printed."""

    def call(script: str, *arguments: str) -> str:
        if not (REPO / script).is_file():
            pytest.skip(f"{script} is not there")
        monkeypatch.chdir(REPO)
        monkeypatch.setattr(sys, "argv", [script, *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(REPO / script), run_name="__main__")
        printed = capsys.readouterr()
        assert ended.value.code in (0, None), printed.err
        return printed.out

    return call


def test_there_are_configs() -> None:
    """The folder is not empty, and every file in it is YAML that some program here reads."""
    assert configs()
    kinds = {Path(name).parts[0] for name in configs()}
    assert kinds <= {*FIT_SCRIPTS, "world", "stack"}


@pytest.mark.parametrize("relative", [name for name in configs() if command_of(name)])
def test_config_is_parsed(relative: str, run: Run) -> None:
    """The program accepts the file and prints it resolved; what it prints is YAML with content."""
    script, *arguments = command_of(relative) or []
    resolved = yaml.safe_load(run(script, *arguments))
    assert isinstance(resolved, dict)
    given = yaml.safe_load((CONFIGS / relative).read_text(encoding="utf-8"))
    assert set(given) <= set(resolved), "a key of the file was not understood"


@pytest.mark.parametrize("script", sorted(set(FIT_SCRIPTS.values())))
def test_unknown_keys_are_refused(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parse is a check: a misspelt key ends with an error."""
    if not (REPO / script).is_file():
        pytest.skip(f"{script} is not there")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("trainer: {max_stepz: 3}\n")
    monkeypatch.chdir(REPO)
    arguments = [script, "fit", "--config", str(wrong), "--print_config"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(REPO / script), run_name="__main__")
    assert ended.value.code not in (0, None)


@pytest.mark.parametrize("relative", [name for name in configs() if name.startswith("stack/")])
def test_stack_names_known_slots(relative: str) -> None:
    """A stack maps slots to members, and has those without which no edit runs."""
    from emostyle.manipulate.slots import SLOTS
    from emostyle.manipulate.stack import NEEDED, OPTIONAL

    known = {*NEEDED, *OPTIONAL, *SLOTS, "renderer"}
    slots = yaml.safe_load((CONFIGS / relative).read_text(encoding="utf-8"))["slots"]
    assert set(NEEDED) <= set(slots) <= known


@pytest.mark.parametrize("name", ["robust", "emostyle", "original"])
@pytest.mark.parametrize("domain", ["landscape", "portrait"])
def test_an_overlay_turns_the_default_edit_into_the_preset(domain: str, name: str) -> None:
    """Nothing of the bundled world's edit is left over; `original` has Robust's weights."""
    faults = replace(preset("robust", domain), hinge=False, original=True)
    wanted = faults if name == "original" else preset(name, domain)
    folder = CONFIGS / "manipulate"
    files = (folder / f"{domain}.yaml", folder / f"{domain}_{name}.yaml")
    parts = [
        yaml.safe_load(file.read_text(encoding="utf-8"))["model"]["settings"] for file in files
    ]
    assert EditSettings(**(parts[0] | parts[1])) == wanted
