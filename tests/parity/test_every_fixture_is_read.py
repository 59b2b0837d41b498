"""No fixture of the originals may lie unread: each has a parity test that takes it as a parameter.

Judged by what the tests of this folder are parametrised with, all their modules being imported
here, so that it does not matter which tests run, in which process or in which order.
"""

import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.parity.fixtures import FOLDER, files, found

WAITING = ("asyrp_", "ebs_")
"""Kinds whose networks are not part of the package yet."""
IDLE = {"skip", "skipif", "xfail"}
"""Marks of tests and cases that may pass without looking."""
MODULES = [
    importlib.import_module(f"tests.parity.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
]
"""All other tests of this folder."""


def fixtures(folder: Path) -> set[Path]:
    """The fixtures and key lists of a folder."""
    return found("*.safetensors", "*_keys*.json", folder=folder)


def marks(of: Any) -> list[pytest.Mark]:
    """The marks of a module, a test or a case, which may be one or several."""
    several = of if isinstance(of, list | tuple) else [of]
    return [mark.mark if isinstance(mark, pytest.MarkDecorator) else mark for mark in several]


def idle(found: Iterable[pytest.Mark]) -> bool:
    """Whether one of the marks lets a test pass unseen."""
    return any(mark.name in IDLE for mark in found)


def cases(module: ModuleType) -> Iterator[Any]:
    """Every value that some test of a module takes as a parameter."""
    if idle(marks(getattr(module, "pytestmark", []))):
        return
    for name, test in vars(module).items():
        found = marks(getattr(test, "pytestmark", []))
        if not name.startswith("test") or not callable(test) or idle(found):
            continue
        for mark in found:
            if mark.name != "parametrize":
                continue
            for case in mark.args[1]:
                if not isinstance(case, type(pytest.param())):
                    yield from case if isinstance(case, tuple | list) else [case]
                elif not idle(marks(case.marks)):
                    yield from case.values


def read_by(values: Iterable[Any], folder: Path) -> set[Path]:
    """The fixtures that are among some values, whole or, for key lists, as all of their entries."""
    values = list(values)
    whole = {value for value in values if isinstance(value, Path)}
    names = {value for value in values if isinstance(value, str)}
    lists = {path for path in fixtures(folder) - whole if path.suffix == ".json"}
    return whole | {path for path in lists if json.loads(path.read_text()).keys() <= names}


def test_every_fixture_is_read() -> None:
    present = fixtures(FOLDER)
    if not present:
        pytest.skip(f"no fixtures in {FOLDER} (EMOSTYLE_PARITY)")
    values = [value for module in MODULES for value in cases(module)]
    unread = present - read_by(values, FOLDER)
    missed = sorted(path.name for path in unread if not path.name.startswith(WAITING))
    assert not missed, f"no parity test takes {missed}"
    for prefix in WAITING:
        of_kind = {path for path in present if path.name.startswith(prefix)}
        assert not of_kind or of_kind & unread, f"'{prefix}' waits no longer; strike it off WAITING"


def _module(**members: Any) -> ModuleType:
    module = ModuleType("test_some")
    vars(module).update(members)
    return module


def _test_of(*values: Any) -> Any:
    @pytest.mark.parametrize("path", values)
    def test(path: Path) -> None:
        del path

    return test


def test_only_parameters_of_tests_count(tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.safetensors" for name in ("one", "two", "three"))
    for path in (one, two, three):
        path.touch()
    module = _module(
        LISTED=[one],
        helper=_test_of(two),
        test_skipped=pytest.mark.skip(reason="x")(_test_of(two)),
        test_case_skipped=_test_of(pytest.param(two, marks=pytest.mark.xfail)),
        test_three=_test_of(pytest.param(three, id="3")),
    )
    assert read_by(cases(module), tmp_path) == {three}
    for mark in (pytest.mark.skip, [pytest.mark.skip(reason="x")]):
        whole = _module(pytestmark=mark, test_three=_test_of(three))
        assert read_by(cases(whole), tmp_path) == set()


def test_a_key_list_counts_when_all_of_its_entries_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "some_keys.json"
    path.write_text('{"small": {}, "large": {}}')
    taken = pytest.mark.parametrize(("name", "keys"), [("small", {}), pytest.param("large", {})])

    @taken
    def test(name: str, keys: dict[str, Any]) -> None:
        del name, keys

    assert read_by(cases(_module(test_keys=test)), tmp_path) == {path}
    assert read_by(cases(_module(test_keys=_test_of("small"))), tmp_path) == set()


def test_absent_kinds_are_skipped_and_name_no_file() -> None:
    (case,) = files("no_such_kind_*.safetensors")
    assert not list(cases(_module(test_none=_test_of(case))))
