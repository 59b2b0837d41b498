"""A stack: one weights file for each slot an edit needs, and the networks loaded from it."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from torch import Tensor, nn
from yaml import YAMLError

from emostyle.convert.ready import lacking, ready_file
from emostyle.embedding.clip import load_clip
from emostyle.embedding.load import load_sound_encoder
from emostyle.embedding.memory import text_memory
from emostyle.embedding.space import check_space
from emostyle.errors import StackError, WeightsError
from emostyle.generator.load import load_generator
from emostyle.guidance.load import load_identity
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.settings import EditSettings, preset
from emostyle.weights.pins import sha256
from emostyle.weights.store import read_metadata
from emostyle.world.sound import SOUND_CLASSES

CONFIGS = Path(__file__).parents[2] / "configs"
"""The folder of configurations beside the package."""

NEEDED = ("generator", "clip", "audio_encoder")
"""Slots without which no edit can run."""
OPTIONAL = ("identity",)
"""Slots that an edit uses if they are there."""


def stack_names() -> list[str]:
    """The stacks that can be named."""
    return sorted(path.stem for path in (CONFIGS / "stack").glob("*.yaml"))


def read_stack(name_or_path: str | Path, domain: str) -> dict[str, Path]:
    """The weights file of each slot that an edit uses.

    Args:
        name_or_path: a stack's name (`world`) or a YAML file of the same form.
        domain: picks the file where a slot has one per domain.

    Returns:
        Slot -> file; a slot the domain does not use is left out.

    Raises:
        StackError: unknown stack, unreadable YAML, or a slot that is missing.
        WeightsError: files are not there, or of no use; of each published one the message says
            where it comes from, its bytes and its licence.
    """
    path, chosen = _members(name_or_path, domain)
    missing = [slot for slot in NEEDED if not chosen.get(slot)]
    if missing:
        raise StackError(_lacks(path, ", ".join(missing), domain))
    used = {slot: chosen[slot] for slot in (*NEEDED, *OPTIONAL) if chosen.get(slot)}
    return _ready(used)


def slot_file(name_or_path: str | Path, slot: str, domain: str) -> Path:
    """The file, or the folder, of one slot of a stack.

    Args:
        name_or_path: a stack's name or a YAML file.
        slot: its name.
        domain: picks the file where a slot has one per domain.

    Raises:
        StackError, WeightsError: as `read_stack`.
    """
    path, chosen = _members(name_or_path, domain)
    if not chosen.get(slot):
        raise StackError(_lacks(path, slot, domain))
    return _ready({slot: chosen[slot]})[slot]


def _ready(used: Mapping[str, str]) -> dict[str, Path]:
    """The file of each slot; of published ones that are not here, all are named at once."""
    absent = {slot: entry for slot, member in used.items() if (entry := lacking(member))}
    if absent:
        told = "; ".join(
            f"the {slot} slot names '{entry.name}', which is not here: {entry.missing}"
            for slot, entry in absent.items()
        )
        names = " ".join(entry.name for entry in absent.values() if entry.url)
        run = [f"run `emostyle weights fetch {names}`"] if names else []
        by_hand = [f"put {e.file} at '{e.path}'" for e in absent.values() if not e.url]
        todo = ", ".join([*run, *by_hand])
        raise WeightsError(f"{told[0].upper()}{told[1:]}; {todo}, or choose another --stack.")
    return {slot: ready_file(member, slot) for slot, member in used.items()}


def _members(name_or_path: str | Path, domain: str) -> tuple[Path, dict[str, Any]]:
    """The file of a stack and the member of each slot in a domain.

    Raises:
        StackError: as `_read`, or a member that is no name.
    """
    path, content = _read(name_or_path)
    members = {
        slot: value.get(domain) if isinstance(value, dict) else value
        for slot, value in content["slots"].items()
    }
    for slot, member in members.items():
        if member is not None and not isinstance(member, str):
            raise StackError(
                f"{path} has {member!r:.60} in its slot {slot}, expected a name or a path "
                "(--stack)."
            )
        if member and not Path(member).exists() and (path.parent / member).is_file():
            members[slot] = str(path.parent / member)
    return path, members


def _lacks(path: Path, slots: str, domain: str) -> str:
    return (
        f"Stack {path.stem} has no {slots} for domain '{domain}'; add the slot to {path} or choose "
        "another --stack or --domain."
    )


def _read(name_or_path: str | Path) -> tuple[Path, dict[str, Any]]:
    """The file of a stack and what it says; raises StackError where it says nothing useful."""
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml"):
        path = CONFIGS / "stack" / f"{name_or_path}.yaml"
    if not path.is_file():
        raise StackError(
            f"Unknown stack '{name_or_path}'; choose one of {', '.join(stack_names())} "
            "or give a YAML file (--stack)."
        )
    try:
        content: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except (YAMLError, OmegaConfBaseException) as error:
        raise StackError(f"{path} is not readable YAML ({error}); mend it (--stack).") from error
    if not isinstance(content, dict) or not isinstance(content.get("slots"), dict):
        raise StackError(f"{path} has no `slots:` mapping; see configs/stack/world.yaml (--stack).")
    if not isinstance(content.get("truncation_psi", 1.0), int | float):
        raise StackError(
            f"{path} has truncation_psi {content['truncation_psi']!r:.60}, expected a number "
            "(--stack)."
        )
    return path, content


def settings_of(request: EditRequest) -> EditSettings:
    """The settings of a request: its preset, else the one its stack is made for.

    Raises:
        EmoStyleError: unknown stack or preset.
    """
    name = request.preset or _read(request.stack)[1].get("preset", "world")
    return preset(name, request.domain)


class EditNetworks(nn.Module):
    """The frozen networks of one stack and domain.

    Args:
        stack: name or YAML file.
        domain: `landscape` or `portrait`.

    Raises:
        StackError, WeightsError: as `read_stack`.
    """

    def __init__(self, stack: str = "world", domain: str = "landscape") -> None:
        super().__init__()
        self.stack, self.domain = stack, domain
        self.paths = read_stack(stack, domain)
        self.truncation_psi = float(_read(stack)[1].get("truncation_psi", 1.0))
        self.generator = load_generator(self.paths["generator"])
        self.clip = load_clip(self.paths["clip"])
        self.audio_encoder, self.audio_metadata = load_sound_encoder(self.paths["audio_encoder"])
        check_space(
            read_metadata(self.paths["clip"]),
            self.clip.embed_dim,
            self.audio_metadata,
            self.audio_encoder.output_dim,
        )
        self.identity = load_identity(self.paths["identity"]) if "identity" in self.paths else None
        self.class_vectors: Tensor | None = None
        self._memory: Tensor | None = None
        self.eval().requires_grad_(False)

    @property
    def classes(self) -> tuple[str, ...]:
        """The world's sound classes that the audio encoder knows; empty for a published one."""
        classes = tuple(self.audio_metadata.get("classes", ()))
        return classes if set(classes) <= set(SOUND_CLASSES) else ()

    @property
    def memory(self) -> Tensor | None:
        """What the texts of the known sound classes say (M, D), None where none are known."""
        if self._memory is None and self.classes:
            self._memory = text_memory(self.clip, self.classes)
        return self._memory

    def train(self, mode: bool = True) -> "EditNetworks":
        """The networks stay in evaluation mode, whatever the trainer asks."""
        return super().train(False)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each slot's file."""
        return {slot: sha256(path) for slot, path in self.paths.items()}


@lru_cache(maxsize=4)
def load_stack(stack: str = "world", domain: str = "landscape") -> EditNetworks:
    """The networks of a stack, kept so that the next edit of a sitting need not load them again."""
    return EditNetworks(stack, domain)
