"""Several sounds in one sitting: what is finished stays, the rest is marked."""

import errno
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from emostyle.errors import AudioError, EmoStyleError
from emostyle.manipulate import save
from emostyle.manipulate.console import folder_names, override
from emostyle.manipulate.record import Sound
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.session import Job, plain_config, run_jobs
from emostyle.manipulate.settings import EditSettings


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    requests = [EditRequest(audio=Path(f"{name}.wav")) for name in ("rain", "fire", "birds")]
    return [Job(r, Sound(r.audio.name), tmp_path / r.audio.stem, plain_config(r)) for r in requests]


@pytest.fixture(autouse=True)
def plain_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are tested elsewhere and take most of the time of a saved edit."""
    for name in ("curves_figure", "mask_figure"):
        monkeypatch.setattr(save, name, lambda result, title: Image.new("RGB", (8, 8)))


def one_by_one(edit):
    """`edit_many` of groups of one."""
    return lambda requests: [edit(request) for request in requests]


def unchanged(request, result):
    return [[]]


def state(job: Job) -> dict:
    return json.loads((job.folder / "result.json").read_text())


def test_config_is_plain_and_absolute() -> None:
    config = plain_config(EditRequest(audio=Path("rain.wav"), seeds=(1, 2)), settings={"views": 2})
    assert config["audio"] == [str(Path("rain.wav").resolve())]
    assert config["seeds"] == [1, 2]
    assert config["settings"] == {"views": 2}
    assert not {"waveform", "sample_rate_hz", "lyrics"} & set(config)


def test_config_of_a_waveform_is_plain() -> None:
    assert "waveform" not in plain_config(EditRequest(waveform=torch.zeros(9)))


def test_all_are_saved(make_result, jobs) -> None:
    saved = []
    run_jobs(
        [[j] for j in jobs], one_by_one(lambda r: make_result()), unchanged, on_saved=saved.append
    )
    assert [s.job for s in saved] == jobs
    assert all((job.folder / "after.png").exists() for job in jobs)
    assert state(jobs[1])["request"]["audio"] == [str(Path("fire.wav").resolve())]


def test_a_stopped_fit_is_kept_and_the_rest_marked(make_result, jobs) -> None:
    def edit(request):
        result = make_result()
        result.interrupted = request.audio.stem == "fire"
        return result

    saved = []
    with pytest.raises(KeyboardInterrupt):
        run_jobs([[j] for j in jobs], one_by_one(edit), unchanged, on_saved=saved.append)
    assert len(saved) == 2
    assert not state(jobs[0])["interrupted"]
    assert state(jobs[1])["interrupted"]
    assert (jobs[1].folder / "after.png").exists()
    assert state(jobs[2])["interrupted"]
    assert state(jobs[2])["stages"][0]["state"] == "skipped"


def test_ctrl_c_outside_the_fit_marks_that_edit(make_result, jobs) -> None:
    def edit(request):
        if request.audio.stem == "fire":
            raise KeyboardInterrupt
        return make_result()

    with pytest.raises(KeyboardInterrupt):
        run_jobs([[j] for j in jobs], one_by_one(edit), unchanged)
    assert not state(jobs[0])["interrupted"]
    assert state(jobs[1])["stages"][0]["state"] == "failed"
    assert state(jobs[2])["stages"][0]["state"] == "skipped"


def test_ctrl_c_while_saving_keeps_what_is_saved(make_result, jobs) -> None:
    seen = []

    def describe(request, result):
        if request.audio.stem == "fire":
            raise KeyboardInterrupt
        return [[]]

    with pytest.raises(KeyboardInterrupt):
        run_jobs([jobs], one_by_one(lambda r: make_result()), describe, on_saved=seen.append)
    assert [s.job for s in seen] == jobs[:1]
    assert state(jobs[1])["stages"][0]["state"] == "failed"
    assert state(jobs[2])["stages"][0]["state"] == "failed"


def test_a_full_disk_marks_what_is_not_written(make_result, jobs, monkeypatch) -> None:
    from emostyle.manipulate import session

    write = session.write_files

    def full(folder, files):
        if folder == jobs[1].folder and "after.png" in files:
            raise OSError(errno.ENOSPC, "No space left on device", str(folder / "after.png"))
        return write(folder, files)

    monkeypatch.setattr(session, "write_files", full)
    with pytest.raises(OSError, match="No space left"):
        run_jobs([[j] for j in jobs], one_by_one(lambda r: make_result()), unchanged)
    assert (jobs[0].folder / "after.png").exists()
    for job in jobs[1:]:
        assert state(job)["stages"][0]["state"] == "failed"
        assert "No space left" in state(job)["stages"][0]["why"]


def test_one_bad_sound_does_not_stop_the_others(make_result, jobs) -> None:
    def edit(request):
        if request.audio.stem == "rain":
            raise AudioError("The sound 'rain.wav' is silent.")
        return make_result()

    with pytest.raises(
        EmoStyleError, match=r"1 of 3 edits failed: The sound 'rain\.wav' is silent"
    ):
        run_jobs([[j] for j in jobs], one_by_one(edit), unchanged)
    assert state(jobs[0])["stages"][0] == {
        "name": "optimise",
        "state": "failed",
        "why": "The sound 'rain.wav' is silent.",
        "seconds": 0.0,
    }
    assert (jobs[2].folder / "after.png").exists()


def test_the_only_sound_that_fails_leaves_no_folder(jobs) -> None:
    def edit(request):
        raise AudioError("silent")

    with pytest.raises(AudioError, match="silent"):
        run_jobs([jobs[:1]], one_by_one(edit), unchanged)
    assert not jobs[0].folder.exists()


def test_equal_names_get_numbers() -> None:
    paths = [Path("a/rain.wav"), Path("b/rain.wav"), Path("fire.wav")]
    assert folder_names(paths) == ["rain", "rain_2", "fire"]


def test_overrides_are_checked() -> None:
    settings = EditSettings()
    assert override(settings, {"views": 4, "lr": 1}).views == 4
    with pytest.raises(EmoStyleError, match="Unknown setting 'veiws'; choose one of lr,"):
        override(settings, {"veiws": 4})
    with pytest.raises(EmoStyleError, match="'views' is 'many', but a int"):
        override(settings, {"views": "many"})
