"""Rebuild an exported generator."""

from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any

from emostyle.errors import WeightsError
from emostyle.generator.latent import AnyGenerator
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.state import Unfilled, load_exactly
from emostyle.weights.store import load_state

GENERATORS: dict[str, tuple[type[Any], type[Any]]] = {
    "stylegan2": (StyleGAN2Generator, StyleGAN2Config),
    PublishedStyleGAN2.architecture: (PublishedStyleGAN2, PublishedStyleGAN2Config),
    StyleGAN3Generator.architecture: (StyleGAN3Generator, StyleGAN3Config),
}
"""Network and configuration by the name that a weights file carries."""


def load_generator(path: str | Path) -> AnyGenerator:
    """A generator from its weights file, frozen, in evaluation mode.

    A published one keeps its weights mapped to the file, so that none is held twice.

    Args:
        path: a `.safetensors` file that `save_network` wrote with `describe()`.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    state, metadata = load_state(path)
    architecture = metadata.get("architecture")
    if architecture not in GENERATORS:
        known = ", ".join(f"'{name}'" for name in GENERATORS)
        raise WeightsError(
            f"{path} holds a '{architecture}', expected {known}; "
            "name another file for the stack's generator slot."
        )
    network, configuration = GENERATORS[architecture]
    names = {field.name for field in fields(configuration)}
    sizes = {key: value for key, value in metadata.items() if key in names}
    tuples = {key: tuple(value) for key, value in sizes.items() if isinstance(value, list)}
    mapped = issubclass(network, PublishedGenerator)
    with Unfilled() if mapped else nullcontext():
        generator: AnyGenerator = network(configuration(**{**sizes, **tuples}))
    load_exactly(generator, state, f"{architecture} that '{path}' says it holds", assign=mapped)
    generator.eval().requires_grad_(False)
    return generator
