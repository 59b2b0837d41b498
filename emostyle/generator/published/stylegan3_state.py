"""StyleGAN3 from the state dict of NVIDIA's code."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.generator.published.layout import Layout, Place, fill, layout_of, size
from emostyle.generator.published.mapping_state import mapping_place, mapping_sizes
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config
from emostyle.generator.published.stylegan3_plan import bands
from emostyle.weights.state import Unfilled

LAYER = re.compile(r"synthesis\.L(\d+)_(\d+)_(\d+)\.weight")

OPTIONS = {
    "num_critical": "num_critical",
    "first_cutoff": "first_cutoff",
    "first_stopband": "first_stopband",
    "last_stopband_rel": "last_stopband_rel",
    "margin_size": "margin",
    "filter_size": "filter_size",
    "lrelu_upsampling": "lrelu_upsampling",
    "output_scale": "output_scale",
    "conv_clamp": "conv_clamp",
}
"""Constructor arguments of NVIDIA's code that no tensor tells -> fields of ours."""


def stylegan3_layout(network: StyleGAN3Generator) -> Layout:
    """How NVIDIA's state dict maps onto a network: layers are named by index, size and channels.

    Args:
        network: ours.
    """
    homes = [
        f"synthesis.L{index}_{band.size}_{band.channels}"
        for index, band in enumerate(bands(network.config))
    ]

    def place(key: str, shape: tuple[int, ...]) -> Place:
        match key.split(".", 3):
            case ["mapping", *_]:
                return mapping_place(key, shape)
            case ["synthesis", "layers", index, leaf]:
                return Place(f"{homes[int(index)]}.{leaf}", shape)
            case ["synthesis", "rgb", *leaf]:
                return Place(".".join([homes[-1], *leaf]), shape)
            case _:
                return Place(key, shape)

    return Layout(layout_of(network, place))


def stylegan3_config(state: Mapping[str, Tensor]) -> StyleGAN3Config:
    """The architecture that names and shapes of a state dict tell.

    They tell neither `mapping_lr` nor the fields of `OPTIONS`: those have the values of the
    published generators, and `class_index` is None.

    Args:
        state: of NVIDIA's generator.

    Raises:
        WeightsError: not a StyleGAN3 generator.
    """
    name = "StyleGAN3 generator"
    found = [match.groups() for key in state if (match := LAYER.fullmatch(key))]
    layers = sorted(tuple(map(int, numbers)) for numbers in found)
    if len(layers) < 2:
        raise WeightsError(
            f"The weights hold keys such as '{next(iter(state), 'none')}', expected those of a "
            f"{name} ('synthesis.L0_36_512.weight'); name another checkpoint."
        )
    first = "synthesis.L{}_{}_{}".format(*layers[0])
    kernel = size(state, f"{first}.weight", 2, name)
    size(state, f"{first}.down_filter", 0, name)
    return StyleGAN3Config(
        resolution=layers[-1][1],
        channels=tuple(channels for _, _, channels in layers[:-1]),
        image_channels=layers[-1][2],
        conv_kernel=kernel,
        radial=state[f"{first}.down_filter"].ndim == 2,
        **mapping_sizes(state, name),
    )


def stylegan3_from_state(
    state: Mapping[str, Tensor], config: StyleGAN3Config | None = None
) -> StyleGAN3Generator:
    """A StyleGAN3 from NVIDIA's state dict, frozen, in evaluation mode.

    It shares the memory of tensors that are float32 already.

    Args:
        state: `PersistentRecord.state_dict()` of a generator; checked key by key.
        config: the architecture; None takes what names and shapes tell (`stylegan3_config`).

    Raises:
        WeightsError: a tensor is missing, left over or of another shape.
    """
    with Unfilled():
        network = StyleGAN3Generator(config or stylegan3_config(state))
    name = f"StyleGAN3 of {network.config.resolution} pixels"
    fill(network, stylegan3_layout(network).translate(state, name))
    return network.eval().requires_grad_(False)


def with_arguments(config: StyleGAN3Config, arguments: Mapping[str, Any]) -> StyleGAN3Config:
    """A configuration completed by constructor arguments of NVIDIA's generator.

    Args:
        config: as names and shapes tell.
        arguments: `PersistentRecord.init_kwargs`; options of the synthesis stand beside the
            others, or nested in `synthesis_kwargs`.
    """
    synthesis = {**arguments, **arguments.get("synthesis_kwargs", {})}
    mapping = arguments.get("mapping_kwargs", {})
    told = {ours: synthesis[theirs] for theirs, ours in OPTIONS.items() if theirs in synthesis}
    return replace(config, mapping_lr=mapping.get("lr_multiplier", config.mapping_lr), **told)
