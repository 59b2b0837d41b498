"""Parsing, help, and the sentences a user meets. No network is loaded here."""

import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emostyle import cli
from emostyle.cli import COMMANDS, main, os_sentence, plain_sentence


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What `emostyle edit` would have done."""
    from emostyle.manipulate import console

    seen: list[tuple] = []
    monkeypatch.setattr(console, "edit_sounds", lambda *arguments: seen.append(arguments))
    return seen


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The only line on stderr."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("emostyle: ")
    return lines[0]


def test_edit_passes_options_on(calls) -> None:
    words = "edit rain.wav fire.wav --domain portrait --seed 7 --steps 30 --count 2 --out runs/x"
    assert main([*words.split(), "--text", "a storm", "--gif", "--settings.views", "4"]) == 0
    sounds, wishes, overrides, out, gif = calls[0]
    assert sounds == [Path("rain.wav"), Path("fire.wav")]
    assert (wishes["domain"], wishes["seed"], wishes["steps"]) == ("portrait", 7, 30)
    assert (wishes["count"], wishes["text"], wishes["stack"]) == (2, "a storm", "world")
    assert overrides == {"views": 4}
    assert (out, gif) == (Path("runs/x"), True)


def test_edit_reads_the_config_it_wrote(calls, tmp_path: Path) -> None:
    from dataclasses import asdict

    from emostyle.manipulate.record import yaml_bytes
    from emostyle.manipulate.request import EditRequest
    from emostyle.manipulate.session import plain_config
    from emostyle.manipulate.settings import preset

    request = EditRequest(
        audio=Path("rain.wav"), seed=9, seeds=(3, 5), text="yes: no", music=Path("m.mid")
    )
    settings = asdict(preset("world", "portrait"))
    path = tmp_path / "config.yaml"
    path.write_bytes(yaml_bytes(plain_config(request, settings=settings)))
    assert main(["edit", "--config", str(path)]) == 0
    sounds, wishes, overrides, _, _ = calls[0]
    assert EditRequest(audio=sounds[0], **wishes) == EditRequest(
        audio=Path("rain.wav").resolve(),
        seed=9,
        seeds=(3, 5),
        text="yes: no",
        music=Path("m.mid").resolve(),
    )
    assert overrides == settings


def test_words_on_the_line_beat_the_config(calls, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("audio: [a.wav]\nseed: 3\n")
    assert main(["edit", "--config", str(path), "b.wav", "--seed", "4"]) == 0
    assert calls[0][0] == [Path("b.wav")]
    assert calls[0][1]["seed"] == 4


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("", "No command came; choose one of edit, demo, evaluate, weights"),
        ("edti", "Unknown command 'edti'; choose one of edit, demo, evaluate, weights"),
        ("weights", "No command came; choose one of list"),
        ("evaluate nothing", "Unknown command 'nothing'; choose one of esc10"),
        ("edit a.wav --steps many", "--steps: expected int, got many"),
        ("edit a.wav --speed 3", "unrecognized arguments: --speed 3"),
        ("edit --config nowhere.yaml", "nowhere.yaml"),
        ("evaluate esc10", "root"),
    ],
)
def test_bad_arguments_end_with_one_sentence(line: str, part: str, capsys) -> None:
    assert main(line.split()) == 2
    assert part in one_sentence(capsys)


def test_a_full_disk_is_said(calls, monkeypatch, capsys) -> None:
    from emostyle.manipulate import console

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "runs/rain/after.png")

    monkeypatch.setattr(console, "edit_sounds", full)
    assert main(["edit", "rain.wav"]) == 2
    assert "The disk is full" in one_sentence(capsys)


def test_ctrl_c_ends_with_2(calls, monkeypatch, capsys) -> None:
    from emostyle.manipulate import console

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(console, "edit_sounds", stop)
    assert main(["edit", "rain.wav"]) == 2
    assert "what was finished stays" in one_sentence(capsys)


def test_a_fault_of_ours_is_not_hidden(calls, monkeypatch) -> None:
    from emostyle.manipulate import console

    def fault(*arguments):
        raise RuntimeError("ours")

    monkeypatch.setattr(console, "edit_sounds", fault)
    with pytest.raises(RuntimeError, match="ours"):
        main(["edit", "rain.wav"])


def test_os_sentences_name_the_option() -> None:
    for number in (errno.ENOSPC, errno.EACCES, errno.EIO):
        assert "--out" in os_sentence(OSError(number, "words", "runs/a"))
    assert "'runs/a'" in os_sentence(OSError(errno.EROFS, "words", "runs/a"))


def test_plain_sentence_speaks_of_options() -> None:
    message = "Parser key \"domain\":\n  Expected a typing.Literal['a', 'b']. Got value: c"
    assert plain_sentence(message) == "--domain: expected one of a, b, got c (see --help)."


def test_every_command_explains_itself(capsys) -> None:
    for name, command in COMMANDS.items():
        paths = [[name, sub] for sub in command] if isinstance(command, dict) else [[name]]
        for path in paths:
            with pytest.raises(SystemExit) as left:
                main([*path, "--help"])
            assert left.value.code == 0
            assert "None" not in capsys.readouterr().out.split("options:")[0]


def test_version(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("emostyle ")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from emostyle.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'matplotlib', 'pytorch_lightning', 'open_clip'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - began < 10


def test_the_entry_point_is_main() -> None:
    assert cli.main is main
