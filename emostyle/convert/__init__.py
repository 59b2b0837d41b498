"""Checkpoints of others become safetensors files of ours: recognised, built, saved, read back."""

from emostyle.convert.file import (
    Conversion,
    convert_file,
    open_checkpoint,
    recognise,
    source_of,
)

__all__ = ["Conversion", "convert_file", "open_checkpoint", "recognise", "source_of"]
