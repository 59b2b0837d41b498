"""WordNet's synonyms of the words of the captions: the same caption, said in other words.

`synonyms.yaml` names one sense of each word (part of speech and offset of WordNet 3.0's data files)
and the words that WordNet gives for it. The words are read again with

    python -m emostyle.world.synonyms --dict /usr/share/wordnet

where that folder holds `data.noun`, `data.verb` and `data.adj` (Debian's package wordnet-base).
WordNet 3.0, Copyright 2006 by Princeton University, https://wordnet.princeton.edu/license.
"""

import argparse
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
import yaml

from emostyle.errors import EmoStyleError

TABLE = Path(__file__).with_name("synonyms.yaml")
PARTS = {"n": "noun", "v": "verb", "a": "adj"}
WORD = re.compile(r"[a-z]+")


@lru_cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """Each word of the table with its synonyms, such as `rain` with `rainfall`."""
    rows = yaml.safe_load(TABLE.read_text())
    return {word: tuple(row["words"]) for word, row in rows.items()}


def reworded(text: str, generator: torch.Generator, share: float = 0.5) -> str:
    """A text in which words are replaced by synonyms, each with a given probability.

    Args:
        text: a caption; words of the table are found in lower case.
        generator: source of the random numbers.
        share: probability of replacing a word that has synonyms, in [0, 1].

    Returns:
        The caption; as it came where it holds no word of the table.

    Example:
        >>> reworded("a village at noon", torch.Generator().manual_seed(0), share=1.0)
        'a hamlet at twelve noon'
    """
    table = synonyms()

    def replace(match: re.Match[str]) -> str:
        others = table.get(match[0], ())
        if not others or float(torch.rand((), generator=generator)) >= share:
            return match[0]
        return others[int(torch.randint(len(others), (), generator=generator))]

    return WORD.sub(replace, text)


def words_of(folder: Path, synset: str) -> list[str]:
    """The words of one sense in WordNet's data files, spaces for underscores.

    Args:
        folder: holds `data.noun`, `data.verb`, `data.adj`.
        synset: part of speech (`n`, `v`, `a`) and offset, such as `n11501381`.

    Raises:
        EmoStyleError: there is no such file or sense.
    """
    path = folder / f"data.{PARTS.get(synset[:1], '?')}"
    if not path.is_file():
        raise EmoStyleError(f"No WordNet file at {path}; give WordNet's dict folder to --dict.")
    with path.open("rb") as file:
        file.seek(int(synset[1:]))
        fields = file.readline().decode("ascii").split()
    if not fields or fields[0] != synset[1:]:
        raise EmoStyleError(f"{path} holds no sense {synset}; give WordNet 3.0's folder to --dict.")
    count = int(fields[3], 16)
    return [re.sub(r"\(.*\)", "", w).replace("_", " ") for w in fields[4 : 4 + 2 * count : 2]]


def main() -> None:
    """Read the words of every sense of the table again and write them into it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--dict", type=Path, required=True, help="WordNet 3.0's dict folder")
    folder = parser.parse_args().dict
    rows = yaml.safe_load(TABLE.read_text())
    for word, row in rows.items():
        found = words_of(folder, row["synset"])
        row["words"] = [w for w in found if w.islower() and w != word]
    TABLE.write_text(yaml.safe_dump(rows, sort_keys=False, default_flow_style=None, width=100))


if __name__ == "__main__":
    main()
