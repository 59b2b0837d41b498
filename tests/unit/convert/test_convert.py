"""Checkpoints in their true formats become files that the rooms load, with the same weights."""

import argparse
import functools
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from open_clip.model import CLIP
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import WhisperModel

from emostyle.convert import builders
from emostyle.convert.file import convert_file
from emostyle.convert.ready import ready_file
from emostyle.embedding.clip import load_clip
from emostyle.embedding.imagebind import ImageBind, ImageBindConfig, TowerConfig, load_imagebind
from emostyle.embedding.published_audio import audioclip, wav2clip
from emostyle.embedding.published_audio.lee import LeeAudioEncoder
from emostyle.embedding.published_audio.load import load_published_audio
from emostyle.embedding.published_audio.swin import SwinAudioEncoder
from emostyle.emotion.load import load_composer, load_head, load_song_classifier, load_whisper
from emostyle.emotion.melody_classifier import MelodyClassifier
from emostyle.emotion.melody_generator import LyricEncoder, MelodyDecoder, MelodyGenerator
from emostyle.emotion.whisper_at import TaggingHead, whisper_config
from emostyle.errors import LatentError, WeightsError
from emostyle.generator.load import load_generator
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2, PublishedStyleGAN2Config
from emostyle.generator.published.stylegan2_state import stylegan2_layout
from emostyle.guidance.arcface_ir import ArcFaceIR, load_arcface_ir
from emostyle.inversion.blocks import TrunkConfig
from emostyle.inversion.e4e import Encoder4Editing, load_inverter
from emostyle.inversion.psp import GradualStyleEncoder, LastLayerEncoder
from emostyle.weights.pins import sha256
from tests.unit.weights.readers.conftest import (  # noqa: F401
    Nvidia,
    canary,
    nvidia,
    persistent_network,
)

TRUNK = TrunkConfig(stem_width=4, widths=(4, 8, 16), units=(1, 2, 1), reduction=2)
STYLES = {"resolution": 64, "style_dim": 6, "image_size": 32, "trunk": TRUNK}
DIMS = {
    "n_mels": 4, "n_audio_ctx": 40, "n_audio_state": 8, "n_audio_head": 2, "n_audio_layer": 1,
    "n_vocab": 51865, "n_text_ctx": 6, "n_text_state": 8, "n_text_head": 2, "n_text_layer": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def same(found: nn.Module, wanted: nn.Module) -> None:
    """Equal names and numbers."""
    theirs = wanted.state_dict()
    assert found.state_dict().keys() == theirs.keys()
    for name, value in found.state_dict().items():
        assert torch.equal(value, theirs[name].float() if value.is_floating_point() else value)


def facts(path: Path) -> dict[str, Any]:
    """The metadata of a file."""
    with safe_open(path, "pt") as file:
        read: dict[str, Any] = json.loads(file.metadata()["emostyle"])
    return read


def saved(folder: Path, content: Any, name: str = "source.pt", **how: Any) -> Path:
    torch.save(content, folder / name, **how)
    return folder / name


@pytest.mark.parametrize("squeeze", [True, False])
def test_arcface(tmp_path: Path, squeeze: bool) -> None:
    trunk = TrunkConfig(4, (4, 8), (2, 1), squeeze, 2 if squeeze else 16)
    network = ArcFaceIR(trunk, input_size=16, embedding=6, affine=squeeze)
    source = saved(tmp_path, network.state_dict(), "model_ir_se50.pth")
    done = convert_file(source)
    assert done.path == tmp_path / "model_ir_se50.safetensors"
    loaded = load_arcface_ir(done.path)
    assert loaded.describe() == network.describe()
    same(loaded, network)
    assert done.check.shape == (1, 6)
    assert f"check vector: {done.check[0, 0]:+.4f}" in done.report()
    told = facts(done.path)["source"]
    assert (told["file"], told["sha256"]) == (source.name, sha256(source))
    assert sorted(p.name for p in tmp_path.iterdir()) == [source.name, done.path.name]


@pytest.mark.parametrize("kind", [Encoder4Editing, GradualStyleEncoder])
@pytest.mark.parametrize("options", [dict, lambda **given: argparse.Namespace(**given)])
def test_e4e_and_psp(tmp_path: Path, kind: Any, options: Any) -> None:
    encoder, average = kind(**STYLES), torch.randn(10, 6)
    state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
    state["decoder.style.1.weight"] = torch.zeros(2)
    content = {
        "state_dict": state,
        "latent_avg": average,
        "opts": options(encoder_type=kind.__name__, start_from_latent_avg=True),
    }
    done = convert_file(saved(tmp_path, content), tmp_path / "new" / "out.safetensors")
    loaded = load_inverter(done.path)
    assert loaded.describe() == encoder.describe()
    same(loaded.encoder, encoder)
    assert torch.equal(loaded.latent_avg, average)
    assert done.left_out == facts(done.path)["left_out"] == ["decoder"]
    assert "left out: decoder" in done.report()
    assert done.check.shape == (1, 10, 6)


def test_psp_of_the_last_layer_that_starts_from_zero(tmp_path: Path) -> None:
    encoder = LastLayerEncoder(resolution=64, style_dim=6, trunk=TRUNK)
    content = {
        "state_dict": {f"encoder.{key}": value for key, value in encoder.state_dict().items()},
        "latent_avg": torch.ones(6),
        "opts": {
            "encoder_type": "BackboneEncoderUsingLastLayerIntoW",
            "output_size": 64,
            "start_from_latent_avg": False,
        },
    }
    loaded = load_inverter(convert_file(saved(tmp_path, content)).path)
    same(loaded.encoder, encoder)
    assert not loaded.latent_avg.any()


def test_an_encoder_that_does_not_say_its_kind(tmp_path: Path) -> None:
    encoder = Encoder4Editing(**STYLES)
    state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
    with pytest.raises(WeightsError, match="encoder_type 'None', expected one of Encoder4Editing"):
        convert_file(saved(tmp_path, {"state_dict": state, "latent_avg": torch.ones(6)}))


class WithSizes(nn.Module):
    """A CLIP whose archive also holds sizes, as OpenAI's do."""

    def __init__(self, clip: CLIP) -> None:
        super().__init__()
        for name, child in clip.named_children():
            self.add_module(name, child)
        for name, parameter in clip.named_parameters(recurse=False):
            self.register_parameter(name, parameter)
        for name, size in (("input_resolution", 32), ("context_length", 12), ("vocab_size", 50)):
            self.register_buffer(name, torch.tensor(size))

    def forward(self, images: Tensor) -> Tensor:
        return self.visual(images)  # type: ignore[no-any-return]


VIT = {"layers": 2, "width": 64, "patch_size": 16, "image_size": 32}
RESNET = {"layers": (1, 1, 2, 1), "width": 8, "image_size": 32}
TEXT = {"context_length": 12, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1}


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("vision", [VIT, RESNET])
def test_openai_clip(tmp_path: Path, vision: dict[str, Any]) -> None:
    clip = CLIP(8, dict(vision), dict(TEXT), quick_gelu=True).eval()
    traced = torch.jit.trace(WithSizes(clip), torch.zeros(1, 3, 32, 32))
    torch.jit.save(traced, tmp_path / "ViT-B-32.pt")
    done = convert_file(tmp_path / "ViT-B-32.pt")
    loaded = load_clip(done.path)
    same(loaded.model, clip)
    assert done.left_out == ["context_length", "input_resolution", "vocab_size"]
    assert facts(done.path)["left_out"] == done.left_out
    assert loaded.config.quick_gelu
    assert loaded.config.image_mean == pytest.approx((0.481, 0.458, 0.408), abs=1e-3)
    images = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        wanted = nn.functional.normalize(clip.visual(loaded.preprocess(images)), dim=-1)
        torch.testing.assert_close(loaded.encode_image(images), wanted)
    assert done.check.shape == (2, 8)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_lee(tmp_path: Path, prefix: str) -> None:
    network = LeeAudioEncoder("basic", (1, 1, 1, 1), (4, 4, 8, 8), embed_dim=6)
    state = {f"{prefix}{key}": value for key, value in network.state_dict().items()}
    source = saved(tmp_path, state, "resnet18_57.pth", _use_new_zipfile_serialization=bool(prefix))
    loaded, metadata = load_published_audio(convert_file(source).path)
    same(loaded, network)
    assert metadata["mel"] == network.mel.to_dict()
    assert metadata["sample_rate_hz"] == 44100


def test_swin(tmp_path: Path) -> None:
    network = SwinAudioEncoder(
        embed_dim=8, depths=(1, 1, 2, 1), num_heads=(1, 1, 2, 2), num_classes=6
    )
    loaded, metadata = load_published_audio(
        convert_file(saved(tmp_path, network.state_dict())).path
    )
    same(loaded, network)
    assert metadata["mel"]["n_mels"] == 128


def test_wav2clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = functools.partial(wav2clip.Wav2CLIP, (4, 4, 8, 8), (1, 1, 1, 1), (8, 7, 6))
    monkeypatch.setattr(wav2clip, "Wav2CLIP", small)
    network = small()
    state = {**network.state_dict(), "image_transform.sequential.0.weight": torch.zeros(1)}
    done = convert_file(saved(tmp_path, state, "Wav2CLIP.pt"))
    loaded, metadata = load_published_audio(done.path)
    same(loaded, network)
    assert done.left_out == ["image_transform"]
    assert metadata["sample_rate_hz"] == 16000


def test_audioclip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = functools.partial(
        audioclip.AudioCLIPEncoder, 16, (1, 1, 1, 1), groups=4, width_per_group=8, embed_dim=6,
        n_fft=128, win_length=100, hop_length=64,
    )  # fmt: skip
    monkeypatch.setattr(audioclip, "AudioCLIPEncoder", small)
    network, clip = small(), CLIP(8, dict(RESNET), dict(TEXT))
    state = {f"audio.{key}": value for key, value in network.state_dict().items()}
    done = convert_file(saved(tmp_path, {**clip.state_dict(), **state}))
    same(load_published_audio(done.path)[0], network)
    assert done.family == "AudioCLIP"
    assert {"visual", "transformer"} < set(done.left_out)
    assert "also holds a CLIP (--family 'CLIP')" in done.report()
    tuned = convert_file(tmp_path / "source.pt", family="CLIP")
    assert tuned.path == tmp_path / "source-CLIP.safetensors"
    assert tuned.left_out == ["audio"]
    same(load_clip(tuned.path).model, clip)
    assert facts(tuned.path)["text_space"] == facts(done.path)["text_space"]
    assert ready_file(str(tmp_path / "source.pt"), "clip") == tuned.path
    assert ready_file(str(tmp_path / "source.pt"), "audio_encoder") == done.path
    tuned.path.unlink()
    assert ready_file(str(tmp_path / "source.pt"), "clip") == tuned.path
    with pytest.raises(WeightsError, match="holds no 'Whisper', but AudioCLIP and CLIP"):
        convert_file(tmp_path / "source.pt", family="Whisper")


def test_imagebind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    towers = {
        "vision": TowerConfig(8, 1, 2, geometry={"image_size": 28}),
        "audio": TowerConfig(8, 1, 2, drop_path=0.1),
    }
    config = ImageBindConfig(6, towers)
    monkeypatch.setattr(builders, "IMAGEBIND_HUGE", config)
    network = ImageBind(config)
    done = convert_file(saved(tmp_path, network.state_dict(), "imagebind_huge.pth"))
    loaded = load_imagebind(done.path)
    same(loaded, network)
    assert loaded.config == config


@pytest.mark.parametrize("down", [None, 16])
def test_a_head_of_whisper_at(tmp_path: Path, down: int | None) -> None:
    head = TaggingHead(24, classes=7, down_width=down)
    state = {f"at_model.{key}": value for key, value in head.state_dict().items()}
    same(load_head(convert_file(saved(tmp_path, state, "tiny_ori.pth")).path), head)


OPENAI_NAMES = (
    ("encoder_attn_layer_norm", "cross_attn_ln"), ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn", "cross_attn"), ("self_attn", "attn"), (".layers.", ".blocks."),
    ("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value"), ("out_proj", "out"),
    ("fc1", "mlp.0"), ("fc2", "mlp.2"), ("final_layer_norm", "mlp_ln"),
    ("encoder.layer_norm", "encoder.ln_post"), ("decoder.layer_norm", "decoder.ln"),
    ("embed_tokens", "token_embedding"), ("embed_positions.weight", "positional_embedding"),
)  # fmt: skip


def test_whisper(tmp_path: Path) -> None:
    network = WhisperModel(whisper_config(DIMS))
    state = {}
    for key, value in network.state_dict().items():
        for ours, theirs in OPENAI_NAMES:
            key = key.replace(ours, theirs)
        state[key] = value.half()
    network.half()
    done = convert_file(saved(tmp_path, {"dims": DIMS, "model_state_dict": state}, "tiny.pt"))
    same(load_whisper(done.path), network)
    assert facts(done.path)["dims"] == DIMS
    with safe_open(done.path, "pt") as file:
        assert file.get_tensor("encoder.conv1.weight").dtype == torch.float16


def test_a_generator_is_checked_by_a_picture(tmp_path: Path) -> None:
    network = PublishedStyleGAN2(PublishedStyleGAN2Config((8, 8, 4), 6, 6, 2))
    network.mapping.w_avg.normal_()
    ours, places = network.state_dict(), stylegan2_layout(network, rosinality=True).places
    state = {p.key: ours[name].reshape(p.shape) / p.gain for name, p in places.items()}
    content = {"g": {}, "d": {}, "g_ema": state, "latent_avg": network.mapping.w_avg}
    done = convert_file(saved(tmp_path, content, "landscape.pt"))
    same(load_generator(done.path), network)
    assert done.left_out == ["d", "g"]
    assert done.picture == tmp_path / "landscape.check.png"
    assert Image.open(done.picture).size == (16, 16)
    assert str(done.picture) in done.report()
    assert len(list(tmp_path.iterdir())) == 3


def test_what_nothing_recognises_is_named(tmp_path: Path) -> None:
    state = {f"strange.{index}.weight": torch.zeros(1) for index in range(9)}
    with pytest.raises(WeightsError, match=r"9 tensors named strange\.0\.weight, .*no family"):
        convert_file(saved(tmp_path, state))
    with pytest.raises(WeightsError, match="no tensors with names"):
        convert_file(saved(tmp_path, torch.zeros(1, 18, 512)))


def test_safetensors_of_others_and_of_ours(tmp_path: Path) -> None:
    network = ArcFaceIR(TrunkConfig(4, (4,), (1,), True, 2), input_size=16, embedding=6)
    save_file(network.state_dict(), tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="cannot take the converted weights"):
        convert_file(tmp_path / "a.safetensors", tmp_path / "a.safetensors")
    assert convert_file(tmp_path / "a.safetensors").path == tmp_path / "a-ours.safetensors"
    with pytest.raises(WeightsError, match=r"ending in \.safetensors"):
        convert_file(tmp_path / "a.safetensors", tmp_path / "b.pt")
    done = convert_file(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    same(load_arcface_ir(done.path), network)
    with pytest.raises(WeightsError, match="is a file of this project already"):
        convert_file(done.path, tmp_path / "c.safetensors")


def test_damaged_weights_leave_nothing_behind(tmp_path: Path) -> None:
    network = ArcFaceIR(TrunkConfig(4, (4,), (1,), True, 2), input_size=16, embedding=6)
    network.input_layer[0].weight.data.fill_(float("nan"))
    source = saved(tmp_path, network.state_dict())
    with pytest.raises(WeightsError, match="no finite numbers"):
        convert_file(source)
    state = {k: v for k, v in network.state_dict().items() if "body.0.res_layer.0" not in k}
    with pytest.raises(WeightsError, match="not those of the ArcFace"):
        convert_file(saved(tmp_path, state))
    assert list(tmp_path.iterdir()) == [source]


def test_a_generator_of_classes_needs_one(
    tmp_path: Path,
    nvidia: Nvidia,  # noqa: F811
) -> None:
    """A pickle of ADA with three classes: the one that was chosen is in the file."""
    config = PublishedStyleGAN2Config((8, 8, 8, 4), 6, 8, 2, c_dim=3, class_index=1)
    network = PublishedStyleGAN2(config)
    ours, layout = network.state_dict(), stylegan2_layout(network, rosinality=False)
    state = {p.key: ours[name].reshape(p.shape) / p.gain for name, p in layout.places.items()}
    state |= {name: torch.zeros(shape) for name, shape in layout.unused.items()}
    source = tmp_path / "classes.pkl"
    source.write_bytes(pickle.dumps(nvidia.content(persistent_network(state))))
    with pytest.raises(WeightsError, match=r"draws 3 classes.*0 to 2 with .* --class_index"):
        convert_file(source)
    with pytest.raises(LatentError, match="class_index is 3"):
        convert_file(source, class_index=3)
    done = convert_file(source, class_index=1)
    loaded = load_generator(done.path)
    assert loaded.config.class_index == 1
    z = torch.randn(2, config.z_dim)
    torch.testing.assert_close(loaded(z), network.eval()(z))


@torch.no_grad()
def test_the_networks_of_gru_ebs(tmp_path: Path) -> None:
    composer = MelodyGenerator(LyricEncoder(7, 6, 8, 2), MelodyDecoder(9, 4, 8, 2))
    done = convert_file(saved(tmp_path, composer.state_dict(), "gru.pkl"))
    assert done.check.shape == (3, 9)
    same(load_composer(done.path), composer)
    classifier = MelodyClassifier(7, 9, 6, 4, 8, 2)
    done = convert_file(saved(tmp_path, classifier.state_dict(), "lstm.pkl"))
    assert done.check.shape == (1, 2)
    same(load_song_classifier(done.path), classifier)


def test_a_folder_is_said_to_need_no_conversion(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is a folder; that of a ChatGLM3"):
        convert_file(tmp_path)


@pytest.mark.parametrize("lost", ["output_layer.3.weight", "body.1.res_layer.3.weight"])
def test_a_checkpoint_that_lacks_a_part_is_one_sentence(tmp_path: Path, lost: str) -> None:
    network = ArcFaceIR(TRUNK, input_size=16, embedding=6)
    state = {k: v for k, v in network.state_dict().items() if k != lost}
    with pytest.raises(WeightsError, match=r"ArcFace"):
        convert_file(saved(tmp_path, state))
    scalars = {key: value.mean() for key, value in network.state_dict().items() if "num" not in key}
    with pytest.raises(WeightsError, match=r"looks like a ArcFace|ArcFace network"):
        convert_file(saved(tmp_path, {**scalars, 1: torch.zeros(1)}))
