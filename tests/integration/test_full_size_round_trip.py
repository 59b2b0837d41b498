"""Every foreign layout at full size: written as its publisher does, converted, loaded, tried.

Names and shapes are those of the key lists in EMOSTYLE_PARITY (default ../shared/parity), the
numbers are random. What takes part in an edit carries one step of one. ImageBind and ChatGLM3 are
cut to two blocks.
"""

import json
import pickle
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from open_clip.model import CLIP
from torch import Tensor
from transformers import WhisperModel

from emostyle.convert import builders
from emostyle.convert.file import convert_file
from emostyle.embedding.clip import build_clip, load_clip, save_clip
from emostyle.embedding.imagebind import IMAGEBIND_HUGE, load_imagebind
from emostyle.embedding.load import load_sound_encoder
from emostyle.emotion.chatglm import load_chatglm
from emostyle.emotion.load import load_composer, load_head, load_song_classifier, load_whisper
from emostyle.emotion.whisper_at import whisper_config
from emostyle.generator.load import load_generator
from emostyle.guidance.arcface_ir import load_arcface_ir
from emostyle.inversion.e4e import load_inverter
from emostyle.manipulate import EditRequest
from emostyle.manipulate.fit import fit
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import prepare
from emostyle.manipulate.stack import load_stack, settings_of
from emostyle.testing import TINY_CLIP, tiny_stack
from tests.integration.full_size import (
    EQUALISED,
    State,
    fingerprints,
    key_list,
    random_state,
)
from tests.parity.chatglm_reference import shapes
from tests.parity.fixtures import FOLDER, found
from tests.parity.test_chatglm import PUBLISHED
from tests.unit.convert.test_convert import OPENAI_NAMES, WithSizes
from tests.unit.weights.readers.conftest import (  # noqa: F401
    Canary,
    Nvidia,
    canary,
    nvidia,
    persistent_network,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        not found("*_keys.json"), reason=f"no key lists in {FOLDER} (EMOSTYLE_PARITY)"
    ),
]

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12}
VIT_B_32 = {"layers": 12, "width": 768, "patch_size": 32, "image_size": 224}
RN50 = {"layers": (3, 4, 6, 3), "width": 64, "image_size": 224}
WHISPER_TINY = {
    "n_mels": 80, "n_audio_ctx": 1500, "n_audio_state": 384, "n_audio_head": 6, "n_audio_layer": 4,
    "n_vocab": 51865, "n_text_ctx": 448, "n_text_state": 384, "n_text_head": 6, "n_text_layer": 4,
}  # fmt: skip
BLOCKS = 2
"""What is left of ImageBind's towers and of ChatGLM3."""


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path) -> Iterator[None]:
    """Neither large files nor the networks of a stack outlive their test."""
    yield
    load_stack.cache_clear()
    for path in tmp_path.rglob("*"):
        if path.is_file() or path.is_symlink():
            path.unlink()


def converted(source: Path, load: Callable[[Path], Any], written: State) -> tuple[Path, Any]:
    """The converted file and its network, which holds every tensor that was written."""
    done = convert_file(source)
    source.unlink()
    assert done.check.isfinite().all()
    network = load(done.path)
    found = fingerprints(network.state_dict().items())
    wanted = fingerprints(written.items())
    assert wanted, "nothing to compare"
    assert not +(wanted - found), f"the network lacks {dict(wanted - found)}"
    assert sum((found - wanted).values()) <= 1, f"the network has {dict(found - wanted)} of its own"
    return done.path, network


def one_step(folder: Path, slot: str, path: Path, domain: str = "landscape") -> None:
    """One step of an edit with a converted file in its slot, toys in the others."""
    stack = tiny_stack(folder, domain)
    content = yaml.safe_load(stack.read_text())
    content["slots"][slot] = str(path)
    if slot == "audio_encoder" and load_sound_encoder(path)[0].architecture == "audioclip_audio":
        wide = build_clip(replace(TINY_CLIP, embed_dim=1024)).eval()
        save_clip(folder / "clip.safetensors", wide, {})
    stack.write_text(yaml.safe_dump({**content, "preset": "robust", "truncation_psi": 0.7}))
    tone = 0.3 * torch.sin(torch.arange(44100) * 0.05)
    request = EditRequest(waveform=tone, domain=domain, stack=str(stack), steps=1)
    networks, settings = load_stack(str(stack), domain), settings_of(request)
    prepared = prepare(networks, [request], settings)
    module = LatentEditModule(networks, settings)
    module.start(prepared.targets, prepared.seeds)
    fit(module, 1)
    assert {"audio"} | ({"identity"} if slot == "identity" else set()) <= module.history.keys()
    for name, terms in module.history.items():
        assert len(terms) == 1, name
        assert terms[0].isfinite().all(), name
    moved = module.latent().detach()
    assert moved.isfinite().all()
    assert not torch.equal(moved, prepared.targets.w_start)


def test_stylegan2_of_rosinality(tmp_path: Path) -> None:
    """1024 pixels, as stylegan2-ffhq-config-f.pt holds it."""
    keys = key_list("stylegan2_rosinality_keys.json")["rosinality_1024_512_8_cm2"]["keys"]
    state = random_state(keys, EQUALISED)
    average = torch.randn(512) * 0.1
    source = tmp_path / "stylegan2-ffhq-config-f.pt"
    torch.save({"g_ema": state, "latent_avg": average}, source)
    path, generator = converted(source, load_generator, {**state, "latent_avg": average})
    assert generator.config.resolution == 1024
    del state, generator
    one_step(tmp_path, "generator", path)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("stylegan2_ada_keys.json", "ada_1024_base32768_map8_c0"),
        ("stylegan3_keys.json", "stylegan3_t_1024_cbase32768"),
        ("stylegan3_keys.json", "stylegan3_t_256_cbase32768"),
        ("stylegan3_keys.json", "stylegan3_r_256_cbase16384"),
    ],
    ids=["ffhq", "stylegan3-t-ffhq-1024", "lhq-256-stylegan3-t", "stylegan3-r"],
)
def test_generators_of_nvidia(
    keys: str,
    name: str,
    tmp_path: Path,
    nvidia: Nvidia,  # noqa: F811
    canary: Canary,  # noqa: F811
) -> None:
    """Pickles of persistent classes; the source in them is not run."""
    entry = key_list(keys)[name]
    state = random_state(entry["keys"], EQUALISED)
    network = persistent_network(state, **entry["constructor"])
    source = tmp_path / f"{name}.pkl"
    with source.open("wb") as file:
        pickle.dump(nvidia.content(network), file)
    del network
    path, generator = converted(source, load_generator, state)
    assert not canary.sings
    assert generator.config.resolution == entry["constructor"]["img_resolution"]
    del state, generator
    one_step(tmp_path, "generator", path)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize(
    ("width", "vision"), [(512, VIT_B_32), (1024, RN50)], ids=["ViT-B-32", "RN50"]
)
def test_clip_of_openai(width: int, vision: dict[str, Any], tmp_path: Path) -> None:
    """TorchScript archives; RN50's space is that of AudioCLIP, too wide for the toy encoder."""
    clip = CLIP(width, dict(vision), dict(TEXT), quick_gelu=True).eval()
    for value in clip.parameters():
        value.data = value.data.half().float()
    state = {key: value.detach() for key, value in clip.state_dict().items()}
    source = tmp_path / "clip.pt"
    picture = torch.zeros(1, 3, 224, 224)
    torch.jit.save(torch.jit.trace(WithSizes(clip), picture, check_trace=False), source)
    del clip
    path, _ = converted(source, lambda path: load_clip(path).model, state)
    if width == 512:
        one_step(tmp_path, "clip", path)


@pytest.mark.parametrize("depth", ["resnet18", "resnet50"])
def test_audio_encoder_of_lee(depth: str, tmp_path: Path) -> None:
    """resnet18_57.pth is the state dict itself, of a parallel training."""
    state = random_state(key_list("audio_encoder_keys.json")[f"AudioEncoder({depth})"]["keys"])
    source = tmp_path / "resnet18_57.pth"
    torch.save({f"module.{key}": value for key, value in state.items()}, source)
    path, _ = converted(source, lambda path: load_sound_encoder(path)[0], state)
    one_step(tmp_path, "audio_encoder", path)


def test_swin_audio_encoder(tmp_path: Path) -> None:
    entries = key_list("audio_encoder_keys.json")
    (keys,) = (entry["keys"] for name, entry in entries.items() if "(128,512)" in name)
    state = random_state(keys)
    torch.save(state, tmp_path / "swin.pth")
    path, _ = converted(tmp_path / "swin.pth", lambda path: load_sound_encoder(path)[0], state)
    one_step(tmp_path, "audio_encoder", path)


def test_wav2clip(tmp_path: Path) -> None:
    state = random_state(key_list("wav2clip_audioclip_keys.json")["wav2clip"]["keys"])
    torch.save(state, tmp_path / "Wav2CLIP.pt")
    path, _ = converted(tmp_path / "Wav2CLIP.pt", lambda path: load_sound_encoder(path)[0], state)
    one_step(tmp_path, "audio_encoder", path)


def test_audioclip(tmp_path: Path) -> None:
    """The audio tower beside the towers of CLIP RN50, as in the published file."""
    state = random_state(key_list("wav2clip_audioclip_keys.json")["audioclip_audio"]["keys"])
    with torch.device("meta"):
        towers = CLIP(1024, dict(RN50), dict(TEXT)).state_dict()
    others = {key: torch.zeros(value.shape) for key, value in towers.items()}
    source = tmp_path / "AudioCLIP-Full-Training.pt"
    torch.save({**others, **state, "logit_scale_ai": torch.zeros(())}, source)
    del others
    path, _ = converted(source, lambda path: load_sound_encoder(path)[0], state)
    one_step(tmp_path, "audio_encoder", path)


@pytest.mark.parametrize("name", ["ir_se_50_112", "ir_50_112"])
def test_arcface(name: str, tmp_path: Path) -> None:
    state = random_state(key_list("irse50_keys.json")[name]["keys"])
    torch.save(state, tmp_path / "model_ir_se50.pth")
    path, _ = converted(tmp_path / "model_ir_se50.pth", load_arcface_ir, state)
    one_step(tmp_path, "identity", path, "portrait")


@pytest.mark.parametrize(
    "kind", ["Encoder4Editing", "GradualStyleEncoder", "BackboneEncoderUsingLastLayerIntoW"]
)
def test_encoders_into_w_plus(kind: str, tmp_path: Path) -> None:
    """For 1024 pixels, beside the generator that the published files hold too."""
    state = random_state(key_list("encoder_keys.json")[f"{kind}_1024"]["keys"])
    rows = () if "IntoW" in kind else (18,)
    keys = key_list("stylegan2_rosinality_keys.json")["rosinality_1024_512_8_cm2"]["keys"]
    average = torch.randn(512).expand(*rows, 512).clone()
    content = {
        "state_dict": {f"encoder.{key}": value for key, value in state.items()}
        | {f"decoder.{key}": torch.zeros(shape) for key, shape in keys},
        "latent_avg": average,
        "opts": Namespace(encoder_type=kind, start_from_latent_avg=True, output_size=1024),
    }
    torch.save(content, tmp_path / "encoder.pt")
    del content
    _, inverter = converted(tmp_path / "encoder.pt", load_inverter, state)
    assert torch.equal(inverter.latent_avg.expand(18, 512), average.expand(18, 512))
    assert inverter.encoder.resolution == 1024


def test_imagebind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All six modalities in full width, two blocks each."""
    short = {
        name: replace(tower, num_blocks=BLOCKS) for name, tower in IMAGEBIND_HUGE.towers.items()
    }
    monkeypatch.setattr(builders, "IMAGEBIND_HUGE", replace(IMAGEBIND_HUGE, towers=short))
    keys = key_list("imagebind_huge_keys.json")["keys"]
    state = random_state({key: shape for key, shape in keys.items() if block_of(key) < BLOCKS})
    torch.save(state, tmp_path / "imagebind_huge.pth")
    converted(tmp_path / "imagebind_huge.pth", load_imagebind, state)


def block_of(key: str) -> int:
    """The number of the block that a tensor belongs to, 0 for all else."""
    _, found, rest = key.partition(".blocks.")
    return int(rest.partition(".")[0]) if found else 0


def test_whisper(tmp_path: Path) -> None:
    """tiny.pt: half floats under OpenAI's names."""
    with torch.device("meta"):
        keys = {
            k: v.shape for k, v in WhisperModel(whisper_config(WHISPER_TINY)).state_dict().items()
        }
    for ours, theirs in OPENAI_NAMES:
        keys = {key.replace(ours, theirs): shape for key, shape in keys.items()}
    state = {key: value.half() for key, value in random_state(keys).items()}
    torch.save({"dims": WHISPER_TINY, "model_state_dict": state}, tmp_path / "tiny.pt")
    converted(tmp_path / "tiny.pt", load_whisper, state)


@pytest.mark.parametrize("name", ["tiny", "large-v1", "small_low"])
def test_heads_of_whisper_at(name: str, tmp_path: Path) -> None:
    state = random_state(key_list("whisper_at_head_keys.json")[name]["keys"])
    torch.save(state, tmp_path / f"{name}.pth")
    converted(tmp_path / f"{name}.pth", load_head, state)


@torch.no_grad()
def test_chatglm(tmp_path: Path) -> None:
    """A folder of two shards of half floats; two blocks in full width."""
    config = {**PUBLISHED, "num_layers": BLOCKS}
    block = (torch.randn(2**22) * 0.02).half()
    state = {name: repeated(block, shape) for name, shape in shapes(config).items()}
    names = sorted(state)
    parts = {"a.bin": names[: len(names) // 2], "b.bin": names[len(names) // 2 :]}
    for file, held in parts.items():
        torch.save({name: state[name] for name in held}, tmp_path / file)
    places = {name: file for file, held in parts.items() for name in held}
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    (tmp_path / "config.json").write_text(json.dumps(config))
    wanted = sum(value.numel() for name, value in state.items() if "inv_freq" not in name)
    last = state["transformer.output_layer.weight"][-1].clone()
    del state
    network = load_chatglm(tmp_path)
    assert sum(value.numel() for value in network.parameters()) == wanted
    assert torch.equal(network.lm_head.weight[-1], last)
    logits = network(torch.tensor([[64790, 64792, 5]])).logits
    assert logits.shape == (1, 3, 65024)
    assert logits.isfinite().all()


def repeated(block: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A tensor filled with one block of numbers again and again, which is quicker than drawing."""
    count = torch.Size(shape).numel()
    return block.repeat(-(-count // block.numel()))[:count].clone().reshape(shape)


def test_gru_ebs(tmp_path: Path) -> None:
    """The composer: lyric encoder and melody decoder in one file."""
    entries = key_list("gru_ebs_keys.json")
    (encoder,) = (keys for name, keys in entries.items() if name.startswith("encoder"))
    keys = {
        key: [321 if isinstance(size, str) else size for size in shape]
        for key, shape in {**encoder, **entries["decoder_seqlen_50"]}.items()
    }
    state = random_state(keys)
    torch.save(state, tmp_path / "gru-ebs.pkl")
    converted(tmp_path / "gru-ebs.pkl", load_composer, state)


def test_classifier_of_gru_ebs(tmp_path: Path) -> None:
    state = random_state(key_list("gru_ebs_keys.json")["classifier_seqlen_50"])
    torch.save(state, tmp_path / "gru-ebs-classifier.pkl")
    converted(tmp_path / "gru-ebs-classifier.pkl", load_song_classifier, state)
