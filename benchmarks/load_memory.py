"""Memory that loading a generator of 1024 pixels takes, as a multiple of its file.

python benchmarks/load_memory.py [--resolution 1024] [--record]

Files of random weights are measured, each in a process of its own that has imported torch and this
package and nothing else: StyleGAN2 in the layout of rosinality's code, and StyleGAN2 and
StyleGAN3-T as they are stored here. (NVIDIA's pickles are measured by
`tests/integration/test_load_memory.py`, which has their writer.) The peak above that process, after
every weight was read once, is divided by the file's bytes.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import torch
from fresh_process import run_probe

from emostyle.evaluate.report import report
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config, stylegan2_widths
from emostyle.generator.published.stylegan2_state import stylegan2_layout
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.weights.store import save_network

GOAL = 1.3
PROBE = """
import json, sys
import torch, emostyle

def load(path):
    if path.endswith(".safetensors"):
        from emostyle.generator.load import load_generator
        return load_generator(path)
    from emostyle.generator.published.foreign import generator_from_checkpoint
    if path.endswith(".pkl"):
        from emostyle.weights.readers.nvidia_pickle import read_nvidia_pickle
        return generator_from_checkpoint(read_nvidia_pickle(path))
    from emostyle.weights.readers.torch_file import read_torch_file
    return generator_from_checkpoint(read_torch_file(path, mmap=True))

before = reset_peak()
network = load(sys.argv[1])
tensors = list(network.state_dict().values())
read = sum(float(value.sum()) for value in tensors)
blocks = [value.untyped_storage() for value in tensors]
storages = {block.data_ptr(): block.nbytes() for block in blocks}
print(json.dumps({
    "peak": memory("VmHWM") - before,
    "held": sum(storages.values()),
    "needed": sum(value.nbytes for value in tensors),
}))
"""


def write_files(folder: Path, resolution: int) -> list[Path]:
    """Random generators: a checkpoint of rosinality's, and two files of ours.

    Args:
        folder: where they go.
        resolution: side of their pictures, pixels.

    Returns:
        Their paths.
    """
    torch.manual_seed(0)
    network = PublishedStyleGAN2(PublishedStyleGAN2Config(stylegan2_widths(resolution)))
    ours, layout = network.state_dict(), stylegan2_layout(network, rosinality=True)
    state = {
        place.key: (ours[name].reshape(place.shape) / place.gain).contiguous()
        for name, place in layout.places.items()
    }
    source = folder / "rosinality.pt"
    torch.save({"g_ema": state, "latent_avg": torch.zeros(512)}, source)
    third = StyleGAN3Generator(StyleGAN3Config(resolution, stylegan3_widths(resolution)))
    stored = [
        save_network(folder / f"{kind}.safetensors", each, each.describe(), torch.float32)
        for kind, each in (("stylegan2", network), ("stylegan3", third))
    ]
    return [source, *stored]


def measure(path: Path) -> dict[str, float]:
    """What loading a file takes in a fresh process.

    Args:
        path: a generator's file: `.pt` of rosinality, `.pkl` of NVIDIA or `.safetensors` of ours.

    Returns:
        Bytes: `peak` above the process, `held` by the network's storages, `needed` by its tensors.
    """
    return run_probe(PROBE, path)


def main() -> int:
    """Print the figures; exit code 1 if a file takes more than the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resolution", type=int, default=1024, help="side of the pictures")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        for path in write_files(Path(folder), options.resolution):
            size, found = path.stat().st_size, measure(path)
            shares.append(found["peak"] / size)
            told = ", ".join(f"{name} {value / size:.3f}" for name, value in found.items())
            print(f"{path.name}, {size / 1e6:.1f} MB, as multiples of it: {told}")
    report(
        metric="load_memory",
        value=max(shares),
        unit="x file size",
        goal=f"<= {GOAL}",
        n=len(shares),
        seed=0,
        device="cpu",
        record=options.record,
    )
    return int(max(shares) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
