"""The training losses of the audio encoder against float64 numbers of the printed formulas.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity). `cosine_bce_*` has
sounds and texts of its own (`pos_*`), whose cosines lie in (0, 1).
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from safetensors import safe_open
from torch import Tensor
from torch.nn.functional import normalize

from emostyle.embedding.losses import (
    cosine_bce,
    info_nce,
    similarity_matrix,
    total_loss,
    weakly_paired_kl,
)
from tests.parity.fixtures import files, relative_error

TOLERANCE = 1e-10
BCE = "cosine_bce_"
OVERLAY = Path(__file__).parents[2] / "configs" / "train_audio_encoder" / "original.yaml"
OFFICIAL = yaml.safe_load(OVERLAY.read_text(encoding="utf-8"))["model"]
"""The released training script: it multiplies cosines by exp(0.07) instead of dividing by 0.07."""

Vectors = dict[str, Tensor]


def one_way(x: Tensor, y: Tensor, logit_scale: float) -> Tensor:
    """One direction of InfoNCE: -log of the diagonal of equation 1's matrix, mean over rows."""
    return -similarity_matrix(x, y, logit_scale).diagonal().log().mean()


def total(*values: Tensor) -> Tensor:
    """Sum of terms of weight one."""
    terms = {str(index): value for index, value in enumerate(values)}
    return total_loss(terms, dict.fromkeys(terms, 1.0))


def official_total(at: Tensor, self: Tensor) -> Tensor:
    """The sum with the weights of the overlay."""
    used = {name: weight for name, weight in OFFICIAL["weights"].items() if weight}
    return total_loss({"audio_text": at, "audio_self": self}, used)


def statements(tau: float) -> dict[str, Callable[[Vectors], Tensor]]:
    """Our statement of each loss of a fixture, as a function of unit vectors."""
    scale, official = 1.0 / tau, 1.0 / OFFICIAL["temperature"]

    def pair(x: Vectors, other: str, logit_scale: float) -> Tensor:
        return info_nce(x["audio"], x[other], logit_scale)

    def diagonal(x: Vectors) -> Tensor:
        return weakly_paired_kl(x["audio"], x["image"], x["text"], tau)

    def rows(x: Vectors) -> Tensor:
        return weakly_paired_kl(x["audio"], x["image"], x["text"], tau, "rows")

    def both(x: Vectors, logit_scale: float) -> tuple[Tensor, Tensor]:
        return pair(x, "text", logit_scale), pair(x, "audio_aug", logit_scale)

    return {
        "infonce_a2t": lambda x: one_way(x["audio"], x["text"], scale),
        "infonce_t2a": lambda x: one_way(x["text"], x["audio"], scale),
        "infonce_at": lambda x: pair(x, "text", scale),
        "infonce_a2ah": lambda x: one_way(x["audio"], x["audio_aug"], scale),
        "infonce_ah2a": lambda x: one_way(x["audio_aug"], x["audio"], scale),
        "self": lambda x: pair(x, "audio_aug", scale),
        "kl_diag": diagonal,
        "kl_full": rows,
        "total_kl_diag": lambda x: total(*both(x, scale), diagonal(x)),
        "total_kl_full": lambda x: total(*both(x, scale), rows(x)),
        "cosine_bce_sum": lambda x: cosine_bce(x["audio"], x["text"], reduction="sum"),
        "cosine_bce_mean": lambda x: cosine_bce(x["audio"], x["text"]),
        "official_at": lambda x: pair(x, "text", official),
        "official_self": lambda x: pair(x, "audio_aug", official),
        "official_total": lambda x: official_total(*both(x, official)),
    }


def gradient(
    loss: Callable[[Vectors], Tensor], raw: Vectors, name: str, through_norm: bool
) -> Tensor:
    """Gradient of a loss with respect to one raw or unit vector, the others held constant."""
    variable = raw[name] if through_norm else normalize(raw[name], dim=1)
    variable = variable.clone().requires_grad_()
    vectors = {key: normalize(value, dim=1) for key, value in raw.items()}
    vectors[name] = normalize(variable, dim=1) if through_norm else variable
    (result,) = torch.autograd.grad(loss(vectors), variable)
    return result


@pytest.mark.parametrize("path", files("losses_*.safetensors"))
def test_losses_and_gradients(path: Path) -> None:
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    expected = {key[4:]: tensors[key] for key in tensors if key.startswith("out.")}
    names = ("audio", "audio_aug", "text", "image")
    raw = {name: tensors[f"in.{name}_raw"] for name in names}
    positive = {name: tensors[f"in.pos_{name}_raw"] for name in ("audio", "text")}
    unit = {name: normalize(value, dim=1) for name, value in raw.items()}
    scale = 1.0 / config["tau"]
    losses = statements(config["tau"])
    found = {
        "M_av": similarity_matrix(unit["audio"], unit["image"], scale),
        "M_tv": similarity_matrix(unit["text"], unit["image"], scale),
    }
    for key in expected.keys() - found.keys():
        name, _, kind = key.partition(".grad_")
        loss = losses[name]
        given = positive if key.startswith(BCE) else raw
        if not kind:
            found[key] = loss({name: normalize(value, dim=1) for name, value in given.items()})
        else:
            found[key] = gradient(loss, given, kind.removesuffix("_raw"), kind.endswith("_raw"))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].shape == value.shape
        error = relative_error(found[key], value)
        print(f"{path.stem} {key}: {error:.1e}")
        assert error <= TOLERANCE, f"{key}: {error:.1e}"
