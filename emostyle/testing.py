"""Toy builders for tests: real networks, untrained and small enough to be instant."""

from dataclasses import replace
from pathlib import Path

import torch
import yaml

from emostyle.embedding.audio_encoder import AudioEncoder
from emostyle.embedding.clip import ClipConfig, ClipEncoder, build_clip, save_clip
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.store import save_network
from emostyle.world.domain import get_domain

TINY_CLIP = ClipConfig(
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8, "head_width": 32},
    text_cfg={"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
)
TINY_GENERATOR = StyleGAN2Config(
    resolution=32, z_dim=16, w_dim=64, mapping_layers=2, channel_base=256, channel_max=16
)


def tiny_generator(domain: str | None = None, maps: int = 2) -> StyleGAN2Generator:
    """A generator of 32 pixels; with a domain, one that takes that domain's z."""
    torch.manual_seed(0)
    if domain is None:
        return StyleGAN2Generator(TINY_GENERATOR)
    knots_x, knots_y = get_domain(domain).warp_knots()
    config = replace(
        TINY_GENERATOR,
        z_dim=len(knots_y),
        z_knots=len(knots_x),
        z_normalise=False,
        maps=maps,
    )
    generator = StyleGAN2Generator(config)
    generator.mapping.set_warp(knots_x, knots_y)
    return generator


def tiny_clip() -> ClipEncoder:
    """An image-text pair that sees 32 pixels."""
    torch.manual_seed(1)
    return build_clip(TINY_CLIP).eval()


def tiny_audio_encoder() -> AudioEncoder:
    """An audio encoder of four channels."""
    torch.manual_seed(2)
    return AudioEncoder(width=4).eval()


def tiny_stack(folder: Path, domain: str = "landscape") -> Path:
    """Write untrained weights for every slot and the stack's YAML.

    Args:
        folder: where the files go.
        domain: of the generator.

    Returns:
        Path of the YAML, to be given as `--stack`.
    """
    generator = tiny_generator(domain)
    save_network(folder / "generator.safetensors", generator, generator.describe())
    save_clip(folder / "clip.safetensors", tiny_clip(), {})
    encoder = tiny_audio_encoder()
    facts = {
        "kind": "audio_encoder",
        "config": encoder.config,
        "classes": ["rain", "fire"],
        "temperature": 0.07,
    }
    save_network(folder / "audio_encoder.safetensors", encoder, facts)
    slots = {slot: str(folder / f"{slot}.safetensors") for slot in
             ("generator", "clip", "audio_encoder")}  # fmt: skip
    path = folder / "stack.yaml"
    path.write_text(yaml.safe_dump({"name": "tiny", "slots": slots}))
    return path
