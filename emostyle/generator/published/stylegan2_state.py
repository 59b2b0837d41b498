"""StyleGAN2 from the state dicts of rosinality's code and of NVIDIA's (ADA and StyleGAN3 code)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.generator.published.layout import Layout, Place, count, fill, layout_of, size
from emostyle.generator.published.mapping_state import mapping_place, mapping_sizes
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.weights.state import Unfilled

AVERAGED = 4096
"""Latents whose mean stands for the average where the weights bring none."""

ROSINALITY_LAYER = {
    "conv.affine.weight": "conv.modulation.weight",
    "conv.affine.bias": "conv.modulation.bias",
    "conv.weight": "conv.weight",
    "conv.kernel": "conv.blur.kernel",
    "bias": "activate.bias",
    "noise_strength": "noise.weight",
}
ROSINALITY_RGB = {**ROSINALITY_LAYER, "bias": "bias", "kernel": "upsample.kernel"}
ADA_LAYER = {
    "conv.affine.weight": "affine.weight",
    "conv.affine.bias": "affine.bias",
    "conv.weight": "weight",
    "conv.kernel": "resample_filter",
}


def rosinality_place(key: str, shape: tuple[int, ...]) -> Place:
    """Where rosinality's state dict holds a tensor of ours; its kernels carry a gain of 4."""
    match key.split(".", 3):
        case ["mapping", "layers", index, leaf]:
            return Place(f"style.{int(index) + 1}.{leaf}", shape)
        case ["synthesis", "layers", index, "noise_const"]:
            return Place(f"noises.noise_{index}", (1, 1, *shape))
        case ["synthesis", "layers", index, leaf]:
            home = f"convs.{int(index) - 1}" if int(index) else "conv1"
            outer = (1, *shape) if leaf in ("conv.weight", "noise_strength") else shape
            return Place(f"{home}.{ROSINALITY_LAYER[leaf]}", outer)
        case ["synthesis", "rgbs", index, leaf]:
            home = f"to_rgbs.{int(index) - 1}" if int(index) else "to_rgb1"
            outer = {"conv.weight": (1, *shape), "bias": (1, *shape, 1, 1)}.get(leaf, shape)
            gain = 0.25 if leaf == "kernel" else 1.0
            return Place(f"{home}.{ROSINALITY_RGB[leaf]}", outer, gain)
        case _:
            return Place("input.input", (1, *shape))


def ada_place(key: str, shape: tuple[int, ...]) -> Place:
    """Where NVIDIA's state dict holds a tensor of ours; its kernels sum to one."""
    match key.split(".", 3):
        case ["mapping", *_]:
            return mapping_place(key, shape)
        case ["synthesis", "layers", index, leaf]:
            level, odd = divmod(int(index) + 1, 2)
            gain = 4.0 if leaf == "conv.kernel" else 1.0
            home = f"synthesis.b{4 << level}.conv{odd}"
            return Place(f"{home}.{ADA_LAYER.get(leaf, leaf)}", shape, gain)
        case ["synthesis", "rgbs", index, "kernel"]:
            return Place(f"synthesis.b{4 << int(index)}.resample_filter", shape)
        case ["synthesis", "rgbs", index, leaf]:
            return Place(f"synthesis.b{4 << int(index)}.torgb.{ADA_LAYER.get(leaf, leaf)}", shape)
        case _:
            return Place("synthesis.b4.const", shape)


def is_rosinality(state: Mapping[str, Tensor]) -> bool:
    """True for a generator's state dict of rosinality's code."""
    return "conv1.conv.weight" in state


def stylegan2_layout(network: PublishedStyleGAN2, rosinality: bool) -> Layout:
    """How a foreign state dict maps onto a network.

    Args:
        network: ours.
        rosinality: rosinality's names, else NVIDIA's.
    """
    if rosinality:
        places = layout_of(network, rosinality_place)
        del places["mapping.w_avg"]  # lies beside the state dict, as `latent_avg`
        return Layout(places)
    sides = [4 << level for level in range(len(network.config.channels))]
    idle = [
        "synthesis.b4.resample_filter",
        *(f"synthesis.b{s}.conv1.resample_filter" for s in sides),
    ]
    return Layout(layout_of(network, ada_place), dict.fromkeys(idle, (4, 4)))


def stylegan2_config(state: Mapping[str, Tensor]) -> PublishedStyleGAN2Config:
    """The architecture that the shapes of a state dict tell.

    No shape tells `mapping_lr` and `conv_clamp`: they have the values the origin's code starts
    from (0.01 and none), and `class_index` is None.

    Args:
        state: of rosinality's generator or of NVIDIA's.

    Raises:
        WeightsError: not a StyleGAN2 generator of the skip architecture.
    """
    name = "StyleGAN2 generator"
    if is_rosinality(state):
        levels = count(state, "to_rgbs.{}.conv.weight")
        widths = [size(state, "conv1.conv.weight", 1, name)] + [
            size(state, f"convs.{2 * level + 1}.conv.weight", 1, name) for level in range(levels)
        ]
        return PublishedStyleGAN2Config(
            channels=tuple(widths),
            z_dim=size(state, "style.1.weight", 1, name),
            w_dim=size(state, "conv1.conv.modulation.weight", 1, name),
            mapping_layers=count(state, "style.{}.weight", 1),
            image_channels=size(state, "to_rgb1.conv.weight", 1, name),
        )
    widths = [size(state, "synthesis.b4.conv1.weight", 0, name)]
    while f"synthesis.b{4 << len(widths)}.conv1.weight" in state:
        widths.append(size(state, f"synthesis.b{4 << len(widths)}.conv1.weight", 0, name))
    return PublishedStyleGAN2Config(
        channels=tuple(widths),
        image_channels=size(state, "synthesis.b4.torgb.weight", 0, name),
        **mapping_sizes(state, name),
    )


def stylegan2_from_state(
    state: Mapping[str, Tensor],
    config: PublishedStyleGAN2Config | None = None,
    latent_avg: Tensor | None = None,
) -> PublishedStyleGAN2:
    """A published StyleGAN2 from its origin's state dict, frozen, in evaluation mode.

    It shares the memory of tensors that are float32 already.

    Args:
        state: generator of rosinality's code (kuai-lab, StyleCLIP and e4e share its names) or of
            NVIDIA's (`PersistentRecord.state_dict()`); checked key by key.
        config: the architecture; None takes what the shapes tell (`stylegan2_config`).
        latent_avg: average w of a rosinality checkpoint, (D,) or a row per layer; None takes the
            mean w of 4096 fixed z, as rosinality's code does where it has none.

    Raises:
        WeightsError: a tensor is missing, left over or of another shape.
    """
    rosinality = is_rosinality(state)
    with Unfilled():
        network = PublishedStyleGAN2(config or stylegan2_config(state))
    name = f"StyleGAN2 of {network.config.resolution} pixels"
    if latent_avg is not None and not rosinality:
        raise WeightsError(
            "latent_avg was given for a StyleGAN2 of NVIDIA's code, which stores its own average; "
            "leave latent_avg out."
        )
    tensors = stylegan2_layout(network, rosinality).translate(state, name)
    unknown = torch.zeros(network.config.w_dim)
    average = unknown if latent_avg is None else average_row(latent_avg, network)
    fill(network, {"mapping.w_avg": average, **tensors})
    network.eval().requires_grad_(False)
    if rosinality and latent_avg is None:
        network.mapping.w_avg.copy_(mean_w(network))
    return network


def average_row(latent_avg: Tensor, network: PublishedStyleGAN2) -> Tensor:
    """The average w (D,) of a checkpoint that may repeat it for each layer.

    Raises:
        WeightsError: another width, or rows that differ.
    """
    rows = latent_avg.float().reshape(-1, latent_avg.shape[-1])
    if rows.shape[1] != network.config.w_dim or not bool((rows == rows[0]).all()):
        raise WeightsError(
            f"latent_avg has shape {tuple(latent_avg.shape)}; expected ({network.config.w_dim},) "
            "or that row repeated for each layer (latent_avg)."
        )
    return rows[0]


@torch.no_grad()
def mean_w(network: PublishedStyleGAN2) -> Tensor:
    """Mean w (D,) of 4096 gaussian z, always the same ones."""
    random = torch.Generator().manual_seed(0)
    z = torch.randn(AVERAGED, network.config.z_dim, generator=random)
    return network.mapping(z).mean(0)


def with_arguments(
    config: PublishedStyleGAN2Config, arguments: Mapping[str, Any]
) -> PublishedStyleGAN2Config:
    """A configuration completed by constructor arguments of NVIDIA's generator.

    Args:
        config: as the shapes tell.
        arguments: `PersistentRecord.init_kwargs`; in ADA's code the options of the synthesis are
            nested in `synthesis_kwargs`, in StyleGAN3's code they stand beside the others.

    Returns:
        The configuration with `mapping_lr` and `conv_clamp`.
    """
    mapping = dict(arguments.get("mapping_kwargs", {}))
    synthesis = {**arguments, **arguments.get("synthesis_kwargs", {})}
    return replace(
        config,
        mapping_lr=mapping.get("lr_multiplier", config.mapping_lr),
        conv_clamp=synthesis.get("conv_clamp", config.conv_clamp),
    )
