"""What a user asks for: one sound (and words), a domain, and the pictures to start from."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from emostyle.errors import EmoStyleError


@dataclass(frozen=True)
class EditRequest:
    """One edit: `count` starting pictures changed by the same sound, music and words.

    At least one of audio, waveform, music, lyrics and text must be given when it is carried out.

    Attributes:
        audio: sound file.
        waveform: the sound itself instead of a file, (T,) float in [-1, 1].
        sample_rate_hz: rate of `waveform`.
        domain: `landscape` or `portrait`.
        seed: seed of the first starting picture; item i starts from seed + i.
        count: number of starting pictures, edited in one fit.
        seeds: explicit seeds instead of seed and count.
        w_plus: file of latents to start from instead of seeds: of an edit (`w_plus.safetensors`, it
            goes on where that ended), or a tensor (N, L, D) or (L, D) of e4e, StyleCLIP ...
        steps: optimisation steps.
        lyrics: words of the song, guidance beside the sound.
        text: free description, guidance beside the sound (joined with the lyrics).
        music: auxiliary music file, guidance beside the sound.
        stack: weights to use, a name in configs/stack or a YAML file.
        preset: settings of the edit (`world`, `robust`, `emostyle`), see `settings.py`; None takes
            the one the stack is made for.
    """

    audio: Path | None = None
    waveform: Tensor | None = None
    sample_rate_hz: int = 44100
    domain: str = "landscape"
    seed: int = 0
    count: int = 1
    seeds: tuple[int, ...] | None = None
    w_plus: Path | None = None
    steps: int = 300
    lyrics: str | None = None
    text: str | None = None
    music: Path | None = None
    stack: str = "world"
    preset: str | None = None

    def __post_init__(self) -> None:
        """Raises EmoStyleError for counts below one."""
        if self.count < 1:
            raise EmoStyleError(f"--count is {self.count}; expected at least 1.")
        if self.steps < 1:
            raise EmoStyleError(f"--steps is {self.steps}; expected at least 1.")

    @property
    def item_seeds(self) -> list[int]:
        """The seed of each item."""
        return list(self.seeds) if self.seeds else [self.seed + i for i in range(self.count)]

    def require_guide(self) -> None:
        """Raises EmoStyleError if there is neither sound nor music nor words."""
        if all(v is None for v in (self.audio, self.waveform, self.music)) and not self.words:
            raise EmoStyleError(
                "Nothing to be guided by: give a sound file, --music, --lyrics or --text."
            )

    @property
    def words(self) -> str:
        """Lyrics and text as one string, empty if neither is given."""
        return " ".join(part.strip() for part in (self.lyrics, self.text) if part and part.strip())
