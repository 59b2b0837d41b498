"""Checkpoints of others become safetensors files of ours: recognised, built, saved, read back."""
