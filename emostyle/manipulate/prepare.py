"""From what a user asks to what the optimiser needs: starting latents and target vectors."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from emostyle.embedding.memory import recall
from emostyle.errors import LatentError
from emostyle.generator.latent import w_axes, z_axes, z_from_seed
from emostyle.generator.w_plus import check_w_plus
from emostyle.generator.w_plus_file import read_w_plus
from emostyle.manipulate.hear import hear, heard_stage
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.settings import EditSettings
from emostyle.manipulate.stack import EditNetworks
from emostyle.manipulate.step import EditTargets
from emostyle.types import Stage
from emostyle.waveform.load import check_audible, load_audio, resample
from emostyle.world.domain import get_domain

AXES = {"w": w_axes, "z": z_axes}
"""How the axes of a step are found, by the setting's name."""


@dataclass(frozen=True)
class Prepared:
    """One or several requests, ready to be optimised as one fit.

    Attributes:
        targets: starts and guides of all items.
        seeds: the seed of each item.
        counts: items per request, in order.
        stages: per request, what was done.
        heard: per request, the nearest sound classes.
        files: per request, the name of the file its latents are of, empty if they are of seeds.
    """

    targets: EditTargets
    seeds: list[int]
    counts: list[int]
    stages: list[list[Stage]]
    heard: list[list[tuple[str, float]]]
    files: list[str]


@torch.no_grad()
def start_latents(networks: EditNetworks, seeds: Sequence[int]) -> Tensor:
    """Starting latents (N, L, D) of seeds: quiet scenes where the domain is known to the world."""
    generator = networks.generator
    world = get_domain(networks.domain)
    if generator.config.z_dim == world.z_dim and generator.config.z_knots:
        rows = [world.sample_z(1, torch.Generator().manual_seed(seed)) for seed in seeds]
    else:
        rows = [z_from_seed(seed, generator.config.z_dim) for seed in seeds]
    return generator.to_w_plus(torch.cat(rows), truncation_psi=networks.truncation_psi)


def latents_of_file(networks: EditNetworks, request: EditRequest) -> tuple[Tensor, Stage]:
    """Starting latents (N, L, D) of a request's `w_plus` file, and what was read.

    Raises:
        WeightsError: no such file, or a damaged one.
        LatentError: it holds no latents, others than the generator takes, or not `count` of them.
    """
    path = Path(str(request.w_plus))
    w_plus = read_w_plus(path)
    try:
        check_w_plus(w_plus, networks.generator.config)
    except LatentError as error:
        raise LatentError(f"'{path}' does not fit stack {networks.stack}: {error}") from error
    count, layers, width = w_plus.shape
    if request.seeds is not None or request.count not in (1, count):
        raise LatentError(
            f"'{path}' holds {count} latents, one for each picture; leave out --seeds and --count."
        )
    return w_plus, Stage("start", "ran", f"latents ({count}, {layers}, {width}) of {path.name}")


def guide_vectors(
    networks: EditNetworks, request: EditRequest
) -> tuple[dict[str, Tensor], list[Stage]]:
    """Unit vectors (512,) of the sound, the music and the words, and what was done for each.

    Raises:
        AudioError: a sound that cannot be used.
        EmoStyleError: there is nothing to be guided by.
    """
    request.require_guide()
    rate, method = networks.audio_encoder.sample_rate_hz, networks.audio_encoder.resampler
    sounds: dict[str, Tensor] = {}
    stages = []
    start = time.perf_counter()
    if request.audio is not None:
        sounds["audio"] = load_audio(request.audio, rate, method)
    elif request.waveform is not None:
        sounds["audio"] = resample(request.waveform, request.sample_rate_hz, rate, method)
        check_audible(sounds["audio"], rate, "The waveform")
    if request.music is not None:
        sounds["music"] = load_audio(request.music, rate, method)
    guides = {name: networks.audio_encoder.encode([wave])[0] for name, wave in sounds.items()}
    seconds = time.perf_counter() - start
    for name in ("audio", "music"):
        if name in sounds:
            length = len(sounds[name]) / rate
            stages.append(Stage(name, "ran", f"{length:.1f} s of sound encoded", seconds))
        else:
            stages.append(Stage(name, "skipped", f"no {name} was given"))
    if request.words:
        start = time.perf_counter()
        guides["text"] = networks.clip.encode_text([request.words])[0]
        stages.append(Stage("text", "ran", "words encoded", time.perf_counter() - start))
    else:
        stages.append(Stage("text", "skipped", "no lyrics or text were given"))
    return guides, stages


def recalled(
    networks: EditNetworks, vectors: dict[str, Tensor], temperature: float
) -> dict[str, Tensor]:
    """The vectors (D,) of sound and music, brought to what the texts of known classes say."""
    memory = networks.memory if temperature else None
    if memory is None:
        return {}
    heard = {name: vectors[name] for name in ("audio", "music") if name in vectors}
    return {name: recall(v[None], memory, temperature)[0] for name, v in heard.items()}


@torch.no_grad()
def prepare(
    networks: EditNetworks, requests: Sequence[EditRequest], settings: EditSettings
) -> Prepared:
    """Encode all requests; they must have the same kinds of guides to share a fit.

    Args:
        networks: loaded stack.
        requests: what is asked.
        settings: decides whether identity vectors and axes are needed.
    """
    guides, stages, seeds, counts, heard = [], [], [], [], []
    starts: list[Tensor] = []
    for request in requests:
        vectors, done = guide_vectors(networks, request)
        if "audio" in vectors:
            start = time.perf_counter()
            heard.append(hear(networks, vectors["audio"]))
            done.append(heard_stage(heard[-1], networks.domain, time.perf_counter() - start))
        else:
            heard.append([])
        items = request.item_seeds
        if request.w_plus is None:
            starts.append(start_latents(networks, items))
        else:
            latents, read = latents_of_file(networks, request)
            starts.append(latents)
            done.append(read)
            items = [request.seed + i for i in range(len(latents))]
        vectors |= recalled(networks, vectors, settings.recall)
        guides.append({name: vector.expand(len(items), -1) for name, vector in vectors.items()})
        stages.append(done)
        seeds += items
        counts.append(len(items))
    w_start = torch.cat(starts)
    pictures = networks.generator.synthesis(w_start)
    identity = None
    if settings.lambda_id and networks.identity is not None:
        identity = networks.identity(pictures)
    elif settings.lambda_id:
        lost = (
            f"the stack has no identity network, so lambda_id {settings.lambda_id:g} does nothing"
        )
        stages = [[*done, Stage("identity", "skipped", lost)] for done in stages]
    targets = EditTargets(
        w_start=w_start,
        guides={name: torch.cat([row[name] for row in guides]) for name in guides[0]},
        image_start=networks.clip.encode_image(pictures.clamp(-1, 1)),
        identity_start=identity,
        axes=AXES[settings.axes](networks.generator) if settings.axes in AXES else None,
    )
    files = ["" if r.w_plus is None else r.w_plus.name for r in requests]
    return Prepared(targets, seeds, counts, stages, heard, files)
