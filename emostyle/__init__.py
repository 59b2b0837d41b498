"""EmoStyle: a sound, with its words and its mood, changes a picture.

The rooms, in the order the data walks through them; a room imports only from those above it:

    weights/     name -> verified local file: the bundled networks, reading and writing safetensors
    waveform/    file -> samples -> log-mel picture: decoding, resampling, MelSpec, SpecAugment
    world/       factors -> picture, sound and caption: the procedural audio-visual world
    emotion/     waveform -> words, tags, polarity, melody: Whisper-AT, GRU-EBS, ChatGLM
    embedding/   log-mel, text, image -> unit vectors of one joint space; contrastive losses
    generator/   z -> w -> w+ -> image in [-1, 1]: StyleGAN2 and 3 in plain PyTorch, training
    inversion/   picture -> w+: pSp and e4e encoders under the keys of the published checkpoints
    guidance/    vectors, images, latents -> named scalar terms: similarity, proximity, identity
    convert/     checkpoint of others -> our file: recognised by its keys, built, read back
    manipulate/  all of the above -> EditResult: the schedule, the pure step, the fit
    evaluate/    pictures and vectors -> numbers: judges, zero-shot, figures with their command

`types.py` holds the dataclasses that cross rooms, `errors.py` the errors a user can meet, `cli.py`
the command line over the same functions. Importing this package loads none of the rooms; the names
of `__all__` are fetched when they are first used.
"""

from importlib import import_module

__all__ = [
    "EditRequest",
    "EditResult",
    "EditSettings",
    "EmoStyleError",
    "Stage",
    "__version__",
    "edit",
    "edit_many",
]

_HOMES = {
    "EditRequest": "emostyle.manipulate",
    "EditResult": "emostyle.types",
    "EditSettings": "emostyle.manipulate",
    "EmoStyleError": "emostyle.errors",
    "Stage": "emostyle.types",
    "edit": "emostyle.manipulate",
    "edit_many": "emostyle.manipulate",
}


def __getattr__(name: str) -> object:
    """Fetch a public name from its room, or the version from the installed metadata."""
    if name == "__version__":
        value: object = import_module("importlib.metadata").version("emostyle")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'emostyle' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, fetched or not."""
    return sorted({*globals(), *__all__})
