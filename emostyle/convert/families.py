"""The families of published checkpoints: how each is recognised, built, loaded back and probed.

A family that is new here needs one entry in `FAMILIES`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from emostyle.convert import builders
from emostyle.convert.builders import Built, Checkpoint
from emostyle.embedding.clip import ClipEncoder, load_clip
from emostyle.embedding.imagebind import ImageBind, ImageBindEncoder, load_imagebind
from emostyle.embedding.published_audio.load import load_published_audio
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.emotion.load import load_composer, load_head, load_song_classifier, load_whisper
from emostyle.emotion.melody_classifier import MelodyClassifier
from emostyle.emotion.melody_generator import MelodyGenerator
from emostyle.emotion.whisper_at import TaggingHead
from emostyle.generator.latent import AnyGenerator, z_from_seed
from emostyle.generator.load import load_generator
from emostyle.guidance.arcface_ir import ArcFaceIR, load_arcface_ir
from emostyle.inversion.e4e import Inverter, load_inverter

PROBE_SECONDS = 2.0


@dataclass(frozen=True)
class Family:
    """Checkpoints of one kind.

    Attributes:
        name: for the screen.
        slot: the slot of a stack that it fills.
        signs: patterns; each must match the beginning of some tensor's name.
        build: checkpoint to network.
        load: the file that was written to the network, as its room loads it.
        probe: what the loaded network makes of a fixed input: pictures (B, 3, H, W) in [-1, 1] of
            a generator, vectors (B, ..., D) of an encoder.
    """

    name: str
    slot: str
    signs: tuple[str, ...]
    build: Callable[[Checkpoint], Built]
    load: Callable[[Path], nn.Module]
    probe: Callable[[Any], Tensor]

    def recognises(self, state: Mapping[str, Tensor]) -> bool:
        """True if every sign is there."""
        return all(any(re.match(sign, key) for key in state) for sign in self.signs)


def probe_picture(size: int) -> Tensor:
    """A smooth colourful pattern (1, 3, size, size) in [-1, 1], the same everywhere."""
    steps = torch.linspace(0.0, 6.0, size)
    waves = [torch.sin(k * steps)[:, None] * torch.cos((4 - k) * steps) for k in (1, 2, 3)]
    return torch.stack(waves)[None]


def probe_sound(rate_hz: int) -> Tensor:
    """Two seconds of a rising tone (T,) in [-0.5, 0.5], 200 Hz to 2200 Hz."""
    time = torch.arange(int(PROBE_SECONDS * rate_hz)) / rate_hz
    return 0.5 * torch.sin(2 * torch.pi * (200 * time + 500 * time**2))


def generator_picture(network: AnyGenerator) -> Tensor:
    """The picture of seed 0, truncation 0.7."""
    z = z_from_seed(0, network.config.z_dim)
    picture: Tensor = network(z, truncation_psi=0.7)
    return picture


def face_vectors(network: ArcFaceIR) -> Tensor:
    """A face, (1, D)."""
    vectors: Tensor = network(probe_picture(network.input_size))
    return vectors


def style_vectors(inverter: Inverter) -> Tensor:
    """A picture, (1, L, D)."""
    latents: Tensor = inverter(probe_picture(inverter.encoder.image_size))
    return latents


def clip_vectors(clip: ClipEncoder) -> Tensor:
    """A picture and a word, (2, D)."""
    picture = probe_picture(clip.image_size)
    return torch.cat([clip.encode_image(picture), clip.encode_text(["thunder"])])


def sound_vectors(network: SoundEncoder) -> Tensor:
    """A sound, (1, D)."""
    return network.encode([probe_sound(network.sample_rate_hz)])


def load_sound(path: Path) -> SoundEncoder:
    """A published audio encoder from a converted file."""
    return load_published_audio(path)[0]


def imagebind_vectors(network: ImageBind) -> Tensor:
    """A picture, (1, D)."""
    encoder = ImageBindEncoder(network)
    return encoder.encode_image(probe_picture(encoder.image_size))


def whisper_vectors(network: Any) -> Tensor:
    """Encoder states of a log-mel picture, (1, positions, D)."""
    config = network.config
    picture = probe_picture(2 * config.max_source_positions)[:, 0, : config.num_mel_bins]
    states: Tensor = network.encoder(picture).last_hidden_state
    return states


def head_tags(head: TaggingHead) -> Tensor:
    """Logits of a window of ten seconds, (1, classes)."""
    state = head.state_dict()
    width = state.get("down_layer.0.weight", state["mlp_layer.0.weight"]).shape[0]
    logits: Tensor = head(probe_picture(width)[:, :, :25])
    return logits


def melody_notes(composer: MelodyGenerator) -> Tensor:
    """Logits of the notes to three equal syllables, (3, notes)."""
    vectors = torch.ones(3, 1, composer.encoder.gru.input_size)
    song = composer(vectors, torch.zeros(3, 1).long(), composer.start(1))
    return song.note_logits[:, 0]


def song_polarity(classifier: MelodyClassifier) -> Tensor:
    """Logits of a song of the first syllable and the first note, (1, classes)."""
    logits: Tensor = classifier(*torch.zeros(2, 1, 4).long())
    return logits


FAMILIES = (
    Family(
        "generator",
        "generator",
        (r"(style\.1|mapping\.fc0)\.weight", r"convs\.0\.conv\.|synthesis\."),
        builders.build_generator,
        load_generator,
        generator_picture,
    ),
    Family(
        "ArcFace",
        "identity",
        (r"input_layer\.0\.", r"body\.0\.res_layer\.", r"output_layer\.3\."),
        builders.build_arcface,
        load_arcface_ir,
        face_vectors,
    ),
    Family(
        "encoder into W+ (e4e, pSp)",
        "inverter",
        (r"encoder\.input_layer\.0\.", r"encoder\.body\.0\.res_layer\."),
        builders.build_inverter,
        load_inverter,
        style_vectors,
    ),
    Family(
        "ImageBind",
        "retrieval",
        (r"modality_preprocessors\.", r"modality_trunks\."),
        builders.build_imagebind,
        load_imagebind,
        imagebind_vectors,
    ),
    Family(
        "Whisper",
        "transcriber",
        (r"encoder\.blocks\.0\.attn\.", r"decoder\.blocks\.0\.cross_attn\."),
        builders.build_whisper,
        load_whisper,
        whisper_vectors,
    ),
    Family(
        "Whisper-AT head",
        "transcriber",
        (r"(at_model\.)?time_tr\.", r"(at_model\.)?layer_tr\."),
        builders.build_head,
        load_head,
        head_tags,
    ),
    Family(
        "composer of GRU-EBS",
        "composer",
        (r"encoder\.gru\.weight_ih_l0", r"decoder\.attention\.v"),
        builders.build_composer,
        load_composer,
        melody_notes,
    ),
    Family(
        "song classifier of GRU-EBS",
        "composer",
        (r"lstm\.weight_ih_l0", r"music_embeddings\."),
        builders.build_song_classifier,
        load_song_classifier,
        song_polarity,
    ),
    Family(
        "AudioCLIP",
        "audio_encoder",
        (r"audio\.fbsp\.", r"audio\.att1\."),
        builders.build_audioclip,
        load_sound,
        sound_vectors,
    ),
    Family(
        "CLIP",
        "clip",
        (r"visual\.conv1\.", r"token_embedding\.", r"text_projection"),
        builders.build_openai_clip,
        load_clip,
        clip_vectors,
    ),
    Family(
        "audio encoder of Lee et al.",
        "audio_encoder",
        (r"conv\.weight", r"feature_extractor\.layer1\."),
        builders.build_lee,
        load_sound,
        sound_vectors,
    ),
    Family(
        "Swin audio encoder of Lee et al.",
        "audio_encoder",
        (r"patch_embed\.proj\.", r"layers\.0\.blocks\.0\.attn\."),
        builders.build_swin,
        load_sound,
        sound_vectors,
    ),
    Family(
        "Wav2CLIP",
        "audio_encoder",
        (r"audio_encoder\.conv1\.", r"audio_transform\."),
        builders.build_wav2clip,
        load_sound,
        sound_vectors,
    ),
)
"""Every family, the more particular before the more general (AudioCLIP holds a CLIP)."""
