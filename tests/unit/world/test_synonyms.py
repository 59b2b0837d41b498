"""Captions in WordNet's words: what is replaced, how often, and where the table comes from."""

from pathlib import Path

import pytest
import torch
import yaml

from emostyle.errors import EmoStyleError
from emostyle.world import synonyms as table
from emostyle.world.synonyms import reworded, synonyms, words_of

DEBIAN = Path("/usr/share/wordnet")


def draw(text: str, share: float, count: int = 40) -> set[str]:
    """Several rewordings of one text."""
    random = torch.Generator().manual_seed(0)
    return {reworded(text, random, share) for _ in range(count)}


def test_only_words_of_the_table_are_replaced() -> None:
    """Every other word stays, in its place."""
    assert draw("the sound of rain on a roof", 1.0) == {"the sound of rainfall on a roof"}
    assert draw("a zeppelin", 1.0) == {"a zeppelin"}
    assert draw("rainy weather", 1.0) == {"rainy weather"}


def test_share_is_the_probability_of_a_change() -> None:
    """None at 0, all at 1, some in between; each synonym comes up."""
    assert draw("dusk", 0.0) == {"dusk"}
    assert "dusk" not in draw("dusk", 1.0)
    assert {"autumn", "fall"} == draw("autumn", 0.5)
    assert draw("tears", 1.0, 100) == set(synonyms()["tears"])


def test_no_word_is_its_own_synonym() -> None:
    """Every row has other words than the word itself."""
    assert len(synonyms()) > 100
    for word, others in synonyms().items():
        assert others and word not in others


def test_data_files_are_read_by_offset(tmp_path: Path) -> None:
    """A line of WordNet's format; a wrong offset or folder is said in one sentence."""
    (tmp_path / "data.noun").write_text(
        "  licence\n00000010 19 n 02 rain 0 rain_fall(p) 0 000 | drops\n", encoding="ascii"
    )
    assert words_of(tmp_path, "n00000010") == ["rain", "rain fall"]
    with pytest.raises(EmoStyleError, match="no sense n00000003"):
        words_of(tmp_path, "n00000003")
    with pytest.raises(EmoStyleError, match="No WordNet file"):
        words_of(tmp_path, "a00000010")


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's package wordnet-base")
def test_the_table_is_wordnets() -> None:
    """Each row holds the words of its sense, and the word is among them."""
    rows = yaml.safe_load(table.TABLE.read_text())
    for word, row in rows.items():
        words = words_of(DEBIAN, row["synset"])
        assert row["words"] == [w for w in words if w.islower() and w != word]
        assert word.removesuffix("s") in words or word in words
