"""Write docs/published.md: which published checkpoints load, and how close they come.

python benchmarks/published.py [--out docs/published.md] [--record]

The tests of tests/parity are run: those of the key lists say whether every tensor
of the full-size file has its place, those of the fixtures print the errors, of which the worst in
float32 is shown. The fixtures lie in EMOSTYLE_PARITY (default ../shared/parity).
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emostyle.evaluate.report import report
from emostyle.weights.registry import NOT_PUBLISHED, Entry, entries

ROOT = Path(__file__).resolve().parents[1]
PICK = ("-k", "not f64")
"""Networks run in float32, so the errors in float64 are not asked for."""
INTRODUCTION = """# Published checkpoints

Which files of others fill a slot, whether their readers take every tensor of the full-size file
(names and shapes; the files themselves are not needed for this), and the worst error of our
networks against numbers of the originals, as a share of the largest expected value. Wav2CLIP's is
that of its spectrogram in nearly silent bins, where the original in float32 differs from its own
float64 run by as much; its vectors agree to 1e-4. The table is written by
`python benchmarks/published.py`.

"""


@dataclass(frozen=True)
class Family:
    """Files of one architecture.

    Attributes:
        name: of the architecture.
        pattern: of the names that the registry gives its files.
        fixtures: parity tests that print errors; empty where there is none.
        keys: tests that every tensor of the full-size file has its place.
    """

    name: str
    pattern: str
    fixtures: str
    keys: str


FAMILIES = (
    Family(
        "StyleGAN2 of rosinality",
        r"landscape|stylegan2-(ffhq|church|car)-config-f",
        "test_generators.py::test_rosinality",
        "test_generators.py::test_full_size_keys_of_stylegan2",
    ),
    Family(
        "StyleGAN2 of NVIDIA",
        r"ffhq|stylegan2-ffhq-512x512",
        "test_generators.py::test_ada",
        "test_generators.py::test_full_size_keys_of_stylegan2",
    ),
    Family(
        "StyleGAN3",
        r".*stylegan3.*",
        "test_generators.py::test_stylegan3",
        "test_generators.py::test_full_size_keys_of_stylegan3",
    ),
    Family("CLIP", r"ViT-.*|RN\d+.*", "", "test_full_size_round_trip.py::test_clip_of_openai"),
    Family(
        "audio encoder of Lee et al.",
        r"resnet18_57",
        "test_audio_encoders.py::test_audio_encoder",
        "test_audio_encoders.py::test_full_size_keys",
    ),
    Family(
        "Wav2CLIP",
        r"Wav2CLIP",
        "test_audio_encoders.py::test_wav2clip",
        "test_audio_encoders.py::test_full_size_keys",
    ),
    Family(
        "AudioCLIP",
        r"AudioCLIP.*",
        "test_audio_encoders.py::test_audioclip",
        "test_audio_encoders.py::test_full_size_keys",
    ),
    Family(
        "ArcFace IR-SE50",
        r"model_ir_se50",
        "test_picture_encoders.py::test_arcface",
        "test_picture_encoders.py::test_full_size_keys",
    ),
    Family(
        "e4e and pSp",
        r"(e4e|psp)_.*",
        "test_picture_encoders.py::test_encoder",
        "test_picture_encoders.py::test_full_size_keys",
    ),
    Family(
        "ImageBind",
        r"imagebind_huge",
        "test_imagebind.py::test_network",
        "test_imagebind.py::test_every_published_tensor_has_its_place",
    ),
    Family(
        "Whisper",
        r"whisper-(?!at-).*",
        "test_whisper_at.py::test_encoder_features_and_tags",
        "test_full_size_round_trip.py::test_whisper",
    ),
    Family(
        "Whisper-AT head",
        r"whisper-at-.*",
        "test_whisper_at.py::test_head_of_the_package",
        "test_whisper_at.py::test_every_published_tensor_has_its_place",
    ),
    Family(
        "ChatGLM3",
        r"chatglm3-6b",
        "test_chatglm.py::test_logits",
        "test_chatglm.py::test_full_size_places_and_parameters",
    ),
    Family(
        "GRU-EBS",
        r"gru-ebs",
        "test_emotional_music.py::test_generator",
        "test_emotional_music.py::test_every_published_tensor_has_its_place",
    ),
    Family(
        "song classifier of GRU-EBS",
        r"gru-ebs-classifier",
        "test_emotional_music.py::test_classifier",
        "test_emotional_music.py::test_every_published_tensor_has_its_place",
    ),
)


def members(family: Family, known: Iterable[Entry]) -> list[Entry]:
    """The files of others in the registry that belong to a family."""
    return [e for e in known if not e.bundled and re.fullmatch(family.pattern, e.name)]


def folder(test: str) -> str:
    """The folder of a test of this page."""
    return "integration" if test.startswith("test_full_size_round_trip") else "parity"


def run(tests: Iterable[str]) -> dict[str, str]:
    """What each of some tests prints, with its verdicts.

    Raises:
        RuntimeError: a test failed.
    """
    places = [f"tests/{folder(test)}/{test}" for test in sorted(set(tests))]
    command = [sys.executable, "-m", "pytest", "-v", "-s", "--color=no", *PICK, *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The tests failed:\n{done.stdout[-2000:]}")
    _, *parts = re.split(r"^tests/\w+/(\w+\.py::\w+)", done.stdout, flags=re.MULTILINE)
    printed = dict.fromkeys(parts[::2], "")
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        printed[name] += text
    return printed


def worst_error(printed: str) -> float | None:
    r"""The largest of the printed errors, those in float64 left aside; None if there are none.

    Example:
        >>> worst_error("a image torch.float32: 1.5e-06\nb: 2.0e-07")
        1.5e-06
    """
    lines = [line for line in printed.splitlines() if "float64" not in line]
    found = [m[1] for line in lines if (m := re.search(r": (\d\.\de[+-]\d\d)$", line))]
    return max(map(float, found), default=None)


def row(family: Family, files: list[Entry], loads: bool, error: float | None) -> str:
    """The line of a family in the table.

    Args:
        family: the architecture.
        files: its entries in the registry.
        loads: every tensor of the full-size key list has its place.
        error: worst parity error, None without fixtures.
    """
    licences = dict.fromkeys(entry.licence or NOT_PUBLISHED for entry in files)
    cells = (
        family.name,
        ", ".join(f"`{entry.file}`" for entry in files),
        ", ".join(dict.fromkeys(entry.slot for entry in files)),
        "yes" if loads else "- (no key list here)",
        "- (no fixture here)" if error is None else f"{error:.1e}",
        "; ".join(licences),
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def page(rows: Iterable[str]) -> str:
    """The whole page."""
    head = [
        "| family | file | slot | loads | parity error | licence |",
        "|---|---|---|---|---|---|",
    ]
    return INTRODUCTION + "\n".join([*head, *rows]) + "\n"


def main() -> int:
    """Measure every family, write the page, print the worst error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "published.md")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    tests = [test for family in FAMILIES for test in (family.fixtures, family.keys) if test]
    printed, rows, errors = run(tests), [], []
    for family in FAMILIES:
        error = worst_error(printed.get(family.fixtures, ""))
        errors += [] if error is None else [error]
        loads = "PASSED" in printed.get(family.keys, "")
        rows.append(row(family, members(family, entries()), loads, error))
    options.out.write_text(page(rows), encoding="utf-8")
    report(
        metric="parity_error",
        value=max(errors, default=0.0),
        unit="of the largest value",
        goal="the tolerances of the fixtures' README, which the tests assert",
        n=len(errors),
        seed=0,
        device="cpu",
        record=options.record,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
