"""The song classifier: which outputs it reads, files of another network."""

import pytest
import torch

from emostyle.emotion.melody_classifier import MelodyClassifier, classifier_from_state
from emostyle.errors import WeightsError


def small_classifier() -> MelodyClassifier:
    return MelodyClassifier(9, 11, 6, 3, hidden_size=4, num_layers=2, classes=2).eval()


@torch.no_grad()
def test_the_last_step_decides() -> None:
    """Forwards all of the song, backwards its last step only."""
    network = small_classifier()
    syllables, notes = torch.randint(9, (3, 7)), torch.randint(11, (3, 7))
    vectors = torch.cat([network.word_embeddings(syllables), network.music_embeddings(notes)], 2)
    _, (last, _) = network.lstm(vectors)
    outputs, _ = network.lstm(vectors)
    read = torch.cat([last[-2], outputs[:, -1, 4:]], dim=1)
    torch.testing.assert_close(network(syllables, notes), network.fc(read))
    assert not torch.allclose(outputs[:, -1, 4:], last[-1])


@torch.no_grad()
def test_songs_of_a_batch_do_not_mix() -> None:
    network = small_classifier()
    syllables, notes = torch.randint(9, (3, 7)), torch.randint(11, (3, 7))
    logits = network(syllables, notes)
    torch.testing.assert_close(network(syllables[1:2], notes[1:2]), logits[1:2])


def test_a_classifier_is_read_from_its_tensors() -> None:
    network = small_classifier()
    again = classifier_from_state(network.state_dict())
    song = torch.randint(9, (2, 5)), torch.randint(11, (2, 5))
    torch.testing.assert_close(again(*song), network(*song))
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())


def test_other_tensors_are_refused() -> None:
    state = small_classifier().state_dict()
    with pytest.raises(WeightsError, match=r"'word_embeddings.weight'"):
        classifier_from_state({"fc.weight": torch.zeros(2, 2)})
    with pytest.raises(WeightsError, match="0 LSTM layers"):
        classifier_from_state({k: v for k, v in state.items() if not k.startswith("lstm.")})
    with pytest.raises(WeightsError, match="unexpected: extra"):
        classifier_from_state({**state, "extra": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"of another shape: fc\.bias"):
        classifier_from_state({**state, "fc.bias": torch.zeros(3)})
