"""Weight files: round trip, metadata, refusals, cards."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from emostyle.errors import WeightsError
from emostyle.weights.bundle import bundle
from emostyle.weights.pins import sha256
from emostyle.weights.store import BUNDLED, bundled_path, load_state, resolve, save_network


def test_round_trip_keeps_values_and_metadata(tmp_path):
    layer = nn.Linear(3, 2)
    path = save_network(tmp_path / "new" / "a.safetensors", layer, {"seed": 3, "names": ["x"]})
    state, facts = load_state(path)
    assert facts == {"seed": 3, "names": ["x"]}
    torch.testing.assert_close(state["weight"], layer.weight, rtol=1e-3, atol=1e-3)
    assert state["weight"].dtype == torch.float32
    assert [file.name for file in path.parent.iterdir()] == ["a.safetensors"]


def test_refusals_say_what_is_wrong(tmp_path):
    with pytest.raises(WeightsError, match="No weights file"):
        load_state(tmp_path / "none.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not weights at all")
    with pytest.raises(WeightsError, match="not a readable safetensors"):
        load_state(damaged)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"x": torch.zeros(1)}, foreign)
    with pytest.raises(WeightsError, match="carries no EmoStyle metadata"):
        load_state(foreign)
    with pytest.raises(WeightsError, match="No bundled weights named 'nothing'"):
        bundled_path("nothing")


def test_a_path_or_a_name(tmp_path):
    path = save_network(tmp_path / "a.safetensors", nn.Linear(1, 1), {})
    assert resolve(path) == path
    with pytest.raises(WeightsError):
        resolve("a")


def test_bundle_copies_and_writes_the_card(tmp_path):
    facts = {"seed": 1, "steps": 2, "seconds": 60, "hardware": "x", "figures": {"mae": 0.5}}
    source = save_network(tmp_path / "in.safetensors", nn.Linear(1, 1), facts)
    target = bundle("judge_portrait", source, tmp_path / "out")
    text = target.with_suffix(".md").read_text()
    assert sha256(source) == sha256(target)
    assert sha256(target) in text
    assert "| mae | 0.5000 |" in text
    assert "licence: MIT" in text
    with pytest.raises(WeightsError, match="Unknown network 'x'"):
        bundle("x", source, tmp_path)


def test_bundled_files_are_within_the_budget():
    assert sum(path.stat().st_size for path in BUNDLED.glob("*.safetensors")) <= 80 * 2**20
