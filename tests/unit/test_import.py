"""`import emostyle` is light: nothing heavy is loaded, nothing downloaded, little time passes."""

import json
import subprocess
import sys

import pytest

HEAVY = (
    "lightning",
    "pytorch_lightning",
    "transformers",
    "open_clip",
    "timm",
    "gradio",
    "diffusers",
    "ray",
    "whisper",
    "matplotlib",
    "jsonargparse",
)

PROBE = """
import json, logging, sys, time
import torch
before = time.perf_counter()
import emostyle
seconds = time.perf_counter() - before
print(json.dumps({
    "seconds": seconds,
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "handlers": len(logging.getLogger().handlers),
    "version": emostyle.__version__,
    "names": list(emostyle.__all__),
}))
"""


@pytest.fixture(scope="module")
def probe() -> dict[str, object]:
    """What a fresh interpreter has loaded after `import emostyle`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=240
    )
    return dict(json.loads(done.stdout))


def test_import_is_quick(probe: dict[str, object]) -> None:
    """Less than 0.3 s more than `import torch`."""
    assert float(str(probe["seconds"])) < 0.3


def test_import_is_light(probe: dict[str, object]) -> None:
    """No heavy package comes along."""
    loaded = probe["modules"]
    assert isinstance(loaded, list)
    assert not set(HEAVY) & set(loaded)
    assert probe["handlers"] == 0


def test_version_comes_from_the_metadata(probe: dict[str, object]) -> None:
    """The version is written once, in setup.cfg."""
    from importlib.metadata import version

    assert probe["version"] == version("emostyle")


def test_public_names_resolve() -> None:
    """Every public name can be had from the package, and unknown ones are refused."""
    import emostyle

    for name in emostyle.__all__:
        assert getattr(emostyle, name) is not None
    assert set(emostyle.__all__) <= set(dir(emostyle))
    with pytest.raises(AttributeError, match="no_such_name"):
        emostyle.no_such_name  # noqa: B018
