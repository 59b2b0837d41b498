"""Every command of the README does what the README says, or is at least understood."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "CONTRIBUTING.md")
SOUNDS = {"rain.wav": "rain", "happy_song.wav": "happy_music"}
LIMIT_SECONDS = 240


@cache
def commands() -> list[str]:
    """The lines of the pages' unlabelled or shell code blocks, without comments."""
    found = []
    for page in PAGES:
        text = (REPO / page).read_text(encoding="utf-8")
        for label, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
            shell = label in ("", "sh", "bash", "console")
            for line in block.replace("\\\n", " ").splitlines() if shell else ():
                found += [part.strip() for part in line.split("#")[0].split("&&")]
    return sorted({line for line in found if line})


def starting_with(*words: str) -> list[str]:
    """The commands whose first word is one of these."""
    return [line for line in commands() if line.split()[0] in words]


def call(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a README line with this interpreter in a folder that looks like the repository."""
    words = shlex.split(line)
    program = {
        "emostyle": [sys.executable, "-m", "emostyle.cli"],
        "python": [sys.executable],
    }[words[0]]
    for path in (*REPO.glob("*.py"), REPO / "configs", REPO / "benchmarks"):
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    return subprocess.run(
        [*program, *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recordings that the README's commands name."""
    import soundfile

    from emostyle.world.sound import synthesize

    folder = tmp_path_factory.mktemp("desk")
    for name, sound_class in SOUNDS.items():
        soundfile.write(folder / name, synthesize(sound_class, 0.9, seed=3), 44100)
    return folder


def needs_weights() -> None:
    """Skip where no weights are bundled yet."""
    if not list((REPO / "emostyle" / "weights" / "bundled").glob("stylegan2_*.safetensors")):
        pytest.skip("no generator is bundled here")


@pytest.mark.parametrize("line", starting_with("make", ".ci/run"))
def test_make_targets_exist(line: str) -> None:
    """`make -n` knows every target that the pages name."""
    if line.startswith(".ci/run"):
        assert (REPO / ".ci" / "run").stat().st_mode & 0o111
        return
    words = shlex.split(line)
    done = subprocess.run(
        [words[0], "-n", *words[1:]], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


EDITS = [c for c in starting_with("emostyle") if " edit " in c]


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_SECONDS + 30)
@pytest.mark.parametrize("line", [c for c in EDITS if "--stack" not in c])
def test_edits_run(line: str, desk: Path, request: pytest.FixtureRequest) -> None:
    """The edits of the README run, with two steps instead of hundreds."""
    needs_weights()
    short = re.sub(r" --steps \d+", "", line)
    short = re.sub(r"--count \d+", "--count 2", short)
    out = re.search(r"--out (\S+)", short)
    assert out, "the README's edits say where they write"
    done = call(f"{short} --steps 2", desk)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = desk / out.group(1)
    assert list(folder.rglob("result.json")) and list(folder.rglob("after*.png"))


@pytest.mark.parametrize("line", [c for c in EDITS if "--stack" in c])
def test_edits_of_published_files_say_what_to_fetch(
    line: str, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the files are not here, each is named with where it comes from and its licence."""
    monkeypatch.setenv("EMOSTYLE_CACHE", str(desk / "cache"))
    done = call(line, desk)
    assert done.returncode == 2
    for word in ("generator slot", "clip slot", "audio_encoder slot", "licence: ", "weights fetch"):
        assert word in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_SECONDS + 30)
def test_python_runs(desk: Path) -> None:
    """The Python of the README runs as it stands, with two steps."""
    needs_weights()
    text = (REPO / "README.md").read_text(encoding="utf-8")
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)):
        script = desk / f"readme_{number}.py"
        script.write_text(re.sub(r"steps=\d+", "steps=2", block))
        done = call(f"python {script.name}", desk)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", [c for c in starting_with("emostyle") if " edit " not in c])
def test_other_commands_are_understood(line: str, desk: Path) -> None:
    """Their help names every option that the README gives them."""
    words = shlex.split(line)
    named = [word for word in words[1:] if word.startswith("--")]
    plain = next((i for i, w in enumerate(words[1:], 1) if w.startswith("-")), len(words))
    done = call(shlex.join([*words[: min(plain, 2)], "--help"]), desk)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [option for option in named if option.split("=")[0] not in done.stdout]


@pytest.mark.parametrize("line", starting_with("python"))
def test_scripts_are_understood(line: str, desk: Path) -> None:
    """Fits resolve their configuration; other scripts show help that names the options given."""
    words = shlex.split(line)
    if not (REPO / words[1]).is_file():
        pytest.skip(f"{words[1]} is not there")
    if "fit" in words:
        done = call(f"{line} --print_config", desk)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "trainer:" in done.stdout
        return
    done = call(f"python {words[1]} --help", desk)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [w for w in words[2:] if w.startswith("--") and w not in done.stdout]


def test_links_and_pictures_exist() -> None:
    """Every relative link of the pages leads somewhere."""
    missing = []
    for page in (*PAGES, "WEIGHTS.md", "docs/method.md"):
        if (REPO / page).is_file():
            text = (REPO / page).read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)#\s]+)", text):
                if "://" not in target and not ((REPO / page).parent / target).exists():
                    missing.append(f"{page}: {target}")
    assert not missing


def test_the_map_of_rooms_is_the_packages() -> None:
    """The README's table of rooms lists those that exist."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)/` \|", text, re.M))
    assert listed == {path.parent.name for path in (REPO / "emostyle").glob("*/__init__.py")}


def test_every_bundled_file_is_in_the_list() -> None:
    """WEIGHTS.md has a row for each file that is shipped."""
    text = (REPO / "WEIGHTS.md").read_text(encoding="utf-8")
    bundled = (REPO / "emostyle" / "weights" / "bundled").glob("*.safetensors")
    assert not [path.stem for path in bundled if f"`{path.stem}`" not in text]
