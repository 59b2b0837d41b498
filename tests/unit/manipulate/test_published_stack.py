"""Published networks in the slots of a stack: the edit runs as with the bundled ones."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import save_file

from emostyle.embedding.published_audio.lee import LeeAudioEncoder
from emostyle.errors import StackError, WeightsError
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.published.stylegan2_state import stylegan2_layout
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.guidance.arcface_ir import ArcFaceIR
from emostyle.inversion.blocks import TrunkConfig
from emostyle.manipulate import EditRequest, edit
from emostyle.manipulate.settings import EMOSTYLE, ROBUST
from emostyle.manipulate.stack import CONFIGS, read_stack, settings_of, stack_names
from emostyle.testing import tiny_stack
from emostyle.weights.registry import get
from emostyle.weights.store import read_metadata, save_network

SECOND = PublishedStyleGAN2(PublishedStyleGAN2Config((8, 8, 8, 4), 6, 8, 2, c_dim=3, class_index=1))
THIRD = StyleGAN3Generator(StyleGAN3Config(32, stylegan3_widths(32, 64, 8, 5), 6, 8))
TRUNK = TrunkConfig(stem_width=4, widths=(4, 8, 16), units=(1, 2, 1), reduction=2)


def sound() -> torch.Tensor:
    """A second of noise."""
    return torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1


@pytest.mark.parametrize("generator", [SECOND, THIRD], ids=["stylegan2", "stylegan3"])
def test_generator(generator, tmp_path: Path) -> None:
    stack = tiny_stack(tmp_path)
    save_network(tmp_path / "generator.safetensors", generator, generator.describe(), torch.float32)
    result = edit(EditRequest(waveform=sound(), stack=str(stack), steps=2))
    layers = generator.config.num_layers
    assert result.w_plus.shape == result.w_start.shape == (1, layers, 8)
    assert result.mask.shape == (1, layers)
    assert result.after.shape == (1, 3, 32, 32)
    assert not torch.equal(result.w_plus, result.w_start)


def test_audio_encoder_and_identity(tmp_path: Path) -> None:
    """A published encoder names no classes, so nothing is said to be heard; ArcFace is cropped."""
    stack = tiny_stack(tmp_path, "portrait")
    encoder = LeeAudioEncoder("basic", (1, 1, 1, 1), (4, 4, 8, 8), embed_dim=512)
    save_network(tmp_path / "audio_encoder.safetensors", encoder, encoder.describe())
    network = ArcFaceIR(TRUNK, input_size=16, embedding=6)
    save_network(tmp_path / "identity.safetensors", network, network.describe())
    slots = yaml.safe_load(stack.read_text())
    slots["slots"]["identity"] = str(tmp_path / "identity.safetensors")
    stack.write_text(yaml.safe_dump(slots))
    result = edit(EditRequest(waveform=sound(), domain="portrait", stack=str(stack), steps=2))
    assert result.heard == []
    assert {"audio", "identity"} <= set(result.history)
    assert not torch.equal(result.w_plus, result.w_start)


@pytest.mark.parametrize("name", [name for name in stack_names() if name != "world"])
def test_a_stack_of_published_files_says_what_is_missing(name, tmp_path, monkeypatch) -> None:
    """One sentence with the file, where it is from, its bytes and its licence."""
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path))
    slots = yaml.safe_load((CONFIGS / "stack" / f"{name}.yaml").read_text())["slots"]
    ((domain, generator),) = slots["generator"].items()
    with pytest.raises(WeightsError) as told:
        edit(EditRequest(waveform=sound(), domain=domain, stack=name, steps=2))
    message = str(told.value)
    entry = get(generator)
    for fact in (entry.file, entry.url or entry.page, entry.size, "licence: ", "weights fetch"):
        assert fact in message


def test_a_stack_brings_its_settings_and_truncation(tmp_path: Path) -> None:
    """Its preset counts unless one is asked for; starts are pulled towards the mean."""
    stack = tiny_stack(tmp_path)
    whole = edit(EditRequest(waveform=sound(), stack=str(stack), steps=1))
    content = yaml.safe_load(stack.read_text())
    pulled = tmp_path / "pulled.yaml"
    pulled.write_text(yaml.safe_dump({**content, "preset": "robust", "truncation_psi": 0.0}))
    request = EditRequest(waveform=sound(), stack=str(pulled), steps=1, count=2)
    assert settings_of(request) == ROBUST["landscape"]
    assert settings_of(replace(request, preset="emostyle")) == EMOSTYLE["landscape"]
    starts = edit(request).w_start
    assert torch.equal(starts[0], starts[1])
    assert not torch.equal(whole.w_start[0], starts[0])


def test_a_slot_takes_a_checkpoint_of_others_by_its_own_path(tmp_path: Path, capsys) -> None:
    """The edit converts it the first time and runs; the second time it is there."""
    stack = tiny_stack(tmp_path)
    content = yaml.safe_load(stack.read_text())
    network = PublishedStyleGAN2(PublishedStyleGAN2Config((8, 8, 8, 4), 8, 8, 2))
    ours, layout = network.state_dict(), stylegan2_layout(network, rosinality=True)
    state = {p.key: ours[name].reshape(p.shape) / p.gain for name, p in layout.places.items()}
    original = tmp_path / "mine" / "landscape.pt"
    original.parent.mkdir()
    torch.save({"g_ema": state, "latent_avg": torch.zeros(8)}, original)
    content["slots"]["generator"] = str(original)
    stack.write_text(yaml.safe_dump(content))
    result = edit(EditRequest(waveform=sound(), stack=str(stack), steps=1))
    assert result.w_plus.shape == (1, 8, 8)
    made = original.with_suffix(".safetensors")
    assert read_stack(stack, "landscape")["generator"] == made
    assert capsys.readouterr().err.count(f"{made}  (generator)") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"slots": {"generator": 12}}, "has 12 in its slot generator, expected a name or a path"),
        ({"slots": {"clip": ["a", "b"]}}, r"has \['a', 'b'\] in its slot clip"),
        ({"truncation_psi": "abc"}, "has truncation_psi 'abc', expected a number"),
    ],
)
def test_odd_values_in_a_stack(change, says: str, tmp_path: Path) -> None:
    stack = tiny_stack(tmp_path)
    content = yaml.safe_load(stack.read_text())
    slots = {**content["slots"], **change.pop("slots", {})}
    stack.write_text(yaml.safe_dump({**content, **change, "slots": slots}))
    with pytest.raises(StackError, match=says):
        read_stack(stack, "landscape")


def test_paths_beside_the_stack(tmp_path: Path) -> None:
    stack = tiny_stack(tmp_path)
    content = yaml.safe_load(stack.read_text())
    content["slots"]["generator"] = "generator.safetensors"
    stack.write_text(yaml.safe_dump(content))
    assert read_stack(stack, "landscape")["generator"] == tmp_path / "generator.safetensors"


def test_metadata_that_are_none(tmp_path: Path) -> None:
    for words, says in (("no json", "are no JSON"), ("[1]", "are no mapping")):
        save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors", metadata={"emostyle": words})
        with pytest.raises(WeightsError, match=says):
            read_metadata(tmp_path / "a.safetensors")
