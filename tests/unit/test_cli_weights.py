"""`emostyle weights` on the command line: words, options, exit codes, one sentence."""

from pathlib import Path

import pytest
import torch

from emostyle.cli import main
from emostyle.emotion.whisper_at import TaggingHead
from emostyle.weights.registry import BUNDLED, get


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "cache" / "weights"


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The only line on stderr."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_list_names_bundled_and_published(capsys) -> None:
    assert main(["weights", "list"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "bundled" in rows["clip_world"]
    assert "MIT" in rows["clip_world"]
    assert "CC BY-NC-SA 4.0" in rows["landscape"]
    assert " no " in rows["landscape"]


def test_info_names_hash_and_licence(capsys) -> None:
    assert main(["weights", "info", "e4e_ffhq_encode"]) == 0
    out = capsys.readouterr().out
    assert "2ace1d9a8c05c10a399bcd500b8dda118f759ff1aac89dbdab7435f2136a0999" in out
    assert "1,201,649,680 bytes" in out
    assert "licence     MIT" in out


def test_path_is_a_path(capsys) -> None:
    assert main(["weights", "path", "clip_world"]) == 0
    assert capsys.readouterr().out == f"{BUNDLED / 'clip_world.safetensors'}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("", "No command came; choose one of list, info, fetch, verify, convert, ... (see --help)"),
        ("info", "the following arguments are required: name (see --help)"),
        ("info nothing", "No weights named 'nothing'"),
        ("path landscape", "'landscape' is not here; `emostyle weights fetch landscape` puts it"),
        ("verify landscape", "nothing to verify"),
        ("fetch gru-ebs", "get it from https://github.com/BaoChunhui/Generate-Emotional-Music"),
        ("convert nowhere.pt", "No weights file at 'nowhere.pt'"),
        ("list now", "now"),
    ],
)
def test_mistakes_end_with_one_sentence_and_2(line: str, part: str, capsys) -> None:
    assert main(["weights", *line.split()]) == 2
    assert part in one_sentence(capsys)


def test_fetch_offline(monkeypatch, capsys, cache: Path) -> None:
    monkeypatch.setenv("EMOSTYLE_OFFLINE", "1")
    assert main(["weights", "fetch", "landscape"]) == 2
    err = capsys.readouterr().err
    assert err.index("licence     CC BY-NC-SA 4.0") < err.index("EMOSTYLE_OFFLINE is set")
    assert f"put the file from {get('landscape').url} at '{cache / 'landscape.pt'}'" in err


def test_convert_writes_where_it_is_told(tmp_path: Path, capsys) -> None:
    source, out = tmp_path / "head.pth", tmp_path / "out" / "head.safetensors"
    torch.save(TaggingHead(24, classes=7).state_dict(), source)
    assert main(["weights", "convert", str(source), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{out}  (Whisper-AT head)\ncheck vector: ")
    assert "(7 numbers, length " in shown
    assert out.is_file()


def test_convert_of_a_stranger_names_its_keys(tmp_path: Path, capsys) -> None:
    torch.save({"mystery.weight": torch.zeros(1)}, tmp_path / "a.pt")
    assert main(["weights", "convert", str(tmp_path / "a.pt")]) == 2
    assert "holds 1 tensors named mystery.weight ..., which is no family" in one_sentence(capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def test_a_stack_with_a_missing_file_is_one_sentence(tmp_path: Path, capsys) -> None:
    stack = tmp_path / "lee.yaml"
    stack.write_text("slots: {generator: landscape, clip: ViT-B-32, audio_encoder: resnet18_57}")
    words = ["edit", "--text", "a storm", "--stack", str(stack), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    told = one_sentence(capsys)
    for part in ("landscape.pt", "https://kr.object.ncloudstorage.com", "CC BY-NC-SA 4.0"):
        assert part in told
