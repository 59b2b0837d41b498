"""Procedural sounds of the world: each of 25 classes a pure function of strength and seed."""

from emostyle.world.sound.catalogue import SOUND_CLASSES, SoundClass
from emostyle.world.sound.synthesis import synthesize

__all__ = ["SOUND_CLASSES", "SoundClass", "synthesize"]
