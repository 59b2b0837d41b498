"""The edit itself: requests in, results out."""

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import torch

from emostyle.errors import EmoStyleError
from emostyle.guidance.proximity import layer_mask, layer_movement
from emostyle.manipulate.fit import EditWatcher, fit
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import Prepared, prepare
from emostyle.manipulate.progress import ProgressCallback
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.settings import EditSettings
from emostyle.manipulate.stack import EditNetworks, load_stack, settings_of
from emostyle.manipulate.step import similarity
from emostyle.types import EditResult, Stage


def edit(
    request: EditRequest,
    progress: ProgressCallback | None = None,
    settings: EditSettings | None = None,
) -> EditResult:
    """Change pictures so that they carry a sound (EmoStyle eqs 4-8).

    Args:
        request: the sound, the words, the starting pictures.
        progress: called after each step with (step, steps, terms).
        settings: the ways of the edit; None takes the request's preset.

    Returns:
        Pictures before and after, latents, mask, and each term of each step.

    Raises:
        EmoStyleError: the message says what came, what was expected, which option to change.
    """
    return edit_many([request], progress, settings)[0]


def edit_many(
    requests: Sequence[EditRequest],
    progress: ProgressCallback | None = None,
    settings: EditSettings | None = None,
) -> list[EditResult]:
    """Several edits as one fit; each comes out as it would alone.

    Args:
        requests: they share domain, stack, preset, steps and kinds of guides.
        progress: as in `edit`.
        settings: as in `edit`.

    Raises:
        EmoStyleError: the requests cannot share a fit.
    """
    if not requests:
        return []
    first = requests[0]
    kinds = [(r.domain, r.stack, r.preset, r.steps, _guides(r)) for r in requests]
    if len(set(kinds)) > 1:
        raise EmoStyleError(
            "edit_many got requests of different kinds (domain, stack, preset, steps or guides); "
            "group them, or call edit for each."
        )
    began = time.perf_counter()
    settings = settings or settings_of(first)
    networks = load_stack(first.stack, first.domain)
    loaded = Stage("load", "ran", f"stack {first.stack}", time.perf_counter() - began)
    prepared = prepare(networks, requests, settings)
    start = time.perf_counter()
    module = LatentEditModule(networks, settings)
    module.start(prepared.targets, prepared.seeds)
    watcher = fit(module, first.steps, progress)
    optimised = optimise_stage(watcher, first.steps, time.perf_counter() - start)
    results = collect(networks, module, prepared, watcher)
    return [
        finish(result, [loaded, *stages, optimised], began)
        for result, stages in zip(results, prepared.stages, strict=True)
    ]


def optimise_stage(watcher: EditWatcher, steps: int, seconds: float) -> Stage:
    """What became of the optimisation itself.

    Args:
        watcher: of the fit that has ended.
        steps: steps that were asked for.
        seconds: how long the fit took.
    """
    note = "stopped by Ctrl-C" if watcher.interrupted else f"{steps} steps"
    return Stage("optimise", "ran", note, seconds)


def finish(result: EditResult, stages: list[Stage], began: float) -> EditResult:
    """A result with its stages, its seconds since `began` (perf_counter) and the peak memory."""
    return replace(
        result,
        stages=stages,
        seconds=time.perf_counter() - began,
        peak_memory_mib=peak_memory_mib(),
    )


@torch.no_grad()
def collect(
    networks: EditNetworks, module: LatentEditModule, prepared: Prepared, watcher: EditWatcher
) -> list[EditResult]:
    """One result per request from an optimised module."""
    targets = prepared.targets
    draw = networks.generator.synthesis
    end = module.latent().detach()
    before, after = (draw(w).clamp(-1, 1) for w in (targets.w_start, end))
    similar = similarity(networks.clip.encode_image(before), targets.guides)
    similar_end = similarity(networks.clip.encode_image(after), targets.guides)
    history = {name: torch.stack(values) for name, values in module.history.items()}
    hashes = networks.hashes()
    results, first = [], 0
    for count, heard, file in zip(prepared.counts, prepared.heard, prepared.files, strict=True):
        rows, item = slice(first, first + count), slice(first, first + 1)
        frames = [draw(w[item]).clamp(-1, 1) for w in watcher.latents]
        results.append(
            EditResult(
                domain=networks.domain,
                before=before[rows].cpu(),
                after=after[rows].cpu(),
                w_start=targets.w_start[rows].cpu(),
                w_plus=end[rows].cpu(),
                mask=layer_mask(module.g.detach())[rows].cpu(),
                movement=layer_movement(end, targets.w_start)[rows].cpu(),
                history={name: values[:, rows].cpu() for name, values in history.items()},
                similarity_start=similar[rows].cpu(),
                similarity_end=similar_end[rows].cpu(),
                seeds=prepared.seeds[rows],
                frames=torch.cat([before[item], *frames, after[item]]).cpu(),
                weights=hashes,
                heard=heard,
                latents_file=file,
                interrupted=watcher.interrupted,
            )
        )
        first += count
    return results


def _guides(request: EditRequest) -> tuple[bool, bool, bool]:
    sound = request.audio is not None or request.waveform is not None
    return sound, request.music is not None, bool(request.words)


def peak_memory_mib() -> float:
    """Peak resident memory of this process, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
