"""The plan of a generator training: when what is trained, how fast, and what counts how much."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingPlan:
    """Schedule and weights of `GeneratorModule`.

    Attributes:
        steps: length of the schedule in batches.
        grow_at: batches before the full resolution is drawn (half of it until then).
        adversarial_from: batch at which the discriminator joins (beyond `steps`: never).
        lr: peak learning rate of the regression.
        adversarial_lr: learning rate of both networks once the discriminator has joined.
        warmup: batches of learning-rate warm-up.
        momentum: first beta of the generator's Adam (0 in StyleGAN2; 0.9 suits a regression).
        adversarial_weight: weight of the adversarial loss of the generator.
        anchor_weight: weight of the regression while adversarial.
        anchor_finest: scale from which on it compares; 1 leaves single pixels to the discriminator.
        r1_gamma: weight of the R1 penalty.
        r1_every: batches between R1 penalties.
        ema_decay: decay of the averaged generator, which is the one kept.
        interpolation: share of the averaged generator in the one exported; the rest is the one it
            started from, which takes out what the discriminator invented (Wang et al. 2018,
            "ESRGAN", section 3.4, network interpolation).
        discriminator_base: channel base of the discriminator.
        edge_weight: weight of the differences of neighbouring pixels in the regression.
        detail_weight: how much more small and thin things count in the regression.
    """

    steps: int = 20000
    grow_at: int = 4000
    adversarial_from: int = 14000
    lr: float = 1e-2
    adversarial_lr: float = 2e-3
    warmup: int = 100
    momentum: float = 0.0
    adversarial_weight: float = 0.3
    anchor_weight: float = 3.0
    anchor_finest: int = 0
    r1_gamma: float = 1.0
    r1_every: int = 16
    ema_decay: float = 0.995
    interpolation: float = 1.0
    discriminator_base: int = 1024
    edge_weight: float = 0.7
    detail_weight: float = 0.0
