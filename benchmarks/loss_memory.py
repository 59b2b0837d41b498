"""Memory and seconds of InfoNCE for batches of 512 to 65 536 vectors, beside the whole matrix.

python benchmarks/loss_memory.py [--largest 65536] [--record]

Loss and gradients of unit vectors of width 512, each batch in a process of its own. `whole` is the
usual form (both log-softmaxes of the matrix of similarities); it is left out where it would need
more than half of the memory. The figure is the mean factor by which our peak beyond the empty
process grows when the batch doubles, from 4096 on; the whole matrix grows by 4.
"""

import argparse
import os
import sys

from fresh_process import run_probe

from emostyle.evaluate.report import report

WIDTH = 512
FIRST, COUNTED = 512, 4096
GOAL = 2.1
SAME = 1e-5
MATRICES = 7
"""Matrices of floats that the whole form holds at its peak, about."""
PROBE = """
import json, sys, time
import torch
from emostyle.embedding.losses import info_nce

def whole(a, b, scale):
    logits = scale * a @ b.T
    both = logits.log_softmax(1).diagonal() + logits.log_softmax(0).diagonal()
    return -both.mean()

loss = {"ours": info_nce, "whole": whole}[sys.argv[1]]
loss(torch.eye(8, requires_grad=True), torch.eye(8), 10.0).backward()
before = reset_peak()
drawn = torch.Generator().manual_seed(0)
a = torch.nn.functional.normalize(torch.randn(int(sys.argv[2]), int(sys.argv[3]), generator=drawn))
b = torch.nn.functional.normalize(a + 0.05 * torch.randn(a.shape, generator=drawn))
a.requires_grad_()
b.requires_grad_()
start = time.perf_counter()
value = loss(a, b, 1 / 0.07)
value.backward()
seconds = time.perf_counter() - start
print(json.dumps({
    "peak": memory("VmHWM") - before, "seconds": seconds, "value": float(value),
    "length": float(a.grad.norm()),
}))
"""


def measure(form: str, batch: int) -> dict[str, float]:
    """Peak bytes beyond the process, seconds, the loss and the length of its gradient.

    Args:
        form: `ours` or `whole`.
        batch: vectors on each side.
    """
    return run_probe(PROBE, form, batch, WIDTH)


def main() -> int:
    """Print a line per batch and the figure; exit code 1 if it is missed or values differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=65536, help="largest batch")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2
    sizes = [FIRST << k for k in range(32) if FIRST << k <= options.largest]
    peaks, worst = {}, 0.0
    for batch in sizes:
        ours = measure("ours", batch)
        peaks[batch] = ours["peak"]
        line = f"batch {batch}: ours {ours['peak'] / 1e6:.0f} MB, {ours['seconds']:.2f} s"
        if MATRICES * 4 * batch**2 < room:
            whole = measure("whole", batch)
            off = max(abs(ours[k] - whole[k]) / abs(whole[k]) for k in ("value", "length"))
            worst = max(worst, off)
            line += f"; whole {whole['peak'] / 1e6:.0f} MB, {whole['seconds']:.2f} s, off {off:.0e}"
        print(line, flush=True)
    counted = [batch for batch in sizes if batch >= COUNTED]
    growth = (peaks[counted[-1]] / peaks[counted[0]]) ** (1 / (len(counted) - 1))
    report(
        metric="memory_growth",
        value=growth,
        unit="x per doubling",
        goal=f"<= {GOAL}",
        n=len(sizes),
        seed=0,
        device="cpu",
        record=options.record,
    )
    return int(growth > GOAL or worst > SAME)


if __name__ == "__main__":
    sys.exit(main())
