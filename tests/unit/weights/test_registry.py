"""The registry: whole, unambiguous, true to the cards, and agreed with the rest of the room."""

import re
from pathlib import Path

import pytest

from emostyle.errors import WeightsError
from emostyle.manipulate.stack import read_stack
from emostyle.weights import registry
from emostyle.weights.registry import NOT_PUBLISHED, by_hash, converted_path, entries, find, get

PUBLISHED = [entry for entry in entries() if not entry.bundled]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path))


def test_every_file_the_papers_use_has_an_entry() -> None:
    files = {entry.file for entry in PUBLISHED}
    assert files >= {
        "landscape.pt", "stylegan2-ffhq-config-f.pt", "ffhq.pkl", "stylegan3-t-ffhq-1024x1024.pkl",
        "lhq-256-stylegan3-t-25Mimg.pkl", "ViT-B-32.pt", "resnet18_57.pth", "model_ir_se50.pth",
        "e4e_ffhq_encode.pt", "psp_ffhq_encode.pt", "imagebind_huge.pth", "large-v1.pt",
        "large-v1_ori.pth", "Wav2CLIP.pt", "AudioCLIP-Full-Training.pt",
    }  # fmt: skip


def test_names_and_places_are_unambiguous() -> None:
    known = entries()
    assert len({entry.name for entry in known}) == len(known)
    assert len({entry.converted for entry in known}) == len(known)
    assert not {entry.name for entry in known} & {entry.file for entry in known} - {"chatglm3-6b"}


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
def test_facts_are_well_formed(entry: registry.Entry) -> None:
    assert entry.slot
    assert entry.use
    assert re.fullmatch(r"https://\S+", entry.page or "")
    assert entry.url is None or re.fullmatch(r"https://[^\s{}]+", entry.url)
    assert re.fullmatch(r"[\w][\w.+=-]*", entry.file), "no plain file name for the cache"
    for digest in [*filter(None, [entry.sha256]), *entry.copies]:
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert entry.sha256 or not entry.mirror


def test_addresses_take_the_hash_and_the_name() -> None:
    entry = get("ViT-B-32")
    assert entry.url == (
        "https://openaipublic.azureedge.net/clip/models/"
        "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt"
    )
    assert get("ViT-B-32.pt") == entry


def test_mirrored_hashes_say_so() -> None:
    assert get("e4e_ffhq_encode").mirror
    assert not get("lhq-256-stylegan3-t-25Mimg").mirror
    assert get("landscape").sha256 is None


def test_bundled_entries_come_from_their_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "BUNDLED", tmp_path)
    (tmp_path / "clip_world.safetensors").write_bytes(b"abc")
    (tmp_path / "bare.safetensors").write_bytes(b"abcd")
    digest = "a1" * 32
    (tmp_path / "clip_world.md").write_text(
        "# Pair\n\nSees and reads.\n\n- data: renders\n- licence: MIT\n"
        f"- file: 7 bytes, fp16, SHA-256 `{digest}`\n"
    )
    bare, pair = [entry for entry in entries() if entry.bundled]
    assert (pair.slot, pair.use, pair.licence) == ("clip", "Sees and reads.", "MIT")
    assert (pair.trained_on, pair.size_bytes, pair.sha256) == ("renders", 7, digest)
    assert (bare.licence, bare.sha256, bare.size) == (None, None, "4 bytes")
    assert find("clip_world") == pair


def test_every_bundled_file_has_slot_licence_and_hash() -> None:
    for entry in (entry for entry in entries() if entry.bundled):
        assert all((entry.slot, entry.licence, entry.sha256, entry.trained_on, entry.use))


def test_unknown_names_meet_similar_ones() -> None:
    with pytest.raises(WeightsError, match=r"'vit-b-33'; did you mean ViT-B-32"):
        get("vit-b-33")
    with pytest.raises(WeightsError, match=r"'!!'; `emostyle weights list`"):
        get("!!")
    assert find("nothing") is None


def test_a_file_is_known_by_its_hash_or_that_of_a_copy() -> None:
    entry = get("stylegan2-ffhq-config-f")
    assert entry.sha256
    assert by_hash(entry.sha256) == entry
    assert by_hash(next(iter(entry.copies))) == entry
    assert by_hash("0" * 64) is None


def test_a_fact_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(WeightsError, match="unknown facts colour"):
        registry._entry("a", {"file": "a.pt", "colour": "red"})


def test_states(tmp_path: Path) -> None:
    entry = get("landscape")
    assert (entry.path, entry.state) == (tmp_path / "weights" / "landscape.pt", "missing")
    entry.path.parent.mkdir()
    entry.path.write_bytes(b"x")
    assert entry.state == "fetched"
    entry.converted.write_bytes(b"x")
    assert entry.state == "converted"


def test_names_of_what_is_made_of_a_file() -> None:
    assert converted_path(Path("a/ffhq.pkl")) == Path("a/ffhq.safetensors")
    assert converted_path(Path("a/x.y.pt"), "CLIP") == Path("a/x.y-CLIP.safetensors")
    assert converted_path(Path("a/x.safetensors")) == Path("a/x-ours.safetensors")


def test_a_stack_says_which_files_are_missing(tmp_path: Path) -> None:
    """All of them at once, before anything is converted."""
    stack = tmp_path / "ffhq.yaml"
    slots = "clip: ViT-B-32, audio_encoder: audio_encoder_world"
    stack.write_text(f"slots: {{generator: stylegan2-ffhq-config-f, {slots}}}")
    with pytest.raises(WeightsError) as told:
        read_stack(stack, "portrait")
    entry = get("stylegan2-ffhq-config-f")
    for part in ("generator slot", entry.file, entry.url, "381,462,551 bytes", entry.licence):
        assert str(part) in str(told.value)
    assert "the clip slot names 'ViT-B-32', which is not here: ViT-B-32.pt" in str(told.value)
    run = "run `emostyle weights fetch stylegan2-ffhq-config-f ViT-B-32`, or choose"
    assert run in str(told.value)
    bare = next(e for e in entries() if not (e.bundled or e.licence or e.size_bytes))
    stack.write_text(f"slots: {{generator: {bare.name}, {slots}}}")
    with pytest.raises(WeightsError, match=f"size {NOT_PUBLISHED}, licence: {NOT_PUBLISHED}"):
        read_stack(stack, "portrait")
    stack.write_text(f"slots: {{generator: stylegan2-church-config-f, {slots}}}")
    with pytest.raises(WeightsError, match=r"put stylegan2-church-config-f\.pt at '/"):
        read_stack(stack, "portrait")
