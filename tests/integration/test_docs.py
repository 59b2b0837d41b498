"""What the documents point to exists."""

import ast
import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def places() -> list[tuple[str, str]]:
    """Every `file::name` of docs/*.md."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (REPO / "docs").glob("*.md"))
    return sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", text)))


@pytest.mark.parametrize(("file", "name"), places())
def test_place_exists(file: str, name: str) -> None:
    """The file defines the function, class or constant at its top level."""
    tree = ast.parse((REPO / file).read_text(encoding="utf-8"))
    defined = {getattr(node, "name", None) for node in tree.body}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            defined |= {ast.unparse(target) for target in node.targets}
    assert name in defined


def test_esc10_attribution_names_every_clip_of_the_training_folds() -> None:
    """The licence asks for the attribution to be kept: 40 clips of each of ten classes."""
    text = (REPO / "docs" / "esc10_attribution.md").read_text(encoding="utf-8")
    assert "creativecommons.org/licenses/by/3.0" in text
    assert len(set(re.findall(r"\[([1-5]-\d+-[A-Z]\.ogg)\]", text))) == 400
