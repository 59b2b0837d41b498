"""How the tensors of a foreign state dict become those of a network of ours, strictly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import NAMED


@dataclass(frozen=True)
class Place:
    """Where one tensor lies in the foreign state dict.

    Attributes:
        key: its name there.
        shape: its shape there; ours has the same elements in the same order.
        gain: factor from theirs to ours.
    """

    key: str
    shape: tuple[int, ...]
    gain: float = 1.0


@dataclass(frozen=True)
class Layout:
    """A foreign state dict, tensor by tensor.

    Attributes:
        places: our name -> where it lies; every tensor of the network.
        unused: name -> shape of what the origin stores and nothing needs.
    """

    places: dict[str, Place]
    unused: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every foreign name and its shape."""
        return {place.key: place.shape for place in self.places.values()} | self.unused

    def translate(self, state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
        """The foreign tensors under our names, as float32; copied only where numbers change.

        Args:
            state: foreign state dict: no key missing, none left over, every shape equal.
            name: what the weights should be, for the message.

        Raises:
            WeightsError: they do not fit; the message names the foreign keys.
        """
        expected = self.shapes()
        shared = expected.keys() & state.keys()
        faults = {
            "missing": expected.keys() - state.keys(),
            "unexpected": state.keys() - expected.keys(),
            "of another shape": {key for key in shared if tuple(state[key].shape) != expected[key]},
        }
        told = "; ".join(
            f"{kind}: {', '.join(sorted(keys)[:NAMED])}{' ...' if len(keys) > NAMED else ''}"
            for kind, keys in faults.items()
            if keys
        )
        if told:
            raise WeightsError(f"The weights are not those of the {name} ({told}).")
        floats = {ours: state[place.key].float() for ours, place in self.places.items()}
        gains = {ours: place.gain for ours, place in self.places.items()}
        return {
            ours: value if gains[ours] == 1.0 else value * gains[ours]
            for ours, value in floats.items()
        }


def layout_of(
    network: nn.Module, place: Callable[[str, tuple[int, ...]], Place]
) -> dict[str, Place]:
    """The place of every tensor of a network.

    Args:
        network: ours.
        place: gives the place of a tensor from its name and shape here.
    """
    return {key: place(key, tuple(value.shape)) for key, value in network.state_dict().items()}


def fill(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Give a network its tensors themselves, no copies, reshaped to its own shapes.

    Args:
        network: ours, on any device; it moves to that of the tensors.
        state: its tensors by our names, each with the right number of elements.
    """
    own = network.state_dict()
    shaped = {key: value.reshape(own[key].shape) for key, value in state.items()}
    network.load_state_dict(shaped, assign=True)


def size(state: Mapping[str, Tensor], key: str, axis: int, name: str) -> int:
    """One axis of a tensor of a state dict.

    Raises:
        WeightsError: the tensor is missing or has no such axis.
    """
    if key not in state or state[key].ndim <= axis:
        raise WeightsError(
            f"The weights are not those of a {name}: '{key}' is missing or has no axis {axis}; "
            "name another checkpoint."
        )
    return state[key].shape[axis]


def count(state: Mapping[str, Tensor], pattern: str, first: int = 0) -> int:
    """How many keys follow one another: `fc{}` with fc0, fc1, fc2 gives 3."""
    number = first
    while pattern.format(number) in state:
        number += 1
    return number - first
