"""What a user can mend: one sentence each (what came, what was expected, which option)."""


class EmoStyleError(ValueError):
    """Base of all errors that are the caller's to mend; the command line exits with code 2."""


class AudioError(EmoStyleError):
    """A sound that cannot be used: missing, unreadable, empty, silent or too short."""


class ImageError(EmoStyleError):
    """A picture that cannot be used."""


class LatentError(EmoStyleError):
    """A latent of the wrong rank, layer count or width."""


class StackError(EmoStyleError):
    """An unknown stack or domain, or a stack that lacks a slot."""


class WeightsError(EmoStyleError):
    """A weights file that is missing, damaged, of an unknown format or of a wrong hash."""
