"""The guidance terms against numbers computed from the printed formulas (layer_mask fixture)."""

import pytest
import torch
from safetensors.torch import load_file

from emostyle.guidance.proximity import layer_mask, layer_movement, masked_proximity
from emostyle.guidance.similarity import cosine_distance, cosine_hinge, multi_dimension

NAMES = ("audio", "music", "text")


@pytest.fixture(scope="module")
def fixture(shared):
    path = shared / "parity" / "gan" / "layer_mask.safetensors"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    return {key: value.double() for key, value in load_file(path).items()}


def check(fixture, name, value, wrt):
    expected = fixture[f"out.{name}"]
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-7)
    gradients = torch.autograd.grad(value.sum(), list(wrt.values()))
    for key, gradient in zip(wrt, gradients, strict=True):
        torch.testing.assert_close(
            gradient, fixture[f"out.{name}.grad.{key}"], rtol=1e-5, atol=1e-6
        )


def inputs(fixture, *names):
    return {name: fixture[f"in.{name}"].clone().requires_grad_() for name in names}


def test_masked_proximity_is_equation_8(fixture):
    x = inputs(fixture, "g", "w_a", "w_s")
    reg = masked_proximity(x["w_a"], x["w_s"], x["g"].expand(len(x["w_a"]), -1))
    check(fixture, "reg", reg, x)
    torch.testing.assert_close(
        layer_mask(x["g"][None])[0], fixture["out.softmax_g"], rtol=1e-5, atol=1e-7
    )
    movement = layer_movement(x["w_a"], x["w_s"])
    torch.testing.assert_close(movement, fixture["out.layer_norms"], rtol=1e-5, atol=1e-6)


def test_cosine_hinge_is_equation_15_with_its_sign_mended(fixture):
    x = inputs(fixture, "v_a", "v_s", "a")
    check(fixture, "cos_corrected", cosine_hinge(x["v_a"], x["v_s"], x["a"]), x)


def test_multi_dimension_is_equation_5(fixture):
    x = inputs(fixture, "v_a", "a_multi", "lam")
    batch = len(x["v_a"])
    distances = {
        name: cosine_distance(x["v_a"], x["a_multi"][k].expand(batch, -1))
        for k, name in enumerate(NAMES)
    }
    total = multi_dimension(distances, {name: x["lam"][k] for k, name in enumerate(NAMES)})
    check(fixture, "cos_multi", total, x)
