"""`emostyle weights convert`: a checkpoint of others becomes a safetensors file of ours."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torchvision.utils import save_image

from emostyle.convert.builders import Built, Checkpoint
from emostyle.convert.families import FAMILIES, Family
from emostyle.convert.ready import is_made_of
from emostyle.errors import EmoStyleError, WeightsError
from emostyle.weights.pins import hold_entry, sha256
from emostyle.weights.readers.detect import detect_format
from emostyle.weights.readers.nvidia_pickle import PersistentRecord, read_nvidia_pickle
from emostyle.weights.readers.torch_file import read_torch_file
from emostyle.weights.readers.torchscript import read_torchscript
from emostyle.weights.registry import NOT_PUBLISHED, Entry, converted_path, entry_of, named
from emostyle.weights.store import save_network

NESTS = ("g_ema", "state_dict", "model_state_dict", "model")
"""Where training scripts keep the tensors of the network that is wanted."""
NAMED = 6
"""Keys that a message names."""
TOLD = 160
"""Characters of an error that a message repeats."""
SHOWN = 4
"""Numbers of a check vector that are shown."""


@dataclass(frozen=True)
class Conversion:
    """What became of a checkpoint.

    Attributes:
        path: the file written.
        family: what it holds.
        others: families whose networks the checkpoint holds too.
        left_out: parts of the checkpoint that are not in it.
        source: what is known of the checkpoint (`provenance`).
        check: what the network makes of a fixed input, read back from the file.
        picture: the check picture of a generator, None for an encoder.
    """

    path: Path
    family: str
    others: list[str]
    left_out: list[str]
    source: dict[str, Any]
    check: Tensor
    picture: Path | None

    def report(self) -> str:
        """Lines for the screen."""
        lines = [f"{self.path}  ({self.family})"]
        if "registry" in self.source:
            licence = self.source["licence"] or NOT_PUBLISHED
            lines.append(f"made from {self.source['registry']}, licence: {licence}")
        lines += [f"the file also holds a {name} (--family '{name}')" for name in self.others]
        if self.left_out:
            lines.append(f"left out: {', '.join(self.left_out)}")
        if self.picture:
            return "\n".join([*lines, f"check picture: {self.picture}"])
        for row in self.check.flatten(0, -2):
            first = " ".join(f"{value:+.4f}" for value in row[:SHOWN])
            lines.append(f"check vector: {first} ... ({len(row)} numbers, length {row.norm():.4f})")
        return "\n".join(lines)


def convert_file(
    source: Path,
    out: Path | None = None,
    class_index: int | None = None,
    family: str | None = None,
    slot: str | None = None,
    entry: Entry | None = None,
) -> Conversion:
    """Convert a checkpoint: recognise, build, write, read back, try.

    Args:
        source: of any readable format and known family; nothing in it is executed.
        out: the file to write, ending in .safetensors, or its folder; None puts it beside the
            source. Its name is the source's, with that of the family if it is not the first.
        class_index: what a generator of classes draws.
        family: which network, for a file of several (AudioCLIP holds a CLIP); None: the first.
        slot: the first that fits into this slot of a stack.
        entry: what it is said to be in the registry; None looks it up by its hash.

    Raises:
        LatentError: a class the generator does not have.
        WeightsError: unreadable, of no known family, damaged, or of no use when read back.
    """
    checkpoint = replace(open_checkpoint(source), class_index=class_index)
    chosen, others = recognise(checkpoint, source, family, slot)
    if out is None or out.is_dir():
        second = next(f.name for f in FAMILIES if f.name in (chosen.name, *others)) != chosen.name
        place = source if out is None else out / source.name
        out = free_place(place, chosen.name if second else "", chosen.slot)
    if out.suffix != ".safetensors" or out.absolute() == source.absolute():
        raise WeightsError(
            f"'{out}' cannot take the converted weights; name another file ending in .safetensors "
            "(--out)."
        )
    built = build(chosen, checkpoint, source)
    known = provenance(source, entry)
    facts = {**built.facts, "slot": chosen.slot, "left_out": built.left_out, "source": known}
    check = write_checked(out, chosen, built, facts)
    picture = out.with_suffix(".check.png") if check.ndim == 4 else None
    if picture:
        partial = picture.with_name(f".{picture.name}.{os.getpid()}.png")
        save_image(check, partial, normalize=True, value_range=(-1, 1))
        os.replace(partial, picture)
    return Conversion(out, chosen.name, others, built.left_out, known, check, picture)


def build(family: Family, checkpoint: Checkpoint, source: Path) -> Built:
    """The network of a checkpoint; whatever its parts lack is one sentence.

    Raises:
        LatentError, WeightsError: it cannot be built.
    """
    try:
        return family.build(checkpoint)
    except EmoStyleError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())[:TOLD]
        raise WeightsError(
            f"'{source}' looks like a {family.name}, but a part of it is missing or of another "
            f"form ({what}); get the whole file from its publisher."
        ) from error


def free_place(source: Path, family: str, slot: str) -> Path:
    """Where the file of ours made of a checkpoint goes without taking the place of another.

    Args:
        source: the checkpoint's name in the folder of the result.
        family: the network, where it is not the checkpoint's first.
        slot: the slot it fills.

    Raises:
        WeightsError: files that are not of this checkpoint lie in every place.
    """
    places = [converted_path(source, family, whole) for whole in (False, True)]
    for place in places:
        if not place.exists() or is_made_of(place, source.name, slot):
            return place
    raise WeightsError(
        f"'{places[0]}' and '{places[1]}' are files of something else, so what is made of "
        f"'{source.name}' has no place; move one of them, or name another file (--out)."
    )


def source_of(name_or_path: Path) -> tuple[Path, Entry | None]:
    """The checkpoint that is meant, and its entry if it was called by its published name.

    Raises:
        WeightsError: a bundled name, or the file under a published name is not the published one,
            or has changed.
    """
    entry = named(name_or_path)
    if entry is None:
        return name_or_path, None
    if entry.bundled:
        raise WeightsError(
            f"'{entry.name}' is bundled and needs no conversion; name it in a stack."
        )
    if entry.path.exists():
        hold_entry(entry)
    return entry.path, entry


def open_checkpoint(path: Path) -> Checkpoint:
    """Read a file of any format by its content.

    Raises:
        WeightsError: a folder, not readable, a file of ours already, or without named tensors.
    """
    if path.is_dir():
        raise WeightsError(
            f"'{path}' is a folder; that of a ChatGLM3 is read as it is and needs no conversion, "
            "of all else give the file."
        )
    content: Any
    match detect_format(path):
        case "safetensors":
            content = _read_safetensors(path)
        case "torchscript":
            content = read_torchscript(path).state
        case "nvidia_pickle":
            content = read_nvidia_pickle(path)
        case _:
            content = read_torch_file(path, mmap=True)
    content = content if isinstance(content, Mapping) else {}
    state = _named_tensors(content)
    if not state:
        raise WeightsError(
            f"'{path}' holds no tensors with names, expected the state dict of a network (latents "
            "are read by read_w_plus)."
        )
    return Checkpoint(content, state)


def recognise(
    checkpoint: Checkpoint, path: Path, wanted: str | None = None, slot: str | None = None
) -> tuple[Family, list[str]]:
    """The family of a checkpoint, and the names of others whose networks it holds too.

    Args:
        checkpoint: the file's content.
        path: where it lies, for the message.
        wanted: name of a family; None takes the first that fits.
        slot: takes the first that fits into this slot of a stack instead.

    Raises:
        WeightsError: none, or not the one that is wanted; the message names some of its keys.
    """
    found = {family.name: family for family in FAMILIES if family.recognises(checkpoint.state)}
    fitting = [name for name in found if slot in (None, found[name].slot)]
    if found and not fitting:
        kinds = " and ".join(f"{name} ({each.slot} slot)" for name, each in found.items())
        raise WeightsError(
            f"The {slot} slot names '{path}', which holds {kinds}; name another file in the stack."
        )
    name = wanted or next(iter(fitting), None)
    if name in found:
        return found[name], [other for other in found if other != name]
    if found:
        raise WeightsError(
            f"'{path}' holds no '{wanted}', but {' and '.join(found)}; choose one (--family)."
        )
    keys = ", ".join(list(checkpoint.state)[:NAMED])
    known = ", ".join(family.name for family in FAMILIES)
    raise WeightsError(
        f"'{path}' holds {len(checkpoint.state)} tensors named {keys} ..., which is no family that "
        f"can be converted ({known})."
    )


def provenance(source: Path, entry: Entry | None = None) -> dict[str, Any]:
    """Name, SHA-256, bytes and age of a file; if the registry knows it, its facts there."""
    digest, size, changed = sha256(source), source.stat().st_size, source.stat().st_mtime_ns
    facts: dict[str, Any] = {"file": source.name, "sha256": digest}
    facts |= {"size_bytes": size, "modified_ns": changed}
    if entry := entry or entry_of(source, digest):
        facts |= {"registry": entry.name, "licence": entry.licence, "url": entry.url}
        facts |= {"space": entry.space} if entry.space else {}
    return facts


@torch.no_grad()
def write_checked(out: Path, family: Family, built: Built, facts: dict[str, Any]) -> Tensor:
    """Write the file, read it back and try it; it gets its name only when all is well.

    Args:
        out: the file.
        family: loads and probes it.
        built: what is written; its numbers are kept exactly.
        facts: its metadata.

    Returns:
        What the network that was read back makes of the fixed input.

    Raises:
        WeightsError: it cannot be written, or what was read back gives no finite numbers.
    """
    partial = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        save_network(partial, built.network, facts, exact_type(built.network))
        check = family.probe(family.load(partial))
        if not check.isfinite().all():
            raise WeightsError(
                f"The {family.name} gives no finite numbers with these weights; they are damaged."
            )
        os.replace(partial, out)
    except SafetensorError as error:
        raise WeightsError(f"'{out}' could not be written ({error}); change --out.") from error
    finally:
        partial.unlink(missing_ok=True)
    return check


def exact_type(network: nn.Module) -> torch.dtype:
    """float16 if it holds every number of the network exactly, else float32."""
    floats = (value for value in network.state_dict().values() if value.is_floating_point())
    halves = all(torch.equal(value.half().to(value.dtype), value) for value in floats)
    return torch.float16 if halves else torch.float32


def _named_tensors(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict in a checkpoint, out of its nest and without a prefix of parallel training."""
    record = content.get("G_ema")
    if isinstance(record, PersistentRecord):
        return record.state_dict()
    nests = (content[name] for name in NESTS if isinstance(content.get(name), Mapping))
    pairs = next(nests, content).items()
    state = {k: v for k, v in pairs if isinstance(v, Tensor) and isinstance(k, str)}
    parallel = all(key.startswith("module.") for key in state)
    return {key.removeprefix("module."): state[key] for key in state} if parallel else state


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file of others."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            ours = "emostyle" in (file.metadata() or {})
            state = {} if ours else {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file ({error}).") from error
    if ours:
        raise WeightsError(f"'{path}' is a file of this project already; name it in a stack.")
    return state
