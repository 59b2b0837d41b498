"""A published generator from what a checkpoint file holds, whichever code wrote it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.generator.published import stylegan2_state, stylegan3_state
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.weights.readers.nvidia_pickle import PersistentRecord


def generator_from_checkpoint(
    content: Mapping[str, Any], class_index: int | None = None
) -> PublishedGenerator:
    """The averaged generator of a published checkpoint, frozen, in evaluation mode.

    Args:
        content: what `read_nvidia_pickle` gave (`G_ema`), or `read_torch_file` for a checkpoint of
            rosinality's code (`g_ema`, `latent_avg`).
        class_index: the class to draw where no label is given, for a generator of classes.

    Raises:
        WeightsError: no generator in it, or one that does not fit.
        LatentError: a class the generator does not have.
    """
    record, state = content.get("G_ema"), content.get("g_ema")
    if isinstance(record, PersistentRecord):
        return generator_from_record(record, class_index)
    if isinstance(state, Mapping):
        config = replace(stylegan2_state.stylegan2_config(state), class_index=class_index)
        return stylegan2_state.stylegan2_from_state(state, config, content.get("latent_avg"))
    raise WeightsError(
        f"The checkpoint holds {', '.join(map(str, content)) or 'nothing'}, expected a generator "
        "under 'G_ema' (NVIDIA) or 'g_ema' (rosinality); name another checkpoint."
    )


def generator_from_record(
    record: PersistentRecord, class_index: int | None = None
) -> PublishedGenerator:
    """A StyleGAN2 or StyleGAN3 from NVIDIA's record of it, frozen, in evaluation mode.

    Args:
        record: with tensors and constructor arguments.
        class_index: the class to draw where no label is given.

    Raises:
        WeightsError: not a generator of either, or one that does not fit.
        LatentError: a class the generator does not have.
    """
    state: Mapping[str, Tensor] = record.state_dict()
    if "synthesis.input.weight" in state:
        third = stylegan3_state.with_arguments(
            stylegan3_state.stylegan3_config(state), record.init_kwargs
        )
        third = replace(third, class_index=class_index)
        return stylegan3_state.stylegan3_from_state(state, third)
    second = stylegan2_state.with_arguments(
        stylegan2_state.stylegan2_config(state), record.init_kwargs
    )
    second = replace(second, class_index=class_index)
    return stylegan2_state.stylegan2_from_state(state, second)
