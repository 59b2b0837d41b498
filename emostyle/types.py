"""Dataclasses that cross rooms. Axis letters: B batch, N items of an edit, L style layers, D width,
T samples, F mel bins, S steps, H and W pixels.
"""

from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Float
from torch import Tensor

Image = Float[Tensor, "B 3 H W"]
"""Pictures, float, values in [-1, 1]."""
Waveform = Float[Tensor, " T"]
"""One mono sound, float, values in [-1, 1]."""
LogMel = Float[Tensor, "B 1 F T"]
"""Log-mel pictures of sounds."""
UnitVectors = Float[Tensor, "B 512"]
"""Points of the joint audio-text-image space, each of length one."""
WPlus = Float[Tensor, "N L D"]
"""One style vector per generator layer."""

StageState = Literal["ran", "skipped", "failed"]


@dataclass(frozen=True)
class Stage:
    """What became of one stage of an edit.

    Attributes:
        name: the stage (`load`, `audio`, `lyrics`, `music`, `text`, `retrieve`, `optimise`, ...).
        state: `ran`, `skipped` or `failed`.
        why: the reason when it did not run; else a short note.
        seconds: wall-clock time it took.
    """

    name: str
    state: StageState
    why: str = ""
    seconds: float = 0.0


@dataclass
class EditResult:
    """All that one edit produced, on the CPU and detached. N items, S steps, L layers, D width.

    Attributes:
        domain: `landscape` or `portrait`.
        before: starting pictures (N, 3, H, W) in [-1, 1].
        after: edited pictures, same shape.
        w_start: starting latents (N, L, D).
        w_plus: edited latents (N, L, D).
        mask: softmax of the mask vector g at the end, (N, L), rows sum to one.
        movement: L2 length of the change per layer, (N, L).
        history: per term name (`total`, `audio`, `text`, `music`, `proximity`, `identity`, `lr`)
            a tensor (S, N) of its unweighted value at each step.
        similarity_start: cosine of picture and target before, (N,).
        similarity_end: the same after, (N,).
        seeds: the seed of each item.
        frames: pictures of item 0 along the way, (K, 3, H, W) in [-1, 1], start first, end last.
        stages: what ran, was skipped or failed.
        weights: SHA-256 of each weights file used, by slot.
        heard: the sound's nearest classes with probabilities, most likely first.
        latents_file: name of the file that the starts are of, empty if they are of seeds.
        seconds: wall-clock time of the whole edit.
        peak_memory_mib: peak resident memory of the process.
        interrupted: true if the fit was stopped before its last step.
    """

    domain: str
    before: Tensor
    after: Tensor
    w_start: Tensor
    w_plus: Tensor
    mask: Tensor
    movement: Tensor
    history: dict[str, Tensor]
    similarity_start: Tensor
    similarity_end: Tensor
    seeds: list[int]
    frames: Tensor
    stages: list[Stage] = field(default_factory=list)
    weights: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, float]] = field(default_factory=list)
    latents_file: str = ""
    seconds: float = 0.0
    peak_memory_mib: float = 0.0
    interrupted: bool = False
