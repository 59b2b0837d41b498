"""A pickle interpreter that runs nothing of the file.

Python's own unpickler calls whatever a pickle names. This one knows about fifty opcodes, keeps a
stack of plain values, and can call only the makers that a reader hands it; any other global, opcode
or kind of call ends the reading with the name of what was refused.
"""

import io
import mmap
import pickletools
import reprlib
import struct
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, NoReturn, cast

from emostyle.errors import WeightsError

Lookup = Callable[[str], Any]
"""From `module.name` to a `Maker` or a plain value; KeyError refuses."""

_VALUES = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING "
    "UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 "
    "BYTEARRAY8".split()
)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KEYS = (str, bytes, int, float, bool, type(None))


RECENT = 4
"""Entries of the memo that may hold the arguments of a call that comes next."""


class Mapped:
    """A mapped file to be read once from start to end, without what was read staying in memory."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.readline, self.tell = data.readline, data.tell

    def read(self, count: int) -> bytes:
        """The next bytes, never more than there are."""
        block = self.data.read(count)
        if len(block) > mmap.PAGESIZE and hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED)
        return block


@dataclass(frozen=True)
class Maker:
    """One of our own functions, standing for a global of the file; the only thing REDUCE calls.

    Attributes:
        make: the function.
        spends: its arguments are not asked for again, so that they need not be kept.
    """

    make: Callable[..., Any]
    spends: bool = False


def no_globals(name: str) -> NoReturn:
    """The lookup of a pickle that needs no globals at all."""
    raise KeyError(name)


def short(value: object) -> str:
    """The beginning of a value in words; of one that holds itself many times over, not all."""
    return reprlib.repr(value)[:80]


def _no_persistent_id(pid: object) -> NoReturn:
    raise WeightsError(f"it refers to outside data ({short(pid)}), which this format does not have")


def _no_state(target: object, state: object) -> NoReturn:
    raise WeightsError(f"it sets the state of a {type(target).__name__}, which has none to set")


def run_pickle(
    stream: io.BytesIO | Mapped,
    lookup: Lookup,
    persistent: Callable[[Any], Any] = _no_persistent_id,
    fill: Callable[[Any, Any], None] = _no_state,
) -> Any:
    """Read one pickle from where the stream stands; the stream ends up behind its STOP.

    Args:
        stream: bytes in memory or a mapped file; their `read(n)` never allocates more than they
            hold, whatever length a pickle claims.
        lookup: what each global means.
        persistent: what each persistent id means.
        fill: how BUILD sets the state of a value that a maker made.

    Returns:
        The value: plain Python containers and whatever the makers make.

    Raises:
        WeightsError: a damaged pickle, or one that asks for more than data; nothing was run. The
            message is a clause: `safely` puts the file's name before it.
    """
    machine = _Machine(lookup, persistent, fill)
    try:
        for opcode, argument, _ in pickletools.genops(cast(IO[bytes], stream)):
            if opcode.name == "STOP":
                return machine.stack.pop()
            machine.step(opcode.name, argument)
    except WeightsError:
        raise
    except (ValueError, TypeError, LookupError, OverflowError, MemoryError) as error:
        raise WeightsError(f"its pickle is damaged ({error or type(error).__name__})") from error
    except (RuntimeError, AttributeError, struct.error) as error:
        raise WeightsError(f"its pickle holds data that do not fit together ({error})") from error
    raise WeightsError("its pickle has no end")


def safely(path: object, clause: WeightsError) -> WeightsError:
    """The sentence for the user: which file, why not, and what now."""
    return WeightsError(
        f"'{path}' was refused: {clause}; nothing in it was run, get the file from its publisher."
    )


class _Machine:
    """Stack, marks and memo of one pickle."""

    def __init__(
        self, lookup: Lookup, persistent: Callable[[Any], Any], fill: Callable[[Any, Any], None]
    ) -> None:
        self.lookup, self.persistent, self.fill = lookup, persistent, fill
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Carry out one opcode."""
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack[-_TUPLES[name] :] = [tuple(self._top(_TUPLES[name]))]
        elif name in {"PROTO", "FRAME"}:
            return
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self.memo[argument] = self.stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            self.stack.append(self.memo[argument])
        else:
            handler = getattr(self, f"_op_{name.lower()}", None)
            if handler is None:
                raise WeightsError(f"its pickle uses the opcode {name}, which data do not need")
            handler(argument)

    def _top(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError("the stack is too short")
        return self.stack[-count:]

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def _op_mark(self, _: None) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _op_pop(self, _: None) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._since_mark()

    def _op_pop_mark(self, _: None) -> None:
        self._since_mark()

    def _op_dup(self, _: None) -> None:
        self.stack.append(self.stack[-1])

    def _op_memoize(self, _: None) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _op_tuple(self, _: None) -> None:
        items = self._since_mark()
        self.stack.append(tuple(items))

    def _op_list(self, _: None) -> None:
        items = self._since_mark()
        self.stack.append(items)

    def _op_dict(self, _: None) -> None:
        items = self._since_mark()
        self.stack.append({})
        self._set(items)

    def _op_frozenset(self, _: None) -> None:
        items = self._since_mark()
        self.stack.append(frozenset(map(plain_key, items)))

    def _op_append(self, _: None) -> None:
        item = self.stack.pop()
        self._container(list).append(item)

    def _op_appends(self, _: None) -> None:
        items = self._since_mark()
        self._container(list).extend(items)

    def _op_setitem(self, _: None) -> None:
        pair = self._top(2)
        del self.stack[-2:]
        self._set(pair)

    def _op_setitems(self, _: None) -> None:
        self._set(self._since_mark())

    def _op_additems(self, _: None) -> None:
        items = self._since_mark()
        self._container(set).update(map(plain_key, items))

    def _set(self, items: list[Any]) -> None:
        target = self._container(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[plain_key(key)] = value

    def _container(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise TypeError(f"a {type(self.stack[-1]).__name__} where a {kind.__name__} must be")
        return self.stack[-1]

    def _op_global(self, argument: str) -> None:
        self._push_global(*argument.split(" ", 1))

    def _op_stack_global(self, _: None) -> None:
        module, name = self._top(2)
        del self.stack[-2:]
        self._push_global(module, name)

    def _push_global(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise WeightsError("it asks for something whose name is no text")
        full = f"{module}.{name}"
        try:
            value = self.lookup(full)
        except KeyError:
            raise WeightsError(
                f"it asks for '{full:.120}', which is no tensor, array, shape or argument"
            ) from None
        self.stack.append(value)

    def _op_reduce(self, _: None) -> None:
        function, arguments = self._top(2)
        del self.stack[-2:]
        if not isinstance(function, Maker) or not isinstance(arguments, tuple):
            raise WeightsError(f"it calls a {type(function).__name__}, which is data")
        self.stack.append(function.make(*arguments))
        if function.spends:
            spent = {id(arguments), *map(id, arguments)}
            for key in list(islice(reversed(self.memo), RECENT)):
                if id(self.memo[key]) in spent:
                    self.memo[key] = None

    _op_newobj = _op_reduce

    def _op_newobj_ex(self, _: None) -> None:
        if self.stack.pop() != {}:
            raise WeightsError("it makes an object with keyword arguments")
        self._op_reduce(None)

    def _op_build(self, _: None) -> None:
        state = self.stack.pop()
        self.fill(self.stack[-1], state)

    def _op_binpersid(self, _: None) -> None:
        self.stack.append(self.persistent(self.stack.pop()))


def plain_key(key: object) -> Hashable:
    """The same key, if hashing it is quick and harmless: a plain value or a flat tuple of these.

    Raises:
        TypeError: anything else.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if not all(isinstance(part, _KEYS) for part in parts):
        raise TypeError(f"a {type(key).__name__} as a key")
    return key
