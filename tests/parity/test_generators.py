"""The published StyleGAN2 and StyleGAN3 generators against numbers of the originals.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself. Tolerances are those
of the fixtures' README: largest error over the largest expected value.
"""

import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from emostyle.generator.published import stylegan2_state, stylegan3_state
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config, stylegan2_widths
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.generator.published.stylegan3_plan import bands, layer_plans
from tests.parity.fixtures import files, read, relative_error

PRECISIONS = [
    pytest.param(torch.float64, 1e-6, id="f64"),
    pytest.param(torch.float32, 1e-4, id="f32"),
]
NEARBY = 8
"""Points at which float32 may show that it differs from float64 by rounding only."""


class Fixture:
    """One file: state, inputs, config, and the outputs that are still to be checked."""

    def __init__(self, path: Path, dtype: torch.dtype, tolerance: float) -> None:
        self.name, self.dtype, self.tolerance = path.stem, dtype, tolerance
        self.config, groups = read(path)
        self.state = groups["state"]
        self.inputs = {name: value.to(dtype) for name, value in groups["in"].items()}
        self.outputs, self.left = groups["out"], set(groups["out"])

    @property
    def arguments(self) -> dict[str, Any]:
        """Constructor arguments of the original."""
        return self.config["constructor"]

    def other_filters(self) -> dict[str, Tensor]:
        """The state with the asymmetric filters in place of the true ones."""
        found = {k.removeprefix("altfilter."): v for k, v in self.inputs.items() if "alt" in k}
        assert found.keys() <= self.state.keys()
        return {**self.state, **found}

    def check(self, name: str, value: Tensor) -> None:
        """Compare with the largest absolute value of the expected output."""
        expected = self.outputs[name]
        assert value.shape == expected.shape, name
        error = relative_error(value, expected)
        print(f"{self.name} {name} {self.dtype}: {error:.1e}")
        assert error <= self.tolerance, f"{name}: {error:.1e} > {self.tolerance:.0e}"
        self.left.remove(name)

    def gradient(self, network: nn.Module, w_plus: Tensor, *options: Any) -> Tensor:
        """Gradient of the weighted sum of a picture with respect to w+."""
        w_plus = w_plus.clone().requires_grad_()
        (network(w_plus, *options) * self.inputs["grad_weight"].to(w_plus)).sum().backward()
        assert w_plus.grad is not None
        return w_plus.grad

    def check_gradient(self, name: str, network: nn.Module, *options: Any) -> None:
        """Compare the gradient of the weighted sum of a picture with respect to w+.

        In float32 a leaky ReLU whose input is zero up to rounding may take its other slope, in the
        original as here. If so, float32 is held to the same tolerance beside float64 at the best
        of a few points nearby; float64 itself is always held to the file.
        """
        place = self.inputs["wplus"]
        there = self.gradient(network, place, *options)
        off = relative_error(there, self.outputs[name])
        if self.dtype == torch.float64 or off <= self.tolerance:
            self.check(name, there)
            return
        exact, random, errors = copy.deepcopy(network).double(), torch.Generator(), []
        for seed in range(NEARBY):
            moved = place + 1e-3 * torch.randn(place.shape, generator=random.manual_seed(seed))
            wanted = self.gradient(exact, moved.double(), *options)
            errors.append(relative_error(self.gradient(network, moved, *options), wanted))
        assert min(errors) <= self.tolerance, f"{name}: {min(errors):.1e}"
        self.left.remove(name)

    def finish(self) -> None:
        """No output may have been passed over."""
        assert not self.left, f"outputs without a check: {sorted(self.left)}"


def rosinality_config(arguments: dict[str, Any], channels: dict[str, int] | None) -> Any:
    """The architecture from rosinality's constructor arguments."""
    told = channels or {}
    sized = [told[k] for k in sorted(told, key=int) if int(k) <= arguments["size"]]
    table = stylegan2_widths(arguments["size"], 16384 * arguments.get("channel_multiplier", 2))
    return PublishedStyleGAN2Config(
        channels=tuple(sized) if sized else table,
        z_dim=arguments["style_dim"],
        w_dim=arguments["style_dim"],
        mapping_layers=arguments["n_mlp"],
        mapping_lr=arguments.get("lr_mlp", 0.01),
    )


def nvidia_sizes(arguments: dict[str, Any], mapping_layers: int) -> dict[str, Any]:
    """What both NVIDIA generators are told in the same words."""
    mapping = arguments.get("mapping_kwargs", {})
    return {
        "z_dim": arguments["z_dim"],
        "w_dim": arguments["w_dim"],
        "c_dim": arguments["c_dim"],
        "image_channels": arguments["img_channels"],
        "mapping_layers": mapping.get("num_layers", mapping_layers),
        "mapping_lr": mapping.get("lr_multiplier", 0.01),
    }


def ada_config(arguments: dict[str, Any]) -> PublishedStyleGAN2Config:
    """The architecture from the arguments of NVIDIA's StyleGAN2."""
    options = arguments["synthesis_kwargs"]
    return PublishedStyleGAN2Config(
        channels=stylegan2_widths(
            arguments["img_resolution"],
            options.get("channel_base", 32768),
            options.get("channel_max", 512),
        ),
        conv_clamp=options.get("conv_clamp"),
        **nvidia_sizes(arguments, 8),
    )


def alias_free_config(arguments: dict[str, Any]) -> StyleGAN3Config:
    """The architecture from the arguments of NVIDIA's StyleGAN3."""
    options = arguments["synthesis_kwargs"]
    critical = options.get("num_critical", 2)
    return StyleGAN3Config(
        resolution=arguments["img_resolution"],
        channels=stylegan3_widths(
            arguments["img_resolution"],
            options.get("channel_base", 32768),
            options.get("channel_max", 512),
            options.get("num_layers", 14),
            critical,
            options.get("first_cutoff", 2.0),
        ),
        conv_kernel=options.get("conv_kernel", 3),
        radial=options.get("use_radial_filters", False),
        **{o: options[t] for t, o in stylegan3_state.OPTIONS.items() if t in options},
        **nvidia_sizes(arguments, 2),
    )


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("path", files("stylegan2_rosinality*.safetensors"))
def test_rosinality(path: Path, dtype: torch.dtype, tolerance: float) -> None:
    fixture = Fixture(path, dtype, tolerance)
    x, state = fixture.inputs, fixture.state
    config = rosinality_config(fixture.arguments, fixture.config.get("channels_override"))
    seen = stylegan2_state.stylegan2_config(state)
    assert replace(seen, mapping_lr=config.mapping_lr) == config
    average = x["truncation_latent"].float()
    network = stylegan2_state.stylegan2_from_state(state, config, average).to(dtype)
    draw, psi = network.synthesis, fixture.config["truncation"]
    first, second = (network.to_w_plus(x[z], psi) for z in ("z", "z2"))
    index = fixture.config["inject_index"]
    mixed = torch.cat([first[:, :index], second[:, index:]], 1)
    noise = [x[f"noise.{i}"] for i in range(fixture.config["num_noise_layers"])]
    fixture.check("style", network.mapping(x["z"]))
    fixture.check("latents_z", first)
    fixture.check("latents_mix", mixed)
    fixture.check("image_z", network(x["z"], psi))
    fixture.check("image_z_notrunc", network(x["z"]))
    fixture.check("image_mix", draw(mixed))
    fixture.check("image_wplus", draw(x["wplus"]))
    fixture.check("image_explicit_noise", draw(x["wplus"], noise=noise))
    fixture.check_gradient("grad_wplus", network.synthesis)
    other = stylegan2_state.stylegan2_from_state(fixture.other_filters(), config, average)
    fixture.check("image_wplus_altfilter", other.to(dtype).synthesis(x["wplus"]))
    fixture.finish()


def check_mapping(fixture: Fixture, network: PublishedGenerator) -> Tensor:
    """The outputs of the mapping, whatever truncation their names tell; gives w+ of the images."""
    z, labels = fixture.inputs["z"], fixture.inputs.get("c")
    for name in sorted(fixture.left):
        if told := re.fullmatch(r"ws(?:_psi(-?\d+(?:p\d+)?))?(?:_cutoff(\d+))?", name):
            psi = float(told[1].replace("p", ".")) if told[1] else 1.0
            cutoff = int(told[2]) if told[2] else None
            fixture.check(name, network.to_w_plus(z, psi, labels, cutoff))
    psi, cutoff = fixture.config["truncation_psi"], fixture.config["truncation_cutoff_image_z"]
    return network.to_w_plus(z, psi, labels, cutoff)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("path", files("stylegan2_ada*.safetensors"))
def test_ada(path: Path, dtype: torch.dtype, tolerance: float) -> None:
    fixture = Fixture(path, dtype, tolerance)
    state, w_plus = fixture.state, fixture.inputs["wplus"]
    config = ada_config(fixture.arguments)
    seen = stylegan2_state.stylegan2_config(state)
    assert stylegan2_state.with_arguments(seen, fixture.arguments) == config
    network = stylegan2_state.stylegan2_from_state(state, config).to(dtype)
    from_z = check_mapping(fixture, network)
    for mode in ("const", "none"):

        def draw(latent: Tensor, mode: Any = mode) -> Tensor:
            return network.synthesis(latent, mode)

        fixture.check(f"image_z_{mode}", draw(from_z))
        fixture.check(f"image_wplus_{mode}", draw(w_plus))
        fixture.check_gradient(f"grad_wplus_{mode}", network.synthesis, mode)
    limited = stylegan2_state.stylegan2_from_state(state, replace(config, conv_clamp=1.0))
    fixture.check("image_wplus_const_clamp1", limited.to(dtype).synthesis(w_plus))
    other = stylegan2_state.stylegan2_from_state(fixture.other_filters(), config)
    fixture.check("image_wplus_const_altfilter", other.to(dtype).synthesis(w_plus))
    fixture.finish()


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("path", files("stylegan3_*.safetensors"))
def test_stylegan3(path: Path, dtype: torch.dtype, tolerance: float) -> None:
    fixture = Fixture(path, dtype, tolerance)
    state, w_plus = fixture.state, fixture.inputs["wplus"]
    config = alias_free_config(fixture.arguments)
    seen = stylegan3_state.stylegan3_config(state)
    assert stylegan3_state.with_arguments(seen, fixture.arguments) == config
    network = stylegan3_state.stylegan3_from_state(state, config).to(dtype)
    draw, from_z = network.synthesis, check_mapping(fixture, network)
    fixture.check("input_features", draw.input(w_plus[:, 0]))
    for mode in ("const", "none"):  # it has no noise: both are the same picture
        fixture.check(f"image_z_{mode}", draw(from_z))
        fixture.check(f"image_wplus_{mode}", draw(w_plus))
        fixture.check_gradient(f"grad_wplus_{mode}", draw)
    limited = stylegan3_state.stylegan3_from_state(state, replace(config, conv_clamp=1.0))
    fixture.check("image_wplus_clamp1", limited.to(dtype).synthesis(w_plus))
    other = stylegan3_state.stylegan3_from_state(fixture.other_filters(), config)
    fixture.check("image_wplus_altfilter", other.to(dtype).synthesis(w_plus))
    draw.input.transform.copy_(torch.eye(3))
    fixture.check("image_wplus_identity_transform", draw(w_plus))
    fixture.finish()


@pytest.mark.parametrize("path", files("stylegan3_*.safetensors"))
def test_stylegan3_geometry_and_filters(path: Path) -> None:
    """Bands, padding and the filters we design are those of the original."""
    described, groups = read(path)
    config = alias_free_config(described["constructor"])
    every, layers = bands(config), described["layers"]
    names = {"size": "out_size", "rate": "out_sampling_rate", "channels": "out_channels"}
    names |= {"cutoff": "out_cutoff", "half_width": "out_half_width"}
    for band, layer in zip(every, layers, strict=True):
        for ours, theirs in names.items():
            assert getattr(band, ours) == pytest.approx(layer[theirs], rel=1e-12)
    network = StyleGAN3Generator(config)
    for index, (plan, layer) in enumerate(zip(layer_plans(config), layers[:-1], strict=True)):
        assert [*plan.padding, *plan.padding] == layer["padding"]
        assert (plan.up, plan.down, plan.radial) == (
            layer["up"],
            layer["down"],
            layer["down_radial"],
        )
        for side in ("up_filter", "down_filter"):
            designed = getattr(network.synthesis.layers[index], side)
            stored = groups["state"][f"synthesis.{layer['name']}.{side}"]
            torch.testing.assert_close(designed, stored, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "path", files("stylegan2_rosinality_keys*.json", "stylegan2_ada_keys*.json")
)
def test_full_size_keys_of_stylegan2(path: Path) -> None:
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert entries
    for name, entry in entries.items():
        arguments, rosinality = entry["constructor"], "rosinality" in path.name
        config = rosinality_config(arguments, None) if rosinality else ada_config(arguments)
        with torch.device("meta"):
            network = PublishedStyleGAN2(config)
            state = {key: torch.empty(shape) for key, shape in entry["keys"]}
        layout = stylegan2_state.stylegan2_layout(network, rosinality)
        check_keys(name, entry, network, layout.shapes())
        seen = stylegan2_state.stylegan2_config(state)
        assert replace(seen, conv_clamp=config.conv_clamp) == config, name


@pytest.mark.parametrize("path", files("stylegan3_keys*.json"))
def test_full_size_keys_of_stylegan3(path: Path) -> None:
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert entries
    for name, entry in entries.items():
        config = alias_free_config(entry["constructor"])
        with torch.device("meta"):
            network = StyleGAN3Generator(config)
            state = {key: torch.empty(shape) for key, shape in entry["keys"]}
        check_keys(name, entry, network, stylegan3_state.stylegan3_layout(network).shapes())
        assert stylegan3_state.stylegan3_config(state) == config, name


def check_keys(
    name: str, entry: dict[str, Any], network: torch.nn.Module, ours: dict[str, tuple[int, ...]]
) -> None:
    """Names, shapes and the number of trained values are those of the list."""
    theirs = {key: tuple(shape) for key, shape in entry["keys"]}
    assert ours.keys() == theirs.keys(), f"{name}: {sorted(ours.keys() ^ theirs.keys())[:5]}"
    assert ours == theirs, name
    assert sum(p.numel() for p in network.parameters()) == entry["num_parameters"], name
