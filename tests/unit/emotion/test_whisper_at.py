"""Whisper-AT: heads, encoder features, windows, names."""

import pytest
import torch
from transformers import WhisperConfig, WhisperModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from emostyle.emotion.whisper_at import (
    AttentionBlock,
    TaggingHead,
    head_from_state,
    layer_features,
    split_windows,
    steps_per_window,
    transformers_names,
    whisper_config,
)
from emostyle.errors import EmoStyleError, WeightsError

DIMS = {
    "n_mels": 4,
    "n_audio_ctx": 40,
    "n_audio_state": 8,
    "n_audio_head": 2,
    "n_audio_layer": 3,
    "n_vocab": 51865,
    "n_text_ctx": 6,
    "n_text_state": 8,
    "n_text_head": 2,
    "n_text_layer": 2,
}


@torch.no_grad()
def test_a_block_is_attention_and_a_perceptron() -> None:
    """Written out for one item, head by head."""
    block = AttentionBlock(8, 2)
    x = torch.randn(1, 5, 8)
    y = block.attn_ln(x[0])
    query, key, value = block.attn.query(y), block.attn.key(y), block.attn.value(y)
    heads = [
        (query[:, part] @ key[:, part].T / 2.0).softmax(-1) @ value[:, part]
        for part in (slice(0, 4), slice(4, 8))
    ]
    y = x[0] + block.attn.out(torch.cat(heads, -1))
    torch.testing.assert_close(block(x)[0], y + block.mlp(block.mlp_ln(y)))


@torch.no_grad()
def test_windows_are_tagged_each_alone() -> None:
    """A batch of windows gives what each gives by itself; order of steps does not matter."""
    head = TaggingHead(16, classes=5, down_width=8)
    windows = torch.randn(3, 4, 25, 16)
    logits = head(windows)
    assert logits.shape == (3, 5)
    torch.testing.assert_close(head(windows[1:2]), logits[1:2])
    torch.testing.assert_close(head(windows[:, :, torch.randperm(25)]), logits)


def test_modes_are_the_originals() -> None:
    """Both spellings, with and without the narrow variant."""
    wide = TaggingHead.from_mode("tl_tr_1_8", 16)
    assert (wide.time_tr.attn.heads, wide.layer_tr.attn.heads) == (1, 8)
    assert isinstance(wide.down_layer, torch.nn.Identity)
    narrow = TaggingHead.from_mode("lw_down_tr_8_2_4", 16, classes=5)
    assert (narrow.time_tr.attn.heads, narrow.layer_tr.attn.heads) == (2, 4)
    assert narrow.mlp_layer[1].weight.shape == (5, 8)
    with pytest.raises(WeightsError, match="'mean_mlp'"):
        TaggingHead.from_mode("mean_mlp", 16)
    with pytest.raises(WeightsError, match="divide the width"):
        TaggingHead.from_mode("tl_tr_1_8", 12)


@pytest.mark.parametrize("down_width", [None, 8])
@torch.no_grad()
def test_a_head_is_read_from_its_tensors(down_width: int | None) -> None:
    """Sizes and the prefix of published files."""
    head = TaggingHead(16, classes=5, down_width=down_width)
    read = head_from_state({f"at_model.{k}": v for k, v in head.state_dict().items()})
    features = torch.randn(2, 3, 25, 16)
    torch.testing.assert_close(read(features), head(features))
    assert not read.training
    assert not any(p.requires_grad for p in read.parameters())


def test_foreign_heads_are_refused() -> None:
    """Another network, or a tensor too many."""
    with pytest.raises(WeightsError, match="not those of a Whisper-AT head"):
        head_from_state({"weight": torch.zeros(2)})
    state = TaggingHead(16, classes=5).state_dict()
    with pytest.raises(WeightsError, match="extra"):
        head_from_state({**state, "extra": torch.zeros(1)})


def test_windows_are_filled_up_with_zeros() -> None:
    """The last one; layers stay together."""
    features = torch.randn(2, 7, 3)
    windows = split_windows(features, 4)
    assert windows.shape == (2, 2, 4, 3)
    assert torch.equal(windows[0], features[:, :4])
    assert torch.equal(windows[1, :, :3], features[:, 4:])
    assert not windows[1, :, 3].any()
    assert split_windows(features, 7).shape == (1, 2, 7, 3)


def test_window_lengths() -> None:
    """Multiples of 0.4 s."""
    assert [steps_per_window(s) for s in (0.4, 1.2, 10, 30.0)] == [1, 3, 25, 75]
    for seconds in (0.0, 0.5, -0.4):
        with pytest.raises(EmoStyleError, match="expected a multiple"):
            steps_per_window(seconds)


@torch.no_grad()
def test_features_are_the_blocks_outputs_before_the_last_norm() -> None:
    """The last block's, normalised, is what the encoder returns; items do not mix."""
    encoder = WhisperEncoder(whisper_config(DIMS)).eval()
    mel = torch.randn(2, 4, 80)
    features = layer_features(encoder, mel)
    assert features.shape == (2, 3, 2, 8)
    torch.testing.assert_close(layer_features(encoder, mel[1:])[0], features[1])
    kept = []
    hook = encoder.layer_norm.register_forward_pre_hook(
        lambda _module, given: kept.append(given[0])
    )
    encoder(mel)
    hook.remove()
    torch.testing.assert_close(features[:, -1], kept[0].unflatten(1, (2, 20)).mean(2))
    with pytest.raises(EmoStyleError, match="expected \\(batch, 4, 80\\)"):
        layer_features(encoder, torch.randn(1, 4, 79))


def openai_shapes(side: str, layers: int, width: int) -> dict[str, torch.Tensor]:
    """The names OpenAI gives the blocks of one side, with tensors of the right shapes."""
    state = {}
    for block in range(layers):
        own = f"{side}.blocks.{block}"
        for attention in ["attn"] + ["cross_attn"] * (side == "decoder"):
            for part in ("query", "key", "value", "out"):
                state[f"{own}.{attention}.{part}.weight"] = torch.randn(width, width)
                if part != "key":
                    state[f"{own}.{attention}.{part}.bias"] = torch.randn(width)
        for norm in ["attn_ln", "mlp_ln"] + ["cross_attn_ln"] * (side == "decoder"):
            state[f"{own}.{norm}.weight"] = torch.randn(width)
            state[f"{own}.{norm}.bias"] = torch.randn(width)
        for place, shape in ((0, (4 * width, width)), (2, (width, 4 * width))):
            state[f"{own}.mlp.{place}.weight"] = torch.randn(shape)
            state[f"{own}.mlp.{place}.bias"] = torch.randn(shape[0])
    return state


def test_an_openai_file_loads_strictly() -> None:
    """Encoder and decoder; tags of a merged file are left to the head."""
    state = {
        **openai_shapes("encoder", 3, 8),
        **openai_shapes("decoder", 2, 8),
        "encoder.conv1.weight": torch.randn(8, 4, 3),
        "encoder.conv1.bias": torch.randn(8),
        "encoder.conv2.weight": torch.randn(8, 8, 3),
        "encoder.conv2.bias": torch.randn(8),
        "encoder.positional_embedding": torch.randn(40, 8),
        "encoder.ln_post.weight": torch.randn(8),
        "encoder.ln_post.bias": torch.randn(8),
        "decoder.token_embedding.weight": torch.randn(DIMS["n_vocab"], 8),
        "decoder.positional_embedding": torch.randn(6, 8),
        "decoder.ln.weight": torch.randn(8),
        "decoder.ln.bias": torch.randn(8),
        "at_model.mlp_layer.1.bias": torch.randn(5),
    }
    model = WhisperModel(whisper_config(DIMS))
    model.load_state_dict(transformers_names(state))
    block = model.decoder.layers[1]
    assert torch.equal(
        block.encoder_attn.q_proj.weight, state["decoder.blocks.1.cross_attn.query.weight"]
    )
    assert torch.equal(block.final_layer_norm.bias, state["decoder.blocks.1.mlp_ln.bias"])
    assert torch.equal(block.self_attn.out_proj.bias, state["decoder.blocks.1.attn.out.bias"])


def test_foreign_names_and_sizes_are_refused() -> None:
    """Another network's tensor, an entry that is missing."""
    with pytest.raises(WeightsError, match="not one of OpenAI"):
        transformers_names({"head.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match="lack 'n_text_layer'"):
        whisper_config({k: v for k, v in DIMS.items() if k != "n_text_layer"})


def test_special_tokens_follow_the_vocabulary() -> None:
    """The English networks' ids lie one lower."""
    many, english = whisper_config(DIMS), whisper_config({**DIMS, "n_vocab": 51864})
    assert isinstance(many, WhisperConfig)
    assert (many.eos_token_id, many.decoder_start_token_id) == (50257, 50258)
    assert (english.eos_token_id, english.decoder_start_token_id) == (50256, 50257)
