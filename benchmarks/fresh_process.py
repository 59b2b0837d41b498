"""Code that measures itself in a process of its own."""

import json
import subprocess
import sys

MEMORY = """
from pathlib import Path

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

def reset_peak():
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")
"""
"""Before every probe: bytes of a line of the process's status, and a new start for its peak."""


def run_probe(code: str, *words: object) -> dict[str, float]:
    """What a piece of code prints as its last line, in JSON.

    Args:
        code: Python; it may call `memory` and `reset_peak`.
        words: its command line, from `sys.argv[1]` on.
    """
    command = [sys.executable, "-c", MEMORY + code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
