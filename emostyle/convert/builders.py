"""Networks of ours from what published checkpoints hold, with the facts that rebuild them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import WhisperModel

from emostyle.convert.sizes import clip_sizes, face_sizes, style_sizes, swin_sizes, trunk_sizes
from emostyle.embedding.clip import build_clip
from emostyle.embedding.imagebind import IMAGEBIND_HUGE, imagebind_from_state
from emostyle.embedding.published_audio.audioclip import audioclip_from_state
from emostyle.embedding.published_audio.lee import lee_from_state
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.embedding.published_audio.swin import SwinAudioEncoder
from emostyle.embedding.published_audio.wav2clip import PARTS, wav2clip_from_state
from emostyle.embedding.space import TEXT_SPACE, text_space
from emostyle.emotion.melody_classifier import classifier_from_state
from emostyle.emotion.melody_generator import generator_from_state
from emostyle.emotion.whisper_at import head_from_state, transformers_names, whisper_config
from emostyle.errors import WeightsError
from emostyle.generator.published.foreign import generator_from_checkpoint
from emostyle.guidance.arcface_ir import ArcFaceIR
from emostyle.inversion.e4e import Encoder4Editing, Inverter
from emostyle.inversion.psp import GradualStyleEncoder, LastLayerEncoder, StyleEncoder
from emostyle.weights.state import load_exactly, part

NO_WEIGHTS = re.compile(
    r"input_resolution|context_length|vocab_size|(.*\.)?attn_mask|audio\..*|logit_scale_a[it]"
)
"""Beside a CLIP's weights: sizes and the causal mask in OpenAI's archives, AudioCLIP's own."""
ENCODER_TYPES: dict[str, type[StyleEncoder]] = {
    "Encoder4Editing": Encoder4Editing,
    "GradualStyleEncoder": GradualStyleEncoder,
    "BackboneEncoderUsingLastLayerIntoW": LastLayerEncoder,
}
"""Encoders into W+ by the name that the options of their training have for them."""


@dataclass(frozen=True)
class Checkpoint:
    """A file of others, read but not run.

    Attributes:
        content: all that the file holds.
        state: the tensors of the network in it, by name.
        class_index: what a generator of classes draws.
    """

    content: Mapping[str, Any]
    state: dict[str, Tensor]
    class_index: int | None = None


@dataclass(frozen=True)
class Built:
    """A network of ours with the weights of a checkpoint.

    Attributes:
        network: what is stored.
        facts: JSON-able; what rebuilds it.
        left_out: what of the checkpoint is not stored.
    """

    network: nn.Module
    facts: dict[str, Any]
    left_out: list[str]


def others(names: Iterable[str], *kept: str) -> list[str]:
    """The parts of a state dict whose names begin with none of `kept`."""
    return sorted({key.partition(".")[0] for key in names if not key.startswith(kept)})


def build_generator(checkpoint: Checkpoint) -> Built:
    """StyleGAN2 (rosinality, ADA) and StyleGAN3: the averaged generator.

    Raises:
        WeightsError: a generator of classes, and none was chosen.
        LatentError: a class it does not have.
    """
    network = generator_from_checkpoint(checkpoint.content, checkpoint.class_index)
    if network.config.c_dim and network.config.class_index is None:
        raise WeightsError(
            f"The generator draws {network.config.c_dim} classes and was told none; choose one of "
            f"0 to {network.config.c_dim - 1} with `emostyle weights convert FILE --class_index`."
        )
    kept = ("g_ema", "G_ema", "latent_avg")
    return Built(network, network.describe(), others(checkpoint.content, *kept))


def build_arcface(checkpoint: Checkpoint) -> Built:
    """ArcFace IR and IR-SE of any depth."""
    trunk = trunk_sizes(checkpoint.state)
    network = ArcFaceIR(trunk, **face_sizes(checkpoint.state, trunk))
    load_exactly(network, checkpoint.state, "ArcFace network")
    return Built(network, network.describe(), [])


def build_inverter(checkpoint: Checkpoint) -> Built:
    """e4e and pSp: the encoder and the average latent it starts from; not the generator."""
    held = checkpoint.content.get("opts", {})
    options: dict[str, Any] = dict(held if isinstance(held, Mapping) else vars(held))
    kind = ENCODER_TYPES.get(str(options.get("encoder_type")))
    if kind is None:
        raise WeightsError(
            f"The file holds an encoder into W+ whose opts name encoder_type "
            f"'{options.get('encoder_type')}', expected one of {', '.join(ENCODER_TYPES)}; convert "
            "the checkpoint as published, whose opts tell e4e from pSp."
        )
    state = part(checkpoint.state, "encoder.")
    trunk, average = trunk_sizes(state), checkpoint.content.get("latent_avg")
    if kind is LastLayerEncoder:
        side = options.get("output_size", options.get("stylegan_size", 1024))
        sizes = {"resolution": int(side), "style_dim": state["linear.weight"].shape[0]}
    else:
        sizes = style_sizes(state, trunk)
    encoder = kind(**sizes, trunk=trunk)
    load_exactly(encoder, state, f"{encoder.architecture} encoder")
    if average is None or not options.get("start_from_latent_avg", True):
        average = torch.zeros(encoder.style_dim)
    inverter = Inverter(encoder, average.float())
    return Built(inverter, inverter.describe(), others(checkpoint.state, "encoder."))


def build_openai_clip(checkpoint: Checkpoint) -> Built:
    """OpenAI's CLIP, ViT or ResNet, with its preprocessing; of AudioCLIP its fine-tuned CLIP."""
    held = checkpoint.state
    state = {key: value for key, value in held.items() if not NO_WEIGHTS.fullmatch(key)}
    lost = held.keys() - state.keys()
    dropped = sorted({"audio" if key.startswith("audio.") else key for key in lost})
    clip = build_clip(clip_sizes(state))
    load_exactly(clip.model, state, "CLIP of OpenAI")
    facts = {"architecture": "clip", TEXT_SPACE: text_space(held), **clip.describe()}
    return Built(clip.model, facts, dropped)


def build_lee(checkpoint: Checkpoint) -> Built:
    """The ResNet of sound-guided manipulation (Lee et al. 2022)."""
    return _sound(lee_from_state(checkpoint.state), [])


def build_swin(checkpoint: Checkpoint) -> Built:
    """The Swin of robust sound-guided manipulation, under timm's names."""
    network = SwinAudioEncoder(**swin_sizes(checkpoint.state))
    load_exactly(network, checkpoint.state, "Swin audio encoder")
    return _sound(network, [])


def build_wav2clip(checkpoint: Checkpoint) -> Built:
    """Wav2CLIP; what its training needed beside the encoder is left out."""
    return _sound(wav2clip_from_state(checkpoint.state), others(checkpoint.state, *PARTS))


def build_audioclip(checkpoint: Checkpoint) -> Built:
    """The audio tower of AudioCLIP, without the towers of its CLIP."""
    built = _sound(audioclip_from_state(checkpoint.state), others(checkpoint.state, "audio."))
    if "text_projection" in checkpoint.state:
        built.facts[TEXT_SPACE] = text_space(checkpoint.state)
    return built


def build_imagebind(checkpoint: Checkpoint) -> Built:
    """ImageBind with all its modalities."""
    network = imagebind_from_state(checkpoint.state, IMAGEBIND_HUGE)
    facts = {"architecture": "imagebind", "config": asdict(network.config)}
    return Built(network, facts, [])


def build_whisper(checkpoint: Checkpoint) -> Built:
    """OpenAI's Whisper under the names of transformers."""
    dims = dict(checkpoint.content.get("dims", {}))
    network = WhisperModel(whisper_config(dims))
    load_exactly(network, transformers_names(checkpoint.state), "Whisper that its dims describe")
    left_out = others(checkpoint.state, "encoder.", "decoder.")
    return Built(network, {"architecture": "whisper", "dims": dims}, left_out)


def build_head(checkpoint: Checkpoint) -> Built:
    """A head of Whisper-AT."""
    return Built(head_from_state(checkpoint.state), {"architecture": "whisper_at_head"}, [])


def build_composer(checkpoint: Checkpoint) -> Built:
    """The lyric-melody generator of GRU-EBS."""
    return Built(generator_from_state(checkpoint.state), {"architecture": "melody_generator"}, [])


def build_song_classifier(checkpoint: Checkpoint) -> Built:
    """The song classifier of GRU-EBS."""
    return Built(classifier_from_state(checkpoint.state), {"architecture": "melody_classifier"}, [])


def _sound(network: SoundEncoder, left_out: list[str]) -> Built:
    """A published audio encoder with its front end."""
    mel = getattr(network, "mel", None)
    facts = {"sample_rate_hz": network.sample_rate_hz, **network.describe()}
    return Built(network, facts | ({"mel": mel.to_dict()} if mel else {}), left_out)
