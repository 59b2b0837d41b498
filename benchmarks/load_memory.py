"""Memory that loading a generator of 1024 pixels takes, as a multiple of its file.

python benchmarks/load_memory.py [--resolution 1024] [--record]

Two files of random weights are measured, each in a process of its own: the checkpoint in the layout
of rosinality's code, and what is stored of it here. A process has loaded a tiny file of the same
kind before, so that only the generator counts. Its peak above that, after every weight was read
once, is divided by the file's bytes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from emostyle.evaluate.report import report
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config, stylegan2_widths
from emostyle.generator.published.stylegan2_state import stylegan2_layout
from emostyle.weights.store import save_network

GOAL = 1.3
PROBE = """
import json, sys
from pathlib import Path
from emostyle.generator.load import load_generator
from emostyle.generator.published.foreign import generator_from_checkpoint
from emostyle.weights.readers.torch_file import read_torch_file

def load(path):
    if path.endswith(".safetensors"):
        return load_generator(path)
    return generator_from_checkpoint(read_torch_file(path, mmap=True))

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

load(sys.argv[1])
Path("/proc/self/clear_refs").write_text("5")
before = memory("VmRSS")
network = load(sys.argv[2])
tensors = list(network.state_dict().values())
read = sum(float(value.sum()) for value in tensors)
blocks = [value.untyped_storage() for value in tensors]
storages = {block.data_ptr(): block.nbytes() for block in blocks}
print(json.dumps({
    "peak": memory("VmHWM") - before,
    "kept": memory("VmRSS") - before,
    "held": sum(storages.values()),
    "needed": sum(value.nbytes for value in tensors),
}))
"""


def write_pair(folder: Path, resolution: int) -> list[Path]:
    """A random generator as rosinality's checkpoint and as a file of ours.

    Args:
        folder: where the two go.
        resolution: side of its pictures, pixels.

    Returns:
        Their paths, the checkpoint first.
    """
    torch.manual_seed(0)
    network = PublishedStyleGAN2(PublishedStyleGAN2Config(stylegan2_widths(resolution)))
    ours, layout = network.state_dict(), stylegan2_layout(network, rosinality=True)
    state = {
        place.key: (ours[name].reshape(place.shape) / place.gain).contiguous()
        for name, place in layout.places.items()
    }
    source, stored = folder / f"{resolution}.pt", folder / f"{resolution}.safetensors"
    torch.save({"g_ema": state, "latent_avg": torch.zeros(512)}, source)
    save_network(stored, network, network.describe(), torch.float32)
    return [source, stored]


def measure(tiny: Path, path: Path) -> dict[str, int]:
    """What loading a file takes in a fresh process that has loaded a tiny one before.

    Args:
        tiny: loaded first.
        path: loaded second, measured.

    Returns:
        Bytes: `peak` and `kept` above the process, `held` by the network's storages, `needed` by
        its tensors.
    """
    command = [sys.executable, "-c", PROBE, str(tiny), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Print the figures; exit code 1 if a file takes more than the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resolution", type=int, default=1024, help="side of the pictures")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        pairs = (write_pair(Path(folder), side) for side in (8, options.resolution))
        for tiny, path in zip(*pairs, strict=True):
            size, found = path.stat().st_size, measure(tiny, path)
            shares.append(found["peak"] / size)
            told = ", ".join(f"{name} {value / size:.3f}" for name, value in found.items())
            print(f"{path.suffix}, {size / 1e6:.1f} MB, as multiples of it: {told}")
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
