"""The machine agrees with Python's unpickler on data and does nothing else."""

import io
import pickle
import weakref

import pytest
import torch

from emostyle.errors import WeightsError
from emostyle.weights.readers.pickle_machine import Maker, plain_key, run_pickle
from emostyle.weights.readers.tensors import TENSOR_GLOBALS

DATA = [
    None,
    [1, -1, 2**31, -(2**70), 1.5, True, "é", b"\x00\xff", bytearray(b"x")],
    {"a": (1,), "b": (1, 2), "c": (1, 2, 3), "d": (1, 2, 3, 4), "e": ()},
    {1: {2: {3: []}}, (1, "x"): {4, 5}, None: frozenset({6})},
    ["x" * 300, b"y" * 300, *range(300)],
]


def read(data: bytes, **known: object) -> object:
    return run_pickle(io.BytesIO(data), known.__getitem__)


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("value", [*DATA[:1], DATA[1][:-1], *DATA[2:]])
def test_data_come_back(value, protocol):
    assert read(pickle.dumps(value, protocol)) == value


def test_protocol_5_bytearrays():
    assert read(pickle.dumps(DATA[1], 5)) == DATA[1]


@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_old_protocols(protocol):
    value = [1, 2**40, 1.5, "text", (1, 2, 3, 4), {"a": None}, True]
    assert read(pickle.dumps(value, protocol)) == value


class Call:
    """Pickles as a call of a known function with one block of bytes."""

    def __init__(self, block: bytes) -> None:
        self.block = block

    def __reduce__(self):
        return len, (self.block,)


@pytest.mark.parametrize(("spends", "alive"), [(True, [0, 0]), (False, [0, 1])])
def test_spent_arguments_are_not_kept(spends, alive):
    class Held(bytearray):
        """Bytes that can be watched."""

    held, found = [], []

    def size(block: Held) -> int:
        found.append(sum(other() is not None for other in held))
        held.append(weakref.ref(block))
        return len(block)

    known = {
        "__builtin__.len": Maker(size, spends=spends),
        "_codecs.encode": Maker(lambda text, code: Held(text.encode(code))),
    }
    assert read(pickle.dumps([Call(b"x" * 5000), Call(b"y" * 7000)], 2), **known) == [5000, 7000]
    assert found == alive


def test_shared_and_recursive_values_stay_so():
    shared: list[object] = [1]
    shared.append(shared)
    found = read(pickle.dumps([shared, shared]))
    assert found[0] is found[1]
    assert found[0][1] is found[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", "'os.system'"),
        (b"(S'true'\nios\nsystem\n.", "opcode INST"),
        (b"(cos\nsystem\nS'true'\no.", "'os.system'"),
        (b"\x80\x02\x82\x01.", "opcode EXT1"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "'os.system'"),
        (b"\x80\x04]\x8c\x01x\x93.", "asks for"),
        (b"\x80\x02K\x01)R.", "it calls a int"),
        (b"\x80\x02cok\nf\n}R.", "it calls a Maker"),
        (b"\x80\x02cok\nf\n}b.", "state of a Maker"),
        (b"\x80\x04cok\nf\n)}X\x01\x00\x00\x00aK\x01s\x92.", "keyword arguments"),
        (b"\x80\x02X\x01\x00\x00\x00aQ.", "outside data"),
        (b"\x80\x02K\x01K\x02a.", "damaged"),
        (b"\x80\x02}]K\x01s.", "list as a key"),
        (b"\x80\x02h\x05.", "damaged"),
        (b"\x80\x02R.", "damaged"),
        (b"\x80\x02t.", "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"\x80\x02K\x01", "damaged"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc.", "damaged"),
        (b"\xff\xff", "damaged"),
        (b"", "damaged"),
    ],
)
def test_refusals(data, says):
    with pytest.raises(WeightsError, match=says):
        run_pickle(io.BytesIO(data), {"ok.f": Maker(lambda *a: a)}.__getitem__)


def test_keys_are_cheap_to_hash():
    nested: tuple[object, ...] = ()
    for _ in range(200_000):
        nested = (nested,)
    with pytest.raises(TypeError):
        plain_key(nested)
    assert plain_key(("a", 1)) == ("a", 1)


BOMB = b"X\x04\x00\x00\x00AAAA" + b"2\x86" * 40
"""A text in forty nested pairs of itself: two to the forty texts if someone prints it."""


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "data",
    [
        BOMB + b"Q.",
        b"\x8c\x02os" + BOMB + b"\x93.",
        b"cnumpy\ndtype\n" + BOMB + b"\x85R.",
        b"ctorch\ndevice\n" + BOMB + b"\x85R.",
        b"ctorch._utils\n_rebuild_tensor\n(cstorage\nx\nK\x00" + 2 * (BOMB + b"\x85") + b"tR.",
    ],
)
def test_what_would_be_long_is_not_printed(data: bytes) -> None:
    known = {**TENSOR_GLOBALS, "storage.x": torch.zeros(3)}
    with pytest.raises(WeightsError) as told:
        run_pickle(io.BytesIO(b"\x80\x04" + data), known.__getitem__)
    assert len(str(told.value)) < 500
