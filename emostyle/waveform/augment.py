"""Rooms, microphones and backgrounds for training: augmentation of mel power spectrograms.

All functions are pure, work on a batch (B, n_mels, frames) and draw one set of numbers per item
from the passed generator. They are used in training only; inference is deterministic.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from emostyle.waveform.mel import POWER_FLOOR, MelSpec, mel_centres_hz

PowerMel = Float[Tensor, "B F T"]
LOW_PASS_HZ = (3800.0, 7800.0, 11000.0)
"""Band limits met in practice: telephone, 16 kHz files, lossy codecs at low rates."""


@dataclass(frozen=True)
class AugmentSpec:
    """How often and how strongly training sounds are changed. Probabilities are per item.

    Attributes:
        loop: probability that a shorter stretch is looped to full length.
        reverb: probability of an added room.
        eq_db: standard deviation of the random equaliser and tilt, dB.
        low_pass: probability of a band limit.
        high_pass: probability of removed lows.
        noise: probability of added coloured noise.
        mixup: probability that another item of the batch is heard in the background.
    """

    loop: float = 0.4
    reverb: float = 0.4
    eq_db: float = 5.0
    low_pass: float = 0.6
    high_pass: float = 0.3
    noise: float = 0.6
    mixup: float = 0.3


class Mixed(NamedTuple):
    """A batch after `mixup`: powers, each item's partner, and the share of the item itself."""

    power: PowerMel
    partner: Int[Tensor, " B"]
    share: Float[Tensor, " B"]


def roll_and_loop(power: PowerMel, generator: torch.Generator, loop: float = 0.4) -> PowerMel:
    """Start each item at a random frame (cyclic); with probability `loop` repeat a part of it.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        loop: probability of keeping only a stretch of 25-100 % and looping it to full length.

    Returns:
        (B, n_mels, frames).
    """
    batch, _, frames = power.shape
    chance, length, offset, phase = torch.rand(4, batch, 1, generator=generator)
    kept = torch.where(chance < loop, 0.25 + 0.75 * length, 1.0)
    kept = (kept * frames).round().clamp(1, frames).long()
    start = (offset * (frames - kept + 1)).floor().long()
    time = (torch.arange(frames)[None] + (phase * frames).floor().long()) % frames
    index = start + time % kept
    index = torch.where(kept == frames, time, index).to(power.device)
    return power.gather(2, index[:, None, :].expand_as(power))


def reverb_smear(power: PowerMel, generator: torch.Generator, probability: float = 0.4) -> PowerMel:
    """A room as an exponential tail: each frame's power decays into the following ones.

    Decay constants are 2-25 frames, the tail's energy 5-60 % of the direct sound's.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        probability: share of items that get a room.

    Returns:
        (B, n_mels, frames).
    """
    batch, _, frames = power.shape
    chance, decay, level = torch.rand(3, batch, generator=generator)
    chosen = (chance < probability).nonzero()[:, 0].to(power.device)
    if chosen.numel() == 0:
        return power
    constant = 2.0 * (12.5**decay)
    tail = torch.exp(-torch.arange(frames)[None] / constant[:, None])
    kernel = tail / tail.sum(1, keepdim=True) * (0.05 + 0.55 * level)[:, None]
    kernel[:, 0] += 1.0
    spectrum = torch.fft.rfft(power[chosen], 2 * frames)
    response = torch.fft.rfft(kernel.to(power)[chosen], 2 * frames)
    wet = torch.fft.irfft(spectrum * response[:, None], 2 * frames)[..., :frames]
    return power.index_copy(0, chosen, wet.clamp_min(0.0))


def random_equaliser(
    power: PowerMel, generator: torch.Generator, deviation_db: float = 5.0
) -> PowerMel:
    """A random smooth frequency response (6 knots along the mel axis) plus a random tilt.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        deviation_db: standard deviation of the knots and of the tilt over the axis, dB.

    Returns:
        (B, n_mels, frames).
    """
    batch, bands, _ = power.shape
    knots = torch.randn(batch, 1, 6, generator=generator) * deviation_db * 0.7
    tilt = torch.randn(batch, 1, generator=generator) * deviation_db
    curve = torch.nn.functional.interpolate(knots, bands, mode="linear", align_corners=True)[:, 0]
    curve = curve + tilt * torch.linspace(-1.0, 1.0, bands)
    return power * (10.0 ** (curve / 10.0)).to(power)[:, :, None]


def band_limit(
    power: PowerMel,
    generator: torch.Generator,
    spec: MelSpec,
    low_pass: float = 0.6,
    high_pass: float = 0.3,
) -> PowerMel:
    """Microphone and codec limits: a steep low-pass at 3.8, 7.8 or 11 kHz and a soft high-pass.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        spec: gives the centre frequencies of the bands.
        low_pass: probability of a low-pass (slope 60-240 dB per octave; the 3.8 kHz telephone
            limit is drawn half as often as the others).
        high_pass: probability of a high-pass (40-400 Hz, 6-18 dB per octave).

    Returns:
        (B, n_mels, frames).
    """
    batch = power.shape[0]
    draw = torch.rand(6, batch, 1, generator=generator)
    octave = mel_centres_hz(spec).clamp_min(1.0).log2()[None]
    which = torch.bucketize(draw[1, :, 0], torch.tensor([0.2, 0.6]))
    upper = torch.tensor(LOW_PASS_HZ).log2()[which][:, None]
    slope = 60.0 + 180.0 * draw[2]
    cut = torch.where(draw[0] < low_pass, (octave - upper).clamp_min(0.0) * slope, 0.0)
    lower = torch.log2(40.0 * 10.0 ** draw[4])
    soft = (6.0 + 12.0 * draw[5]) * (lower - octave).clamp_min(0.0)
    cut = cut + torch.where(draw[3] < high_pass, soft, 0.0)
    return power * (10.0 ** (-cut.clamp_max(120.0) / 10.0)).to(power)[:, :, None]


def coloured_noise(
    power: PowerMel, generator: torch.Generator, spec: MelSpec, probability: float = 0.6
) -> PowerMel:
    """Steady background noise 8-53 dB below the sound, its spectrum rising or falling.

    The noise's power per hertz follows f^c, c uniform in [-2, 0.5]; frames fluctuate as the mean
    of four exponential variables.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        spec: gives the centre frequencies of the bands.
        probability: share of items that get noise.

    Returns:
        (B, n_mels, frames).
    """
    batch, bands, frames = power.shape
    chance, ratio, colour = torch.rand(3, batch, 1, 1, generator=generator)
    table = torch.empty(bands, 2 * frames).exponential_(generator=generator)
    for _ in range(3):
        table = table + torch.empty(bands, 2 * frames).exponential_(generator=generator)
    shift = torch.randint(0, frames, (batch, 1), generator=generator)
    index = (torch.arange(frames)[None] + shift)[:, None, :].expand(batch, bands, frames)
    hertz = mel_centres_hz(spec).clamp_min(20.0)[None, :, None] / 1000.0
    shape = hertz ** (2.5 * colour - 2.0)
    shape = shape / shape.mean(dim=1, keepdim=True)
    noise = (shape * table[None].expand(batch, -1, -1).gather(2, index) / 4.0).to(power)
    level = power.mean(dim=(1, 2), keepdim=True) * (10.0 ** (-(8.0 + 45.0 * ratio) / 10.0)).to(
        power
    )
    return torch.where((chance < probability).to(power.device), power + level * noise, power)


def mixup(power: PowerMel, generator: torch.Generator, probability: float = 0.3) -> Mixed:
    """Another item of the batch in the background (Zhang et al. 2018, on powers).

    Both sounds are brought to equal mean power, then mixed with share s >= 0.6 of the item itself;
    s is 1 for items that are left alone.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        probability: share of items that are mixed.

    Returns:
        Powers (B, n_mels, frames), partner index (B,), own share (B,) in [0.6, 1].
    """
    batch = power.shape[0]
    partner = torch.randperm(batch, generator=generator)
    chance, amount = torch.rand(2, batch, generator=generator)
    share = torch.where(chance < probability, 1.0 - 0.4 * amount, 1.0).to(power)
    partner = partner.to(power.device)
    level = power.mean(dim=(1, 2), keepdim=True).clamp_min(POWER_FLOOR)
    even = power / level
    weight = share[:, None, None]
    return Mixed(weight * even + (1.0 - weight) * even[partner], partner, share)


def augment(power: PowerMel, generator: torch.Generator, spec: MelSpec, how: AugmentSpec) -> Mixed:
    """The whole training chain: loop, mixup, room, equaliser, noise, band limit, in this order.

    Args:
        power: mel powers (B, n_mels, frames).
        generator: source of the random numbers.
        spec: front end of the powers.
        how: probabilities and strengths.

    Returns:
        As `mixup`: powers, partner index and own share.
    """
    power = roll_and_loop(power, generator, how.loop)
    mixed = mixup(power, generator, how.mixup)
    power = reverb_smear(mixed.power, generator, how.reverb)
    power = random_equaliser(power, generator, how.eq_db)
    power = coloured_noise(power, generator, spec, how.noise)
    power = band_limit(power, generator, spec, how.low_pass, how.high_pass)
    return Mixed(power, mixed.partner, mixed.share)
