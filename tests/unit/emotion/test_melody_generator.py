"""The lyric-melody generator: attention, steps, files of another network."""

import pytest
import torch

from emostyle.emotion.melody_generator import (
    AdditiveAttention,
    LyricEncoder,
    MelodyDecoder,
    MelodyGenerator,
    generator_from_state,
)
from emostyle.errors import WeightsError


def small_generator() -> MelodyGenerator:
    return MelodyGenerator(LyricEncoder(9, 6, 5, 3), MelodyDecoder(11, 4, 5, 3)).eval()


@torch.no_grad()
def test_attention_written_out() -> None:
    """One weight per step and item, from the linear layer, the rectifier and v."""
    attention = AdditiveAttention(3)
    hidden, states = torch.randn(2, 3), torch.randn(4, 2, 3)
    found = attention(hidden, states)
    assert found.shape == (2, 1, 4)
    weight, bias = attention.attn.weight, attention.attn.bias
    for item in range(2):
        energies = [
            attention.v @ (weight @ torch.cat([hidden[item], state[item]]) + bias).clamp(min=0)
            for state in states
        ]
        torch.testing.assert_close(found[item, 0], torch.stack(energies).softmax(0))


@torch.no_grad()
def test_the_melody_is_the_decoders_steps_one_after_another() -> None:
    generator = small_generator()
    vectors, notes = torch.randn(7, 2, 6), torch.randint(11, (5, 2))
    song = generator(vectors, notes, generator.start(2))
    assert song.syllable_logits.shape == (7, 2, 9)
    assert song.note_logits.shape == (5, 2, 11)
    lyrics = generator.encoder(vectors, generator.start(2))
    hidden = lyrics.hidden
    for index, note in enumerate(notes):
        step = generator.decoder(note, hidden, lyrics.states)
        torch.testing.assert_close(song.note_logits[index], step.logits)
        hidden = step.hidden
    torch.testing.assert_close(song.hidden, lyrics.hidden)


@torch.no_grad()
def test_songs_of_a_batch_do_not_mix_and_the_past_does_not_change() -> None:
    generator = small_generator()
    vectors, notes, hidden = torch.randn(6, 3, 6), torch.randint(11, (6, 3)), torch.randn(3, 3, 5)
    song = generator(vectors, notes, hidden)
    alone = generator(vectors[:, 1:2], notes[:, 1:2], hidden[:, 1:2])
    torch.testing.assert_close(alone.note_logits[:, 0], song.note_logits[:, 1])
    early = generator.encoder(vectors[:4], hidden)
    torch.testing.assert_close(early.logits, song.syllable_logits[:4])
    assert not torch.allclose(
        generator(vectors, notes, generator.start(3)).note_logits, song.note_logits
    )


def test_a_generator_is_read_from_its_tensors() -> None:
    generator = small_generator()
    again = generator_from_state(generator.state_dict())
    given = torch.randn(4, 1, 6), torch.randint(11, (4, 1)), generator.start(1)
    torch.testing.assert_close(again(*given).note_logits, generator(*given).note_logits)
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())


def test_other_tensors_are_refused() -> None:
    state = small_generator().state_dict()
    with pytest.raises(WeightsError, match=r"'encoder\.fc\.weight'"):
        generator_from_state({"fc.weight": torch.zeros(2, 2)})
    with pytest.raises(WeightsError, match="unexpected: extra"):
        generator_from_state({**state, "extra": torch.zeros(1)})
    del state["decoder.attention.v"]
    with pytest.raises(WeightsError, match=r"missing: decoder\.attention\.v"):
        generator_from_state(state)


def test_parts_must_fit_each_other() -> None:
    with pytest.raises(WeightsError, match=r"3 layers of 5 .* 2 of 5"):
        MelodyGenerator(LyricEncoder(9, 6, 5, 3), MelodyDecoder(11, 4, 5, 2))
