"""Zero-shot shares and the one-line report."""

import json
from pathlib import Path

import pytest
import torch

from emostyle.evaluate.report import report
from emostyle.evaluate.zero_shot import table, zero_shot


def test_shares_per_class() -> None:
    text = torch.eye(4)
    audio = text[[0, 0, 1, 2, 2]]
    result = zero_shot(audio, text, torch.tensor([0, 0, 1, 1, 2]), ("a", "b", "c", "d"))
    assert result.top1 == pytest.approx(0.8)
    assert result.per_class == {"a": 1.0, "b": 0.5, "c": 1.0}
    assert result.mistaken_for == {"a": "", "b": "c", "c": ""}
    assert result.n == 5
    assert "mostly taken for c" in table(result)


def test_report_prints_one_json_line_and_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report("top1", 0.9, "share", ">= 0.85", 80, 0, record=True, folder=tmp_path)
    report("top1", 0.8, "share", ">= 0.85", 80, 0, record=False, folder=tmp_path)
    printed = capsys.readouterr().out.splitlines()
    line = json.loads(printed[0])
    assert list(line) == ["metric", "value", "unit", "goal", "n", "seed", "commit", "device"]
    assert (tmp_path / "top1.jsonl").read_text().splitlines() == [printed[0]]
