"""ArcFace, pSp, e4e, the face crop and the guidance terms against numbers of the originals.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from emostyle.guidance.arcface_ir import ArcFaceIR, PortraitIdentity
from emostyle.guidance.face_crop import crop_face
from emostyle.guidance.identity import identity_loss
from emostyle.guidance.original import original_clip_pixels
from emostyle.guidance.proximity import layer_mask, layer_movement, masked_proximity
from emostyle.guidance.similarity import cosine_distance, cosine_hinge, multi_dimension
from emostyle.inversion.blocks import TrunkConfig, trunk_config
from emostyle.inversion.e4e import Encoder4Editing, Inverter
from emostyle.inversion.psp import GradualStyleEncoder, LastLayerEncoder, StyleEncoder
from tests.parity.fixtures import files, relative_error

ENCODERS: dict[str, type[StyleEncoder]] = {
    "Encoder4Editing": Encoder4Editing,
    "GradualStyleEncoder": GradualStyleEncoder,
    "BackboneEncoderUsingLastLayerIntoW": LastLayerEncoder,
}
PRECISIONS = [
    pytest.param(torch.float64, 1e-6, id="f64"),
    pytest.param(torch.float32, 1e-4, id="f32"),
]
FLIPPED = 1e-2
"""What the fixtures' README allows a gradient through flipped PReLUs."""


class Fixture:
    """One file: state, inputs, config, and the outputs that are still to be checked."""

    def __init__(self, path: Path, dtype: torch.dtype, tolerance: float) -> None:
        groups: dict[str, dict[str, torch.Tensor]] = {"state": {}, "in": {}, "out": {}}
        with safe_open(path, framework="pt") as file:
            self.config = json.loads(file.metadata()["config"])
            for key in file.keys():
                group, name = key.split(".", 1)
                value = file.get_tensor(key)
                groups[group][name] = value.to(dtype) if value.is_floating_point() else value
        self.state, self.inputs, self.outputs = groups["state"], groups["in"], groups["out"]
        self.left, self.dtype, self.tolerance = set(self.outputs), dtype, tolerance

    def image(self, name: str) -> torch.Tensor:
        """A picture in [-1, 1], whether it is stored as floats or as bytes."""
        stored = self.inputs.get(f"{name}_u8")
        return self.inputs[name] if stored is None else stored.to(self.dtype) / 127.5 - 1

    def trunk(self) -> TrunkConfig:
        """The trunk as the constructor arguments and size overrides say."""
        full = trunk_config(self.config["constructor"]["num_layers"])
        sizes = self.config.get("size_overrides", {})
        return TrunkConfig(
            stem_width=sizes.get("stem_channels", full.stem_width),
            widths=tuple(sizes.get("stage_depths", full.widths)),
            units=tuple(sizes.get("units_per_stage", full.units)),
            squeeze=self.config["constructor"]["mode"] == "ir_se",
            reduction=sizes.get("se_reduction", full.reduction),
        )

    def load(self, network: torch.nn.Module) -> None:
        """Load the state strictly, in evaluation mode and this precision."""
        network.load_state_dict(self.state, strict=True)
        network.to(self.dtype).eval()

    def check(self, name: str, value: torch.Tensor) -> None:
        """Compare with the largest absolute value of the expected output."""
        expected = self.outputs[name]
        value = value.detach().reshape(expected.shape)
        error = relative_error(value, expected)
        print(f"{self.config['item']} {name} {self.dtype}: {error:.1e}")
        assert error <= self.tolerance, f"{name}: {error:.1e} > {self.tolerance:.0e}"
        self.left.discard(name)

    def check_kinked(self, name: str, gradient: torch.Tensor) -> None:
        """Compare a gradient that a PReLU may flip in float32 (notes on inputs in the README).

        Where the largest error is beyond the tolerance, the length of the error must be within one
        in a hundred; float64 has no such way out.
        """
        expected = self.outputs[name]
        if self.dtype == torch.float32 and relative_error(gradient, expected) > self.tolerance:
            share = float((gradient - expected).norm() / expected.norm())
            assert share <= FLIPPED, f"{name}: {share:.1e} > {FLIPPED:.0e}"
            self.left.discard(name)
            return
        self.check(name, gradient)

    def check_gradients(self, name: str, value: torch.Tensor, wrt: dict[str, torch.Tensor]) -> None:
        """Compare `name` and its gradients `name.grad.*` with respect to each input."""
        self.check(name, value)
        for key, gradient in zip(
            wrt, torch.autograd.grad(value.sum(), list(wrt.values())), strict=True
        ):
            self.check(f"{name}.grad.{key}", gradient)

    def finish(self) -> None:
        """No output may have been passed over."""
        assert not self.left, f"outputs without a check: {sorted(self.left)}"


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("path", files("arcface_*.safetensors"))
def test_arcface(path: Path, dtype: torch.dtype, tolerance: float) -> None:
    fixture = Fixture(path, dtype, tolerance)
    arguments = fixture.config["constructor"]
    network = ArcFaceIR(
        fixture.trunk(),
        arguments["input_size"],
        fixture.config.get("size_overrides", {}).get("embedding_dim", 512),
        arguments["affine"],
        arguments["drop_ratio"],
    )
    fixture.load(network)
    straight = next(name for name in fixture.inputs if re.fullmatch(r"x\d+", name))
    faces = fixture.inputs[straight].requires_grad_()
    vectors = network(faces)
    fixture.check("feats", vectors)
    fixture.check("embedding_unnormalised", network.embed(faces))
    (vectors * fixture.inputs["grad_weight"]).sum().backward()
    assert faces.grad is not None
    fixture.check_kinked(f"grad_{straight}", faces.grad)
    identity, portraits = PortraitIdentity(network), {}
    with torch.no_grad():
        for name in sorted(n for n in fixture.left if n.startswith("feats_")):
            portraits[name] = identity(fixture.image(name.removeprefix("feats_")))
            fixture.check(name, portraits[name])
    if "id_loss" in fixture.left:
        start, now = portraits["feats_face_a"], portraits["feats_face_b"]
        fixture.check("id_loss", identity_loss(start, now).mean())
    fixture.finish()


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("path", files("e4e*.safetensors", "psp*.safetensors", "w_encoder*"))
def test_encoder(path: Path, dtype: torch.dtype, tolerance: float) -> None:
    fixture = Fixture(path, dtype, tolerance)
    encoder = ENCODERS[fixture.config["class"]](
        fixture.config["constructor"]["opts"]["stylegan_size"],
        fixture.config.get("size_overrides", {}).get("style_dim", 512),
        fixture.image("image").shape[-1],
        fixture.trunk(),
    )
    fixture.load(encoder)
    inverter = Inverter(encoder, fixture.inputs["latent_avg"])
    with torch.no_grad():
        images = fixture.image("image")
        fixture.check("codes", encoder(images))
        fixture.check("codes_plus_latent_avg", inverter(images))
        for name in sorted(fixture.left):
            stage = int(re.fullmatch(r"codes_stage(\d+)", name)[1])
            fixture.check(name, encoder(images, progressive_stage=stage))
    fixture.finish()


def factored(fixture: Fixture, name: str) -> torch.Tensor:
    """A picture that is stored whole, or as the two factors of its channels."""
    if name in fixture.inputs or f"{name}_u8" in fixture.inputs:
        return fixture.image(name)
    short = name.replace("_", "")
    return (fixture.inputs[f"{short}_u"] @ fixture.inputs[f"{short}_v"])[None]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("path", files("face_crop*.safetensors"))
def test_face_crop(path: Path, dtype: torch.dtype) -> None:
    fixture = Fixture(path, dtype, 1e-5)
    for name in sorted(fixture.outputs):
        picture = factored(fixture, f"face_{name.removeprefix('crop_')}")
        fixture.check(name, crop_face(picture, fixture.outputs[name].shape[-1]))
    fixture.finish()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("path", files("clip_resize*.safetensors"))
def test_clip_resize(path: Path, dtype: torch.dtype) -> None:
    """Whole results, and crops of them at the place that the file tells."""
    fixture = Fixture(path, dtype, 1e-5)
    for name in sorted(fixture.outputs):
        size = int(re.fullmatch(r"resized_(\d+)(_crop)?", name)[1])
        pixels = original_clip_pixels(factored(fixture, f"image_{size}"))
        place = re.search(r"rows (\d+):(\d+), columns (\d+):(\d+)", fixture.config["outputs"][name])
        if place:
            top, bottom, left, right = map(int, place.groups())
            pixels = pixels[..., top:bottom, left:right]
        fixture.check(name, pixels)
    fixture.finish()


@pytest.mark.parametrize("path", files("layer_mask*.safetensors"))
def test_guidance_terms(path: Path) -> None:
    fixture = Fixture(path, torch.float64, 1e-5)
    x = {name: value.requires_grad_() for name, value in fixture.inputs.items()}
    batch, guides = len(x["w_a"]), [str(k) for k in range(len(x["lam"]))]

    def wrt(*names: str) -> dict[str, torch.Tensor]:
        return {name: x[name] for name in names}

    mask = x["g"].expand(batch, -1)
    reg = masked_proximity(x["w_a"], x["w_s"], mask)
    fixture.check_gradients("reg", reg, wrt("g", "w_a", "w_s"))
    fixture.check("softmax_g", layer_mask(x["g"][None]))
    fixture.check("layer_norms", layer_movement(x["w_a"], x["w_s"]))
    fixture.check("d_va_a", cosine_distance(x["v_a"], x["a"]))
    fixture.check("d_vs_a", cosine_distance(x["v_s"], x["a"]))
    corrected = cosine_hinge(x["v_a"], x["v_s"], x["a"])
    fixture.check_gradients("cos_corrected", corrected, wrt("v_a", "v_s", "a"))
    printed = cosine_hinge(x["v_s"], x["v_a"], x["a"])
    fixture.check_gradients("cos_printed", printed, wrt("v_a", "v_s", "a"))
    distances = {
        k: cosine_distance(x["v_a"], a.expand(batch, -1))
        for k, a in zip(guides, x["a_multi"], strict=True)
    }
    fixture.check("cos_multi_terms", torch.stack(list(distances.values()), dim=1))
    weights = dict(zip(guides, x["lam"], strict=True))
    total = multi_dimension(distances, weights)
    fixture.check_gradients("cos_multi", total, wrt("v_a", "a_multi", "lam"))
    fixture.finish()


def full_size(name: str, arguments: dict[str, Any]) -> torch.nn.Module:
    """The network of an entry of a key list, without memory for its weights."""
    trunk = trunk_config(arguments["num_layers"], arguments["mode"])
    with torch.device("meta"):
        if "input_size" in arguments:
            return ArcFaceIR(trunk, arguments["input_size"], affine=arguments["affine"])
        return ENCODERS[name.split("_")[0]](arguments["stylegan_size"], trunk=trunk)


@pytest.mark.parametrize("path", files("encoder_keys*.json", "irse*_keys*.json"))
def test_full_size_keys(path: Path) -> None:
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert entries
    for name, entry in entries.items():
        state = full_size(name, entry["constructor"]).state_dict()
        ours = {key: list(value.shape) for key, value in state.items()}
        theirs = dict(entry["keys"])
        assert ours.keys() == theirs.keys(), f"{name}: {sorted(ours.keys() ^ theirs.keys())[:5]}"
        assert ours == theirs, name
        values = sum(math.prod(s) for k, s in ours.items() if not k.endswith("batches_tracked"))
        assert values == entry["num_values"]
