"""What a slot names becomes a file that its room loads: found, pinned, converted once."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from emostyle.convert import ready
from emostyle.convert.file import convert_file, provenance, source_of
from emostyle.convert.ready import lacking, ready_file
from emostyle.emotion.melody_classifier import MelodyClassifier
from emostyle.emotion.whisper_at import TaggingHead
from emostyle.errors import WeightsError
from emostyle.guidance.arcface_ir import ArcFaceIR
from emostyle.inversion.blocks import TrunkConfig
from emostyle.weights import registry
from emostyle.weights.pins import read_receipt, sha256
from emostyle.weights.registry import Entry, get
from emostyle.weights.store import bundled_path, read_metadata

SLOT = "transcriber"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def head(path: Path, seed: int = 0) -> Path:
    """A small checkpoint in the true layout."""
    torch.manual_seed(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(TaggingHead(24, classes=7).state_dict(), path)
    return path


def later(path: Path) -> None:
    """The file looks as if it was written a while after all others."""
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**10))


def test_bundled_and_our_own(tmp_path: Path) -> None:
    assert ready_file("clip_world", "clip") == bundled_path("clip_world")
    made = ready_file(str(head(tmp_path / "a.pth")), SLOT)
    assert ready_file(str(made), SLOT) == made
    for nothing in ("nothing", "~/nothing.pt"):
        with pytest.raises(WeightsError, match=r"neither a known name .* nor a file"):
            ready_file(nothing, SLOT)


def test_a_path_is_converted_once_and_again_when_it_changed(tmp_path: Path, capsys) -> None:
    source = head(tmp_path / "a.pth")
    made = ready_file(str(source), SLOT)
    assert made == tmp_path / "a.safetensors"
    assert "(Whisper-AT head)" in capsys.readouterr().err
    first = read_metadata(made)["source"]["sha256"]
    assert ready_file(str(source), SLOT) == made
    assert capsys.readouterr().err == ""
    later(head(source, seed=1))
    assert read_metadata(ready_file(str(source), SLOT))["source"]["sha256"] != first


def test_a_folder_that_cannot_be_written(tmp_path: Path, cache: Path, monkeypatch) -> None:
    source = head(tmp_path / "shared" / "a.pth")
    monkeypatch.setattr(ready.os, "access", lambda path, mode: path != source.parent)
    made = ready_file(str(source), SLOT)
    assert made.is_relative_to(cache / "converted")
    assert ready_file(str(source), SLOT) == made
    assert [path.name for path in source.parent.iterdir()] == ["a.pth"]


def test_a_name_pins_its_file_and_shows_its_licence_once(cache: Path, capsys) -> None:
    entry = get("whisper-at-tiny")
    assert lacking(entry.name) == entry
    head(entry.path)
    assert lacking(entry.name) is None
    made = ready_file(entry.name, SLOT)
    assert made == entry.converted
    err = capsys.readouterr().err
    assert "First use of whisper-at-tiny, licence: BSD-2-Clause" in err
    assert read_receipt(entry.path) is not None
    ready_file(entry.name, SLOT)
    assert capsys.readouterr().err == ""
    later(head(entry.path, seed=1))
    with pytest.raises(WeightsError, match=r"was expected \(that of its first use\)"):
        ready_file(entry.name, SLOT)
    entry.path.unlink()
    assert ready_file(entry.name, SLOT) == made


def test_a_file_under_a_published_name_must_be_the_published_one(cache: Path) -> None:
    entry = get("whisper-tiny")
    head(entry.path)
    with pytest.raises(WeightsError, match=r"was expected \(the published one\)"):
        ready_file(entry.name, SLOT)
    assert not entry.converted.exists()


def test_a_hash_of_copies_alone_is_no_statement_of_the_publisher(capsys) -> None:
    """Such a file is taken as it is, which is said, and pinned."""
    entry = get("e4e_ffhq_encode")
    assert entry.mirror
    head(entry.path)
    with pytest.raises(WeightsError, match="inverter slot names"):
        ready_file(entry.name, "inverter")
    err = capsys.readouterr().err
    assert "is none of the copies that are known" in err
    assert "First use of e4e_ffhq_encode, licence: MIT" in err
    later(head(entry.path, seed=1))
    with pytest.raises(WeightsError, match="that of its first use"):
        ready_file(entry.name, "inverter")


def test_a_converted_file_of_someone_else_shows_its_licence(tmp_path: Path, capsys, cache) -> None:
    source = head(tmp_path / "tiny_ori.pth")
    made = ready_file(str(source), SLOT)
    for shown in (cache / "terms").iterdir():
        shown.unlink()
    capsys.readouterr()
    assert ready_file(str(made), SLOT) == made
    assert "First use of whisper-at-tiny, licence: BSD-2-Clause" in capsys.readouterr().err


def test_what_belongs_into_another_slot(tmp_path: Path) -> None:
    source = head(tmp_path / "a.pth")
    with pytest.raises(
        WeightsError, match=r"clip slot names .* Whisper-AT head \(transcriber slot"
    ):
        ready_file(str(source), "clip")
    ready_file(str(source), SLOT)
    with pytest.raises(WeightsError, match="clip slot names"):
        ready_file(str(source), "clip")


def test_safetensors_of_others(tmp_path: Path) -> None:
    save_file(MelodyClassifier(7, 9, 6, 4, 8, 2).state_dict(), tmp_path / "lstm.safetensors")
    made = ready_file(str(tmp_path / "lstm.safetensors"), "composer")
    assert made == tmp_path / "lstm-ours.safetensors"
    assert ready_file(str(tmp_path / "lstm.safetensors"), "composer") == made


def test_a_folder_is_taken_as_it_is_and_pinned(cache: Path, capsys) -> None:
    entry = get("chatglm3-6b")
    (entry.path / "parts").mkdir(parents=True)
    (entry.path / "parts" / "a.bin").write_bytes(b"abc")
    assert ready_file(entry.name, "polarity") == entry.path
    assert "First use of chatglm3-6b, licence: code Apache-2.0" in capsys.readouterr().err
    (entry.path / "parts" / "a.bin").write_bytes(b"abcd")
    with pytest.raises(WeightsError, match="that of its first use"):
        ready_file(entry.name, "polarity")
    assert ready_file(str(entry.path), "polarity") == entry.path


def test_the_terms_of_a_file_without_a_licence(tmp_path: Path, monkeypatch, capsys) -> None:
    source = head(tmp_path / "a.pth")
    entry = Entry("free", "a.pth")
    monkeypatch.setattr(registry, "_published", lambda: (entry,))
    ready_file(str(source), SLOT)
    assert "First use of free, licence: not published" in capsys.readouterr().err


def test_a_published_name_stands_for_its_file(tmp_path: Path) -> None:
    entry = registry.get("landscape")
    assert source_of(Path("landscape")) == (entry.path, entry)
    assert source_of(Path("nowhere.pt")) == (Path("nowhere.pt"), None)
    (tmp_path / "landscape").write_bytes(b"x")
    assert source_of(tmp_path / "landscape") == (tmp_path / "landscape", None)
    with pytest.raises(WeightsError, match="'clip_world' is bundled and needs no conversion"):
        source_of(Path("clip_world"))


def test_a_file_the_registry_knows_keeps_its_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = head(tmp_path / "a.pth")
    entry = Entry("known", "known.pt", sha256=sha256(source), licence="NC", url="https://a/b")
    monkeypatch.setattr(registry, "_published", lambda: (entry,))
    told = read_metadata(convert_file(source).path)["source"]
    assert (told["registry"], told["licence"], told["url"]) == ("known", "NC", "https://a/b")
    now = source.stat()
    assert (told["size_bytes"], told["modified_ns"]) == (now.st_size, now.st_mtime_ns)
    assert provenance(source) == told


def test_a_published_file_without_a_hash_is_known_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = head(tmp_path / "a.pth")
    entry = Entry("known", source.name, licence="NC")
    monkeypatch.setattr(registry, "_published", lambda: (entry,))
    assert "made from known, licence: NC" in convert_file(source).report()
    claimed = Entry("known", source.name, sha256="0" * 64, licence="NC")
    monkeypatch.setattr(registry, "_published", lambda: (claimed,))
    assert "registry" not in provenance(source)


def test_nothing_that_lies_there_is_overwritten(tmp_path: Path) -> None:
    """A file of something else, or one made of another source of that stem, keeps its place."""
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    before = (tmp_path / "a.safetensors").read_bytes()
    made = [
        ready_file(str(head(tmp_path / f"a.{ending}", seed)), SLOT)
        for seed, ending in enumerate(("pt", "pth"))
    ]
    assert [path.name for path in made] == ["a.pt.safetensors", "a.pth.safetensors"]
    assert (tmp_path / "a.safetensors").read_bytes() == before
    (tmp_path / "a.pt.safetensors").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="has no place; move one of them"):
        ready_file(str(tmp_path / "a.pt"), SLOT)


def test_two_slots_with_sources_of_one_stem(tmp_path: Path) -> None:
    source, other = head(tmp_path / "model.pth"), tmp_path / "model.pt"
    torch.save(MelodyClassifier(7, 9, 6, 4, 8, 2).state_dict(), other)
    first, second = ready_file(str(source), SLOT), ready_file(str(other), "composer")
    assert read_metadata(first)["slot"] == SLOT
    assert read_metadata(second)["slot"] == "composer"
    assert ready_file(str(source), SLOT) == first != second


def test_a_source_that_became_another_one_is_converted_again(tmp_path: Path) -> None:
    """Also if the new one is older, as after `mv`."""
    source = head(tmp_path / "a.pth")
    first = read_metadata(ready_file(str(source), SLOT))["source"]["sha256"]
    os.utime(head(source, seed=1), ns=(0, 10**9))
    assert read_metadata(ready_file(str(source), SLOT))["source"]["sha256"] != first


def test_a_source_that_is_gone(tmp_path: Path, cache: Path) -> None:
    source = head(tmp_path / "a.pth")
    made = ready_file(str(source), SLOT)
    source.unlink()
    assert ready_file(str(source), SLOT) == made
    with pytest.raises(WeightsError, match=r"clip slot names .* neither a known name"):
        ready_file(str(source), "clip")


def test_a_folder_of_a_published_name_hides_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landscape").mkdir()
    assert lacking("landscape") == get("landscape")
    with pytest.raises(WeightsError, match=r"generator slot names '/.*', which is a folder"):
        ready_file(str(tmp_path), "generator")


@pytest.mark.parametrize("lost", ["output_layer.3.weight", "body.0.res_layer.3.weight"])
def test_a_checkpoint_that_lacks_a_part_is_one_sentence(tmp_path: Path, lost: str) -> None:
    network = ArcFaceIR(TrunkConfig(4, (4,), (1,), True, 2), input_size=16, embedding=6)
    state = {key: value for key, value in network.state_dict().items() if key != lost}
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="ArcFace"):
        ready_file(str(tmp_path / "a.pth"), "identity")
    torch.save(
        {**{key: value.float().mean() for key, value in state.items()}, 1: 2}, tmp_path / "a.pth"
    )
    with pytest.raises(WeightsError, match="ArcFace"):
        ready_file(str(tmp_path / "a.pth"), "identity")
    assert [path.suffix for path in tmp_path.glob("a*")] == [".pth"]
