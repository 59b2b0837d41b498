"""Several sounds in one sitting: what is finished stays, the rest is marked."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from emostyle.errors import AudioError, EmoStyleError
from emostyle.manipulate.record import Sound
from emostyle.manipulate.session import Job, run_jobs, settings_of


@dataclass(frozen=True)
class Request:
    """As much of a request as a sitting looks at."""

    audio: Path | None
    seed: int = 7
    sizes: tuple[int, ...] = (1, 2)


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    return [
        Job(Request(Path(f"{name}.wav")), Sound(f"{name}.wav"), tmp_path / name)
        for name in ("rain", "fire", "birds")
    ]


def state(job: Job) -> dict:
    return json.loads((job.folder / "result.json").read_text())


def test_settings_are_plain_and_absolute() -> None:
    settings = settings_of(Request(Path("rain.wav")))
    assert settings == {"audio": [str(Path("rain.wav").resolve())], "seed": 7, "sizes": [1, 2]}
    assert settings_of(Request(None))["audio"] == []


def test_all_are_saved(make_result, jobs) -> None:
    saved = run_jobs(jobs, lambda request, progress: make_result(), lambda r, e: [[]])
    assert [s.job for s in saved] == jobs
    assert all((job.folder / "after.png").exists() for job in jobs)
    assert state(jobs[1])["request"]["audio"] == [str(Path("fire.wav").resolve())]


def test_a_stopped_fit_is_kept_and_the_rest_marked(make_result, jobs) -> None:
    def edit(request, progress):
        result = make_result()
        result.interrupted = request.audio.stem == "fire"
        return result

    seen = []
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, edit, lambda r, e: [[]], on_saved=seen.append)
    assert len(seen) == 2
    assert not state(jobs[0])["interrupted"]
    assert state(jobs[1])["interrupted"]
    assert (jobs[1].folder / "after.png").exists()
    assert state(jobs[2])["interrupted"]
    assert state(jobs[2])["stages"][0]["state"] == "skipped"


def test_ctrl_c_outside_the_fit_marks_that_edit(make_result, jobs) -> None:
    def edit(request, progress):
        if request.audio.stem == "fire":
            raise KeyboardInterrupt
        return make_result()

    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, edit, lambda r, e: [[]])
    assert not state(jobs[0])["interrupted"]
    assert state(jobs[1])["stages"][0]["state"] == "failed"
    assert state(jobs[2])["stages"][0]["state"] == "skipped"


def test_one_bad_sound_does_not_stop_the_others(make_result, jobs) -> None:
    def edit(request, progress):
        if request.audio.stem == "rain":
            raise AudioError("The sound 'rain.wav' is silent.")
        return make_result()

    with pytest.raises(EmoStyleError, match=r"1 of 3 sounds failed; rain\.wav: .* silent"):
        run_jobs(jobs, edit, lambda r, e: [[]])
    assert state(jobs[0])["stages"][0] == {
        "name": "optimise",
        "state": "failed",
        "why": "The sound 'rain.wav' is silent.",
        "seconds": 0.0,
    }
    assert (jobs[2].folder / "after.png").exists()


def test_the_only_sound_that_fails_leaves_no_folder(jobs) -> None:
    def edit(request, progress):
        raise AudioError("silent")

    with pytest.raises(AudioError, match="silent"):
        run_jobs(jobs[:1], edit, lambda r, e: [[]])
    assert not jobs[0].folder.exists()
