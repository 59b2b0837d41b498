"""Published networks beyond those of the edit, from the slots of a stack."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import nn
from transformers import GlmForCausalLM, WhisperModel

from emostyle.convert import builders
from emostyle.convert.file import convert_file
from emostyle.embedding.imagebind import ImageBind, ImageBindConfig, TowerConfig
from emostyle.emotion.melody_classifier import MelodyClassifier
from emostyle.emotion.melody_generator import LyricEncoder, MelodyDecoder, MelodyGenerator
from emostyle.emotion.whisper_at import TaggingHead
from emostyle.errors import StackError, WeightsError
from emostyle.inversion.e4e import Encoder4Editing, Inverter
from emostyle.manipulate.slots import SLOTS, load_slot
from emostyle.manipulate.stack import read_stack
from emostyle.testing import tiny_stack
from emostyle.weights import registry
from emostyle.weights.pins import sha256
from tests.unit.convert.test_convert import DIMS, OPENAI_NAMES, STYLES
from tests.unit.emotion.test_chatglm import SMALL, random_state

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "whisper_at_head": lambda: TaggingHead(24, classes=7),
    "melody_generator": lambda: MelodyGenerator(
        LyricEncoder(7, 6, 8, 2), MelodyDecoder(9, 4, 8, 2)
    ),
    "melody_classifier": lambda: MelodyClassifier(7, 9, 6, 4, 8, 2),
}


@pytest.fixture
def stack(tmp_path: Path) -> Callable[[str, Path | str], Path]:
    """A stack with one more slot."""

    def make(slot: str, member: Path | str) -> Path:
        path = tiny_stack(tmp_path)
        content = yaml.safe_load(path.read_text())
        content["slots"][slot] = str(member)
        path.write_text(yaml.safe_dump(content))
        return path

    return make


def equal(found: nn.Module, wanted: nn.Module) -> bool:
    theirs = wanted.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in found.state_dict().items())


@pytest.mark.parametrize("name", NETWORKS)
def test_by_the_path_of_the_original(name: str, tmp_path: Path, stack) -> None:
    network = NETWORKS[name]()
    source = tmp_path / f"{name}.pkl"
    torch.save(network.state_dict(), source)
    convert_file(source)
    slot = next(slot for slot, kinds in SLOTS.items() if name in kinds)
    loaded = load_slot(stack(slot, source), slot)
    assert type(loaded) is type(network)
    assert equal(loaded, network)
    assert not loaded.training
    assert not any(value.requires_grad for value in loaded.parameters())


def test_whisper_by_its_published_name(tmp_path: Path, stack, monkeypatch) -> None:
    from emostyle.emotion.whisper_at import whisper_config

    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path / "cache"))
    network = WhisperModel(whisper_config(DIMS))
    state = {}
    for key, value in network.state_dict().items():
        for ours, theirs in OPENAI_NAMES:
            key = key.replace(ours, theirs)
        state[key] = value
    entry = registry.get("whisper-tiny")
    entry.path.parent.mkdir(parents=True)
    torch.save({"dims": DIMS, "model_state_dict": state}, entry.path)
    entry = replace(entry, sha256=sha256(entry.path))
    monkeypatch.setattr(registry, "_published", lambda: (entry,))
    assert isinstance(load_slot(stack("transcriber", entry.name), "transcriber"), WhisperModel)


def test_inverter_and_imagebind(tmp_path: Path, stack, monkeypatch) -> None:
    encoder = Encoder4Editing(**STYLES)
    content = {
        "state_dict": {f"encoder.{key}": value for key, value in encoder.state_dict().items()},
        "latent_avg": torch.randn(10, 6),
        "opts": {"encoder_type": "Encoder4Editing", "start_from_latent_avg": True},
    }
    torch.save(content, tmp_path / "e4e.pt")
    path = convert_file(tmp_path / "e4e.pt").path
    assert isinstance(load_slot(stack("inverter", path), "inverter"), Inverter)
    config = ImageBindConfig(6, {"text": TowerConfig(8, 1, 2), "vision": TowerConfig(16, 1, 2)})
    monkeypatch.setattr(builders, "IMAGEBIND_HUGE", config)
    torch.save(ImageBind(config).state_dict(), tmp_path / "imagebind.pth")
    path = convert_file(tmp_path / "imagebind.pth").path
    assert isinstance(load_slot(stack("retrieval", path), "retrieval"), ImageBind)


def test_a_folder_of_chatglm(tmp_path: Path, stack) -> None:
    folder = tmp_path / "chatglm3-6b"
    folder.mkdir()
    save_file(random_state(SMALL), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(SMALL))
    assert isinstance(load_slot(stack("polarity", folder), "polarity"), GlmForCausalLM)


def test_what_does_not_belong_is_said(tmp_path: Path, stack) -> None:
    torch.save(NETWORKS["whisper_at_head"]().state_dict(), tmp_path / "head.pth")
    head = convert_file(tmp_path / "head.pth").path
    with pytest.raises(WeightsError, match=r"composer slot names .* holds a 'whisper_at_head'"):
        load_slot(stack("composer", head), "composer")
    with pytest.raises(StackError, match="has no retrieval for domain"):
        load_slot(stack("composer", head), "retrieval")
    with pytest.raises(StackError, match="Unknown slot 'colour'; choose one of inverter"):
        load_slot(stack("composer", head), "colour")


def test_an_edit_does_not_ask_for_what_it_does_not_use(tmp_path: Path, stack) -> None:
    path = stack("composer", tmp_path / "nowhere.safetensors")
    assert "composer" not in read_stack(path, "landscape")
