"""Lyrics and a melody to them, one syllable after another: the GRU generator of GRU-EBS.

BaoChunhui/Generate-Emotional-Music, as EmoStyle uses it. An encoder predicts the next syllable, a
decoder that attends to it predicts the note of each syllable. Time comes first in every tensor, and
the parameters have the names of the published files. The search over its outputs is another matter.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly

DROPOUT = 0.2
"""Between the layers of both networks, in training only."""

States = Float[Tensor, "layers B H"]


class EncodedLyrics(NamedTuple):
    """What the encoder says of lyrics.

    Attributes:
        logits: next syllable at each step (T, B, syllables).
        states: top layer's state at each step (T, B, H).
        hidden: every layer's last state (layers, B, H).
    """

    logits: Tensor
    states: Tensor
    hidden: Tensor


class DecoderStep(NamedTuple):
    """What the decoder says at one step.

    Attributes:
        logits: note (B, notes).
        hidden: every layer's state after the step (layers, B, H).
        attention: weight of each step of the lyrics (B, 1, T), rows sum to one.
    """

    logits: Tensor
    hidden: Tensor
    attention: Tensor


class GeneratedMelody(NamedTuple):
    """What the generator says of lyrics and notes.

    Attributes:
        syllable_logits: next syllable at each step (T, B, syllables).
        note_logits: note at each step (M, B, notes).
        hidden: the encoder's last states (layers, B, H), the next call's start in the origin.
    """

    syllable_logits: Tensor
    note_logits: Tensor
    hidden: Tensor


def _gru(input_size: int, hidden_size: int, num_layers: int) -> nn.GRU:
    return nn.GRU(input_size, hidden_size, num_layers, dropout=DROPOUT if num_layers > 1 else 0.0)


class LyricEncoder(nn.Module):
    """Word and syllable vectors to the next syllable.

    Args:
        vocabulary_size: syllables of the skip-gram model.
        input_size: length of a word's and a syllable's vector together.
        hidden_size: length H of a state.
        num_layers: GRU layers.
    """

    def __init__(
        self,
        vocabulary_size: int,
        input_size: int = 256,
        hidden_size: int = 256,
        num_layers: int = 4,
    ) -> None:
        super().__init__()
        self.gru = _gru(input_size, hidden_size, num_layers)
        self.fc = nn.Linear(hidden_size, vocabulary_size)

    def forward(self, vectors: Float[Tensor, "T B I"], hidden: States) -> EncodedLyrics:
        """Run over lyrics.

        Args:
            vectors: [word vector, syllable vector] of each step (T, B, input_size).
            hidden: start of each layer (layers, B, H); zeros for a new beginning.
        """
        states, hidden = self.gru(vectors, hidden)
        return EncodedLyrics(self.fc(states), states, hidden)


class AdditiveAttention(nn.Module):
    """Weights of the encoder's steps: softmax over time of `v . relu(W [hidden, state] + b)`.

    The form of Bahdanau et al. 2015 with a rectifier in place of the tangent.

    Args:
        hidden_size: length H of a state.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.attn = nn.Linear(2 * hidden_size, hidden_size)
        bound = hidden_size**-0.5
        self.v = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))

    def forward(
        self, hidden: Float[Tensor, "B H"], states: Float[Tensor, "T B H"]
    ) -> Float[Tensor, "B 1 T"]:
        """Weights of `states`, seen from `hidden`; each row sums to one."""
        pairs = torch.cat([hidden.expand_as(states), states], dim=-1)
        energies = self.attn(pairs).relu() @ self.v
        return energies.softmax(dim=0).T.unsqueeze(1)


class MelodyDecoder(nn.Module):
    """One note to the next, attending to the lyrics.

    Args:
        vocabulary_size: notes.
        embedding_dim: length of a note's vector.
        hidden_size: length H of a state, the encoder's.
        num_layers: GRU layers, as many as the encoder has.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int = 100,
        hidden_size: int = 256,
        num_layers: int = 4,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim)
        self.attention = AdditiveAttention(hidden_size)
        self.gru = _gru(embedding_dim + hidden_size, hidden_size, num_layers)
        self.fc = nn.Linear(2 * hidden_size, vocabulary_size)

    def forward(
        self, notes: Int[Tensor, " B"], hidden: States, states: Float[Tensor, "T B H"]
    ) -> DecoderStep:
        """One step.

        Args:
            notes: indices of the notes before (B,).
            hidden: every layer's state before (layers, B, H); the top one attends.
            states: the encoder's (T, B, H).
        """
        attention = self.attention(hidden[-1], states)
        context = (attention @ states.transpose(0, 1)).squeeze(1)
        inputs = torch.cat([self.embedding(notes), context], dim=1)
        output, hidden = self.gru(inputs.unsqueeze(0), hidden)
        return DecoderStep(self.fc(torch.cat([output[0], context], dim=1)), hidden, attention)


class MelodyGenerator(nn.Module):
    """Encoder and decoder together, teacher-forced (the origin's `Seq2Seq`).

    Args:
        encoder: of the lyrics.
        decoder: of the melody; same state length and number of layers.

    Raises:
        WeightsError: states that do not fit each other.
    """

    def __init__(self, encoder: LyricEncoder, decoder: MelodyDecoder) -> None:
        super().__init__()
        ours, theirs = ((part.gru.num_layers, part.gru.hidden_size) for part in (encoder, decoder))
        if ours != theirs:
            raise WeightsError(
                f"The lyric encoder has {ours[0]} layers of {ours[1]} and the melody decoder "
                f"{theirs[0]} of {theirs[1]}; give both the same hidden_size and num_layers."
            )
        self.encoder = encoder
        self.decoder = decoder

    def start(self, batch: int) -> States:
        """Zero states (layers, batch, H): the beginning of a song."""
        gru, like = self.encoder.gru, self.encoder.fc.weight
        return like.new_zeros(gru.num_layers, batch, gru.hidden_size)

    def forward(
        self, vectors: Float[Tensor, "T B I"], notes: Int[Tensor, "M B"], hidden: States
    ) -> GeneratedMelody:
        """Next syllables, and the note after each given note.

        Args:
            vectors: [word vector, syllable vector] of each step (T, B, input_size).
            notes: indices of the notes (M, B), each the decoder's input of its step.
            hidden: start of the encoder's layers (layers, B, H), see `start`.
        """
        lyrics = self.encoder(vectors, hidden)
        state, logits = lyrics.hidden, []
        for note in notes:
            step = self.decoder(note, state, lyrics.states)
            state = step.hidden
            logits.append(step.logits)
        return GeneratedMelody(lyrics.logits, torch.stack(logits), lyrics.hidden)


def generator_from_state(state: Mapping[str, Tensor]) -> MelodyGenerator:
    """The generator of a published file, frozen and in evaluation mode.

    Args:
        state: state dict; the sizes are read off its tensors.

    Raises:
        WeightsError: tensors that are not those of this network.
    """
    try:
        syllables, hidden_size = state["encoder.fc.weight"].shape
        input_size = state["encoder.gru.weight_ih_l0"].shape[1]
        notes, embedding_dim = state["decoder.embedding.weight"].shape
    except (KeyError, ValueError) as error:
        raise WeightsError(
            f"The weights are not those of the lyric-melody generator ({error}); expected the keys "
            "'encoder.*' and 'decoder.*' of GRU-EBS, name another file."
        ) from error
    num_layers = sum(key.startswith("encoder.gru.weight_hh_l") for key in state)
    generator = MelodyGenerator(
        LyricEncoder(syllables, input_size, hidden_size, num_layers),
        MelodyDecoder(notes, embedding_dim, hidden_size, num_layers),
    )
    load_exactly(generator, state, "lyric-melody generator")
    return generator.eval().requires_grad_(False)
