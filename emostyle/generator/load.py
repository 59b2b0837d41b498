"""Rebuild an exported generator."""

from dataclasses import fields
from pathlib import Path

from emostyle.errors import WeightsError
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.store import load_state


def load_generator(path: str | Path) -> StyleGAN2Generator:
    """A generator from its weights file, frozen, in evaluation mode.

    Args:
        path: a `.safetensors` file written by `save_network`.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    state, metadata = load_state(path)
    if metadata.get("architecture") != "stylegan2":
        raise WeightsError(
            f"{path} holds a '{metadata.get('architecture')}', expected 'stylegan2'; "
            "name another file for the stack's generator slot."
        )
    names = {field.name for field in fields(StyleGAN2Config)}
    config = StyleGAN2Config(**{k: v for k, v in metadata.items() if k in names})
    generator = StyleGAN2Generator(config)
    generator.load_state_dict(state)
    return generator.eval().requires_grad_(False)
