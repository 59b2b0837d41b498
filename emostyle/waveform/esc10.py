"""The folder layouts in which ESC-10 (Piczak 2015) circulates, read into rows."""

import re
from dataclasses import dataclass
from pathlib import Path

from emostyle.errors import AudioError


@dataclass(frozen=True)
class EscClass:
    """One class of ESC-10.

    Attributes:
        folder: class name in the folders of ESC-10 ("001 - Dog bark" without the number).
        target: its number in ESC-50's file names.
        name: our sound class.
        prompt: what is heard, in ESC's own words, as a noun phrase for prompts.
    """

    folder: str
    target: int
    name: str
    prompt: str


ESC10 = (
    EscClass("Dog bark", 0, "dog_bark", "a dog barking"),
    EscClass("Rain", 10, "rain", "rain"),
    EscClass("Sea waves", 11, "waves", "sea waves"),
    EscClass("Baby cry", 20, "sobbing", "a baby crying"),
    EscClass("Clock tick", 38, "clock_tick", "a clock ticking"),
    EscClass("Person sneeze", 21, "coughing", "a person sneezing"),
    EscClass("Helicopter", 40, "helicopter", "a helicopter"),
    EscClass("Chainsaw", 41, "chainsaw", "a chainsaw"),
    EscClass("Rooster", 1, "rooster", "a rooster"),
    EscClass("Fire crackling", 12, "fire", "a crackling fire"),
)
"""The ten classes in the order of ESC-10's folders."""


@dataclass(frozen=True)
class EscClip:
    """One clip: its file, its class (index into `ESC10`) and its official fold."""

    path: Path
    label: int
    fold: int


def list_esc10(root: str | Path, folds: tuple[int, ...] | None = None) -> list[EscClip]:
    """The clips of a copy of ESC-10, sorted by class and name.

    Read are the ESC-10 layout (`001 - Dog bark/1-30226-A.ogg`: the fold is the name's first
    number) and ESC-50's flat one (`audio/1-30226-A-0.wav`; clips of its other classes are left
    out). Nothing is decoded here.

    Args:
        root: folder of the data set.
        folds: official folds to keep (1 to 5), or None for all.

    Raises:
        AudioError: the folder is missing or holds no clip of these folds.
    """
    root = Path(root)
    if not root.is_dir():
        raise AudioError(
            f"The ESC-10 folder '{root}' was not found; pass the data set's folder to --root."
        )
    by_folder = {item.folder.lower(): index for index, item in enumerate(ESC10)}
    by_target = {item.target: index for index, item in enumerate(ESC10)}
    clips = []
    for path in sorted(root.rglob("*")):
        name = re.fullmatch(r"(\d)-\d+-[A-Z](?:-(\d+))?\.(?:ogg|wav|flac|mp3)", path.name)
        if name is None:
            continue
        folder = re.sub(r"^\d+\s*-\s*", "", path.parent.name).lower()
        label = by_folder.get(folder)
        if label is None and name[2] is not None:
            label = by_target.get(int(name[2]))
        fold = int(name[1])
        if label is not None and (folds is None or fold in folds):
            clips.append(EscClip(path, label, fold))
    if not clips:
        wanted = "any fold" if folds is None else f"folds {sorted(folds)}"
        raise AudioError(
            f"The folder '{root}' holds no ESC-10 clip of {wanted}; pass the folder that contains "
            "'001 - Dog bark' (or ESC-50's 'audio') to --root and its folds to --folds."
        )
    return sorted(clips, key=lambda clip: (clip.label, clip.path.name))
