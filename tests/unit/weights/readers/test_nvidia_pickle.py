"""NVIDIA's pickles: rebuilt as data, never run."""

import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

from emostyle.errors import WeightsError
from emostyle.weights.readers.nvidia_pickle import read_nvidia_pickle


def typed(values: torch.Tensor) -> torch.storage.TypedStorage:
    storage = values.untyped_storage()
    return torch.storage.TypedStorage(wrap_storage=storage, dtype=values.dtype, _internal=True)


def storage_bytes(values: torch.Tensor) -> bytes:
    stream = io.BytesIO()
    torch.save(typed(values), stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_tensors_arguments_and_shapes_come_back(nvidia, canary, same_state, protocol):
    network = nvidia.network()
    found = read_nvidia_pickle(nvidia.write(nvidia.content(network), protocol))
    assert not canary.sings
    assert found["training_set_kwargs"]["resolution"] == 16
    assert found["D"] is None
    record = found["G_ema"]
    assert record.class_name == "Generator"
    assert record.module_src == canary.statement
    assert record.init_args == (4,)
    assert record.init_kwargs == {"mapping_kwargs": {"num_layers": 2}}
    assert record.state["num_ws"] == 8
    same_state(record.state_dict(), network.state_dict())
    assert list(record.modules()) == ["", "mapping", "synthesis"]
    synthesis = record.modules()["synthesis"].state
    assert synthesis["size"].tolist() == [16, 16]
    assert (synthesis["cutoff"], synthesis["gain"]) == (2.5, 0.5)
    np.testing.assert_array_equal(synthesis["grid"], network.synthesis.grid)
    assert synthesis["shape"] == (1, 2)
    assert synthesis["kind"] == torch.float16


def test_the_source_would_run_under_the_usual_loader(nvidia, canary):
    path = nvidia.write(nvidia.content(nvidia.network()))
    pickle.loads(path.read_bytes())
    assert canary.sings


def test_names_of_older_numpy_are_known(nvidia):
    path = nvidia.write(nvidia.content(nvidia.network()), protocol=3)
    data = path.read_bytes()
    assert b"numpy._core.multiarray" in data
    path.write_bytes(data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    sizes = read_nvidia_pickle(path)["G_ema"].modules()["synthesis"].state["size"]
    assert sizes.tolist() == [16, 16]


@pytest.mark.parametrize("protocol", [3, 4])
def test_attacks_are_refused_by_name(nvidia, canary, protocol):
    for name, attack in canary.attacks().items():
        network = nvidia.network()
        network.synthesis.extra = attack
        path = nvidia.write(nvidia.content(network), protocol)
        asked = "builtins.exec|__builtin__.exec" if "_load_from_bytes" in name else name
        with pytest.raises(WeightsError, match=f"asks for '({asked})'.*nothing in it was run"):
            read_nvidia_pickle(path)
        assert not canary.sings, name


def test_the_attacks_are_real(canary):
    for name, attack in canary.attacks().items():
        pickle.loads(pickle.dumps(attack))
        assert canary.sings, name
        canary.path.unlink()


def tensor(call, storage, size, stride, offset=0):
    rebuild = torch._utils._rebuild_tensor_v2
    return call(rebuild, storage, offset, size, stride, False, OrderedDict())


def test_lies_about_sizes_are_refused(nvidia, call):
    honest = storage_bytes(torch.arange(4.0))
    load = torch.storage._load_from_bytes
    storage = call(load, honest)
    longer = honest.replace(b"K\x04N", b"K\x7fN")
    assert longer != honest
    count = honest[:-24] + (9).to_bytes(8, "little") + honest[-16:]
    array = np.arange(3)
    function, arguments, state = array.__reduce__()
    lies = {
        "does not fit": tensor(call, storage, (5,), (1,)),
        "does not fit into": tensor(call, storage, (10**12,), (0,)),
        "fit into its storage": tensor(call, storage, (2, 2), (2, 1), 1),
        "offset -1": tensor(call, storage, (2,), (1,), -1),
        "announces 508 bytes and holds": tensor(call, call(load, longer), (4,), (1,)),
        "announces 16 bytes": tensor(call, call(load, count), (4,), (1,)),
        "holds 12": tensor(call, call(load, honest[:-4]), (4,), (1,)),
        "plain number type": call(np.dtype, "O8"),
        "is damaged": call(load, b"\x80\x02]q"),
    }
    for says, lie in lies.items():
        path = nvidia.write(nvidia.content(nvidia.network(), lie=lie))
        with pytest.raises(WeightsError, match=says):
            read_nvidia_pickle(path)
    assert state[1] == (3,)
    path = nvidia.write(nvidia.content(nvidia.network(), lie=array))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"K\x03\x85", b"K\x7f\x85"))
    with pytest.raises(WeightsError, match="was refused"):
        read_nvidia_pickle(path)


def test_other_versions_and_contents_are_refused(nvidia):
    good = pickle.dumps(nvidia.content(nvidia.network()))
    path = nvidia.folder / "other.pkl"
    path.write_bytes(good.replace(b"version\x94K\x06", b"version\x94K\x05"))
    with pytest.raises(WeightsError, match="class record of version 6"):
        read_nvidia_pickle(path)
    path.write_bytes(good[:-30])
    with pytest.raises(WeightsError, match="damaged"):
        read_nvidia_pickle(path)
    path.write_bytes(pickle.dumps(["torch_utils.persistence", "_reconstruct_persistent_obj"]))
    with pytest.raises(WeightsError, match="not a dictionary of networks"):
        read_nvidia_pickle(path)


def test_modules_that_contain_themselves_end(nvidia):
    record = read_nvidia_pickle(nvidia.write(nvidia.content(nvidia.network())))["G_ema"]
    record.state["_modules"]["mapping"] = record
    with pytest.raises(WeightsError, match="without end"):
        record.state_dict()


def test_a_wrong_entry_is_named(nvidia):
    record = read_nvidia_pickle(nvidia.write(nvidia.content(nvidia.network())))["G_ema"]
    record.state["_buffers"]["w"] = 3
    with pytest.raises(WeightsError, match="'w' of Generator is a int"):
        record.state_dict()
