"""State dicts: pick a part by its prefix, load it exactly or say what does not fit."""

from collections.abc import Mapping

from torch import Tensor, nn

from emostyle.errors import WeightsError

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


def load_exactly(
    network: nn.Module, state: Mapping[str, Tensor], name: str, assign: bool = False
) -> None:
    """Load a state dict: no key missing, none left over, every shape equal.

    Args:
        network: takes the weights.
        state: state dict.
        name: what the weights should be, for the message.
        assign: the network takes the tensors themselves instead of copies (for one that was built
            on the meta device).

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
