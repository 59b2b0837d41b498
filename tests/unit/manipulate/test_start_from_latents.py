"""An edit starts from latents of a file: of another edit, or as the originals save them."""

from pathlib import Path

import pytest
import torch

from emostyle.errors import LatentError
from emostyle.manipulate import EditRequest, edit
from emostyle.manipulate.save import chart_title
from emostyle.manipulate.stack import load_stack
from emostyle.testing import TINY_GENERATOR, tiny_stack

SHAPE = (TINY_GENERATOR.num_layers, TINY_GENERATOR.w_dim)


@pytest.fixture
def request_of(tmp_path: Path):
    """A request on an untrained stack."""
    stack = str(tiny_stack(tmp_path))
    tone = 0.3 * torch.sin(torch.arange(44100) * 0.05)

    def make(tensor: torch.Tensor, **more) -> EditRequest:
        torch.save(tensor, tmp_path / "latents.pt")
        file = tmp_path / "latents.pt"
        return EditRequest(waveform=tone, stack=stack, steps=1, w_plus=file, **more)

    yield make
    load_stack.cache_clear()


@pytest.mark.parametrize("shape", [SHAPE, (1, *SHAPE), (3, *SHAPE)])
def test_each_latent_is_a_start(request_of, shape: tuple[int, ...]) -> None:
    latents = 0.1 * torch.randn(shape)
    result = edit(request_of(latents, seed=5))
    count = 1 if len(shape) == 2 else shape[0]
    assert torch.equal(result.w_start, latents.reshape(count, *SHAPE))
    assert result.seeds == [5 + i for i in range(count)]
    assert result.latents_file == "latents.pt"
    assert not torch.equal(result.w_plus, result.w_start)
    (note,) = (stage.why for stage in result.stages if stage.name == "start")
    assert note == f"latents {(count, *SHAPE)} of latents.pt"
    assert chart_title(result, "rain.wav").endswith("of latents.pt")


def test_latents_of_another_generator(request_of) -> None:
    with pytest.raises(LatentError, match=r"latents\.pt. does not fit .* expects \(N, 8, 64\)"):
        edit(request_of(torch.zeros(18, 512)))


@pytest.mark.parametrize("more", [{"count": 3}, {"seeds": (1, 2)}])
def test_the_file_says_how_many(request_of, more) -> None:
    with pytest.raises(LatentError, match="holds 2 latents, one for each picture; leave out"):
        edit(request_of(torch.zeros(2, *SHAPE), **more))
