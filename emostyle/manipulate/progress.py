"""Progress of an edit: the callback protocol and a live bar that shows the loss terms."""

from types import TracebackType
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

HIDDEN_TERMS = frozenset({"lr"})
"""Terms of the history that a live bar leaves out."""


@runtime_checkable
class ProgressCallback(Protocol):
    """Called after each optimisation step."""

    def __call__(self, step: int, steps: int, terms: dict[str, float]) -> None:
        """Take note of a step.

        Args:
            step: steps done, from 1 to `steps`.
            steps: steps in all.
            terms: mean of each loss term over the items of the fit.
        """


def format_terms(terms: dict[str, float]) -> str:
    """Loss terms in one line, total first, terms that are exactly zero left out."""
    names = sorted(terms, key=lambda name: name != "total")
    shown = (name for name in names if terms[name] != 0 and name not in HIDDEN_TERMS)
    return "  ".join(f"{name} {terms[name]:.3f}" for name in shown)


class LiveBar:
    """A rich progress bar as a context manager and callback; one line per `start`.

    Args:
        console: where to draw; a terminal shows it live, a file only its last state.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True, compact=True),
            TextColumn("[dim]{task.fields[terms]}"),
            console=console,
        )
        self._task = self._progress.add_task("", visible=False, terms="")

    def __enter__(self) -> "LiveBar":
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def start(self, description: str, steps: int) -> None:
        """Begin a new line for the next fit."""
        self._task = self._progress.add_task(description, total=steps, terms="loading")

    def __call__(self, step: int, steps: int, terms: dict[str, float]) -> None:
        """Show a step (see `ProgressCallback`)."""
        self._progress.update(self._task, completed=step, total=steps, terms=format_terms(terms))
