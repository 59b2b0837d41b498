"""Polarity of a song from its syllables and notes: the LSTM classifier of GRU-EBS.

BaoChunhui/Generate-Emotional-Music, as EmoStyle uses it, under the names of the published files.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly

NEGATIVE, POSITIVE = 0, 1
"""The classes."""


class MelodyClassifier(nn.Module):
    """Bidirectional LSTM over syllables and their notes.

    Args:
        syllables: size of the classifier's own syllable vocabulary, not the generator's.
        notes: size of the note vocabulary.
        syllable_dim: length of a syllable's vector.
        note_dim: length of a note's vector.
        hidden_size: length of a state of one direction.
        num_layers: LSTM layers.
        classes: how many; the published ones are `NEGATIVE` and `POSITIVE`.
    """

    def __init__(
        self,
        syllables: int,
        notes: int,
        syllable_dim: int = 128,
        note_dim: int = 10,
        hidden_size: int = 256,
        num_layers: int = 6,
        classes: int = 2,
    ) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            syllable_dim + note_dim, hidden_size, num_layers, batch_first=True, bidirectional=True
        )
        self.fc = nn.Linear(2 * hidden_size, classes)
        self.word_embeddings = nn.Embedding(syllables, syllable_dim)
        self.music_embeddings = nn.Embedding(notes, note_dim)

    def forward(
        self, syllables: Int[Tensor, "B T"], notes: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B classes"]:
        """Polarity of songs.

        The output of the last step is read, as the origin does: the backward direction has seen
        only that step by then.

        Args:
            syllables: indices (B, T).
            notes: index of the note of each syllable (B, T).

        Returns:
            Logits (B, classes).
        """
        vectors = [self.word_embeddings(syllables), self.music_embeddings(notes)]
        outputs, _ = self.lstm(torch.cat(vectors, dim=2))
        logits: Tensor = self.fc(outputs[:, -1])
        return logits


def classifier_from_state(state: Mapping[str, Tensor]) -> MelodyClassifier:
    """The classifier of a published file, frozen and in evaluation mode.

    Args:
        state: state dict; the sizes are read off its tensors.

    Raises:
        WeightsError: tensors that are not those of this network.
    """
    try:
        syllables, syllable_dim = state["word_embeddings.weight"].shape
        notes, note_dim = state["music_embeddings.weight"].shape
        classes, both = state["fc.weight"].shape
    except (KeyError, ValueError) as error:
        raise WeightsError(
            f"The weights are not those of the song classifier ({error}); expected the keys "
            "'lstm.*', 'fc.*', 'word_embeddings.*' and 'music_embeddings.*' of GRU-EBS, name "
            "another file."
        ) from error
    num_layers = sum(key.startswith("lstm.weight_hh_l") for key in state) // 2
    if both < 2 or num_layers < 1:
        raise WeightsError(
            f"The song classifier has {num_layers} LSTM layers in both directions and reads "
            f"{both} values, expected at least 1 and 2; name another file."
        )
    network = MelodyClassifier(
        syllables, notes, syllable_dim, note_dim, both // 2, num_layers, classes
    )
    load_exactly(network, state, "song classifier")
    return network.eval().requires_grad_(False)
