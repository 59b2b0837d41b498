"""State dicts: pick a part by its prefix, load it exactly or say what does not fit."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from emostyle.errors import WeightsError

DRAWS = (torch.randn, torch.rand)
"""What `Unfilled` does not draw."""
NAMED = 3
"""Keys of each kind that a message names."""


def part(state: Mapping[str, Tensor], prefix: str, optional: bool = False) -> dict[str, Tensor]:
    """The tensors below a prefix, without it.

    Args:
        state: state dict.
        prefix: for example `module.`.
        optional: where no key has the prefix, give the state back as it is.

    Raises:
        WeightsError: no key has the prefix.

    Example:
        >>> sorted(part({"module.a": Tensor(), "module.b": Tensor()}, "module."))
        ['a', 'b']
    """
    found = {key.removeprefix(prefix): state[key] for key in state if key.startswith(prefix)}
    if found:
        return found
    if optional:
        return dict(state)
    raise WeightsError(
        f"The weights hold keys such as '{next(iter(state), 'none')}', expected '{prefix}*'; name "
        "another checkpoint."
    )


class Unfilled(TorchFunctionMode):
    """Within it, networks are built without drawing the random numbers they would start from.

    All elements of such a tensor share one place in memory, so a network whose tensors are all
    replaced (`load_exactly` with `assign`) costs no more than these. The meta device would do the
    same, but the first random number on it imports half of torch's compiler.

    Example:
        >>> with Unfilled():
        ...     network = nn.Linear(2, 3)
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Zeros that share one place in memory instead of random numbers; scaled, they stay."""
        if func in DRAWS:
            return torch.zeros(()).expand(*args)
        if func is Tensor.mul_ and not any(args[0].stride()):
            return args[0]
        return func(*args, **(kwargs or {}))


def load_exactly(
    network: nn.Module, state: Mapping[str, Tensor], name: str, assign: bool = False
) -> None:
    """Load a state dict: no key missing, none left over, every shape equal.

    Args:
        network: takes the weights.
        state: state dict.
        name: what the weights should be, for the message.
        assign: the network takes the tensors themselves instead of copies (for one that was built
            on the meta device or `Unfilled`).

    Raises:
        WeightsError: they do not fit.
    """
    expected = network.state_dict()
    faults = {
        "missing": expected.keys() - state.keys(),
        "unexpected": state.keys() - expected.keys(),
        "of another shape": {
            key for key in expected.keys() & state.keys() if expected[key].shape != state[key].shape
        },
    }
    if any(faults.values()):
        told = "; ".join(
            f"{kind}: {', '.join(sorted(keys)[:NAMED])}{' ...' if len(keys) > NAMED else ''}"
            for kind, keys in faults.items()
            if keys
        )
        raise WeightsError(f"The weights are not those of the {name} ({told}).")
    network.load_state_dict(state, assign=assign)
