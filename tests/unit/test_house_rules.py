"""The rules of the house, counted."""

import ast
import re
import statistics
import subprocess
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("emostyle", "datamodules")
MIB = 2**20


@cache
def sources() -> tuple[Path, ...]:
    """Python files of the packages and the scripts at the root."""
    inside = [path for package in PACKAGES for path in (REPO / package).rglob("*.py")]
    return tuple(
        sorted(inside + list(REPO.glob("*.py")) + list((REPO / "benchmarks").glob("*.py")))
    )


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def where(path: Path, node: ast.AST | None = None) -> str:
    """`file:line` for a message."""
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(REPO)}{line}"


def line_count(path: Path) -> int:
    """Lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def in_package(path: Path) -> bool:
    """True for files of the two packages (not scripts)."""
    return path.relative_to(REPO).parts[0] in PACKAGES


def tracked() -> list[Path]:
    """Files under version control; skips where this is not a checkout."""
    listing = subprocess.run(
        ["git", "-C", str(REPO), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    names = (name for name in listing.stdout.split("\0") if name)
    return [path for path in map(REPO.joinpath, names) if path.is_file()]


def test_files_are_short() -> None:
    """Median at most 150 lines, none over 400."""
    lengths = {path: line_count(path) for path in sources() if line_count(path)}
    too_long = {where(path): lines for path, lines in lengths.items() if lines > 400}
    assert not too_long, f"over 400 lines: {too_long}"
    assert statistics.median(lengths.values()) <= 150


def test_tests_are_short() -> None:
    """The same limit for the tests."""
    too_long = [where(path) for path in (REPO / "tests").rglob("*.py") if line_count(path) > 400]
    assert not too_long


def test_lightning_modules_are_thin() -> None:
    """A class that derives from LightningModule has at most 120 lines."""
    fat = [
        f"{where(path, node)} {node.name}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any("LightningModule" in ast.unparse(base) for base in node.bases)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > 120
    ]
    assert not fat


def test_no_assert_for_users() -> None:
    """User mistakes raise EmoStyleError; `assert` vanishes under -O."""
    found = [
        where(path, node)
        for path in sources()
        if in_package(path)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
    ]
    assert not found


def _faults(path: Path) -> list[str]:
    """Silent fallbacks, device literals and unsafe loads of one file."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{where(path, node)} bare except")
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.endswith(".cuda"):
                found.append(f"{where(path, node)} .cuda(")
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if off and keyword.arg == "weights_only":
                    found.append(f"{where(path, node)} weights_only=False")
                if off and keyword.arg == "strict" and name != "zip":
                    found.append(f"{where(path, node)} strict=False")
            if name.split(".")[-1] in {"load", "loads"} and name.startswith("pickle"):
                found.append(f"{where(path, node)} pickle")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.fullmatch(r"cuda(:\d+)?|mps", node.value):
                found.append(f"{where(path, node)} device literal {node.value!r}")
    return found


def test_no_silent_fallback_and_no_device_literal() -> None:
    """No bare except, strict=False, weights_only=False, pickle, .cuda() or "cuda"."""
    found = [fault for path in sources() if in_package(path) for fault in _faults(path)]
    assert not found


FORBIDDEN_WORDS = (
    re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
    re.compile(r"\bNotImplementedError\b"),
    re.compile(r"/work/|/home/\w|/root/"),
)


def test_nothing_left_undone_and_no_private_paths() -> None:
    """No reminders, no stubs, no paths of one machine."""
    suffixes = {".py", ".yaml", ".md", ".cfg", ".toml", ".sh"}
    places = [*PACKAGES, "configs", "benchmarks", "docs"]
    files = [path for place in places for path in (REPO / place).rglob("*")]
    files += [path for path in REPO.iterdir() if path.is_file()]
    found = []
    for path in files:
        if path.suffix in suffixes and path.name != "esc10_attribution.md":
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if any(word.search(line) for word in FORBIDDEN_WORDS):
                    found.append(f"{where(path)}:{number} {line.strip()[:80]}")
    assert not found


def _public_definitions(
    body: list[ast.stmt],
) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes of a body, and the public methods of those classes."""
    found: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("_"):
                found.append(node)
                if isinstance(node, ast.ClassDef):
                    found += _public_definitions(node.body)
    return found


def _overrides(node: ast.AST) -> bool:
    """Methods whose meaning the base class documents (torch, Lightning)."""
    names = r"forward|(training|validation|test|predict)_step|configure_\w+|on_\w+|setup|teardown"
    return bool(re.fullmatch(rf"{names}|prepare_data|\w+_dataloader", getattr(node, "name", "")))


def test_public_names_are_documented() -> None:
    """Every public function and class has a docstring."""
    silent = [
        f"{where(path, node)} {node.name}"
        for path in sources()
        for node in _public_definitions(tree(path).body)
        if not ast.get_docstring(node) and not _overrides(node)
    ]
    assert not silent


def test_public_functions_are_annotated() -> None:
    """Every argument and return value of a public function has a type."""
    bare = []
    for path in sources():
        for node in _public_definitions(tree(path).body):
            if isinstance(node, ast.ClassDef):
                continue
            spec = node.args
            arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
            typed = all(a is None or a.annotation or a.arg in {"self", "cls"} for a in arguments)
            if not typed or node.returns is None:
                bare.append(f"{where(path, node)} {node.name}")
    assert not bare


def test_no_postponed_annotations() -> None:
    """Shape annotations are checked at run time, so they are not postponed."""
    found = [
        where(path, node)
        for path in sources()
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert not found


def test_every_module_says_what_it_holds() -> None:
    """Modules with code start with a docstring."""
    silent = [
        where(path) for path in sources() if tree(path).body and not ast.get_docstring(tree(path))
    ]
    assert not silent


def test_the_map_lists_the_rooms() -> None:
    """The sub-packages are those of the map in the package's docstring, in its order of rooms."""
    doc = ast.get_docstring(tree(REPO / "emostyle" / "__init__.py")) or ""
    listed = re.findall(r"^ {4}(\w+)/ ", doc, flags=re.MULTILINE)
    rooms = {path.parent.name for path in (REPO / "emostyle").glob("*/__init__.py")}
    assert set(listed) == rooms
    order = re.findall(r"^ {4}\((\w+)\)$", (REPO / "setup.cfg").read_text(), flags=re.MULTILINE)
    contract = [room for room in reversed(order) if room in rooms]
    assert listed == contract


def test_public_api_is_small() -> None:
    """At most twelve names in the package's __all__."""
    for node in tree(REPO / "emostyle" / "__init__.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            assert len(ast.literal_eval(node.value)) <= 12
            return
    pytest.fail("emostyle/__init__.py has no literal __all__")


def test_no_junk_under_version_control() -> None:
    """No notebooks, byte code, archives or files over 16 MiB."""
    junk = {".ipynb", ".pyc", ".zip", ".gz", ".tar", ".ckpt", ".pkl", ".pt", ".pth"}
    files = tracked()
    assert not [where(path) for path in files if path.suffix in junk or path.name == ".DS_Store"]
    assert not [where(path) for path in files if path.stat().st_size > 16 * MIB]


def test_bundled_weights_have_cards() -> None:
    """Each bundled file has a card beside it; together they stay under 80 MB."""
    bundled = REPO / "emostyle" / "weights" / "bundled"
    files = sorted(bundled.glob("*.safetensors"))
    assert not [where(path) for path in files if not path.with_suffix(".md").is_file()]
    assert sum(path.stat().st_size for path in files) <= 80_000_000
