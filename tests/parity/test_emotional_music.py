"""The networks of GRU-EBS against numbers of the originals: generator, classifier, names.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from emostyle.emotion.melody_classifier import MelodyClassifier, classifier_from_state
from emostyle.emotion.melody_generator import (
    LyricEncoder,
    MelodyDecoder,
    MelodyGenerator,
    generator_from_state,
)
from emostyle.weights.state import load_exactly
from tests.parity.fixtures import files, read, relative_error

TOLERANCE = 2e-5
SKIP_GRAM = 321
"""Stands for the size of the skip-gram vocabulary, which the key list leaves open."""


def check(seen: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    """Every output of the file, its largest error relative to its largest value."""
    assert expected.keys() == seen.keys()
    for name, value in expected.items():
        assert seen[name].shape == value.shape, name
        error = relative_error(seen[name], value)
        print(f"{name}: {error:.1e}")
        assert error <= TOLERANCE, f"{name}: {error:.2e} > {TOLERANCE}"


def generator_of(config: dict[str, Any]) -> MelodyGenerator:
    """The generator from the original's constructor arguments."""
    parts = []
    for name, network in (("encoder", LyricEncoder), ("decoder", MelodyDecoder)):
        arguments = dict(config[name])
        parts.append(network(vocabulary_size=arguments.pop("vocabulary_len"), **arguments))
    return MelodyGenerator(*parts).eval()


@pytest.mark.parametrize("path", files("gru_seq2seq*.safetensors"))
@torch.no_grad()
def test_generator(path: Path) -> None:
    """Encoder, one decoder step from the encoder's last states, and both together."""
    config, groups = read(path)
    generator, given = generator_of(config), groups["in"]
    load_exactly(generator, groups["state"], "generator of the fixture")
    vectors, notes, hidden = given["lyric_input"], given["music_input"], given["hidden0"]
    lyrics = generator.encoder(vectors, hidden)
    step = generator.decoder(notes[0], lyrics.hidden, lyrics.states)
    song = generator(vectors, notes, hidden)
    seen = {
        "encoder_logits": lyrics.logits,
        "encoder_states": lyrics.states,
        "encoder_hidden": lyrics.hidden,
        "decoder_step_logits": step.logits,
        "decoder_step_hidden": step.hidden,
        "decoder_step_attention": step.attention,
        "seq_lyric_logits": song.syllable_logits,
        "seq_music_logits": song.note_logits,
        "seq_hidden": song.hidden,
    }
    check(seen, groups["out"])
    again = generator_from_state(groups["state"])
    assert torch.equal(again(vectors, notes, hidden).note_logits, song.note_logits)


@pytest.mark.parametrize("path", files("lstm_classifier*.safetensors"))
@torch.no_grad()
def test_classifier(path: Path) -> None:
    config, groups = read(path)
    sizes = config["kwargs"]
    classifier = MelodyClassifier(
        sizes["syllable_vocabulary_len"],
        sizes["music_vocabulary_len"],
        sizes["input_txt_size"],
        sizes["input_mus_size"],
        sizes["hidden_size"],
        sizes["num_layers"],
        sizes["num_classes"],
    ).eval()
    load_exactly(classifier, groups["state"], "classifier of the fixture")
    song = groups["in"]["syllables"], groups["in"]["notes"]
    check({"logits": classifier(*song)}, groups["out"])
    assert torch.equal(classifier_from_state(groups["state"])(*song), classifier(*song))


def full_size(name: str, published: dict[str, Any]) -> tuple[nn.Module, str]:
    """The full-size network of an entry of the key list and the prefix of its names.

    Only the sizes of vocabularies are taken from the list.
    """
    with torch.device("meta"):
        if name.startswith("decoder"):
            return MelodyDecoder(published["decoder.embedding.weight"][0]), "decoder."
        if name.startswith("encoder"):
            return LyricEncoder(published["encoder.fc.bias"][0]), "encoder."
        if name.startswith("classifier"):
            sizes = (published[f"{kind}_embeddings.weight"][0] for kind in ("word", "music"))
            return MelodyClassifier(*sizes), ""
    raise AssertionError(f"no network of ours for the key list '{name}'")


@pytest.mark.parametrize("path", files("gru_ebs_keys*.json"))
def test_every_published_tensor_has_its_place(path: Path) -> None:
    """Names and shapes of the full-size networks at their default sizes."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    networks = {name: keys for name, keys in entries.items() if name != "vocabulary_files"}
    assert networks
    for name, keys in networks.items():
        published = {
            key: [SKIP_GRAM if isinstance(size, str) else size for size in shape]
            for key, shape in keys.items()
        }
        network, prefix = full_size(name, published)
        ours = {prefix + key: list(value.shape) for key, value in network.state_dict().items()}
        assert ours == published, name
