# SPDX-License-Identifier: Apache-2.0
"""The package is what the folders say: its list of packages, the direction of its imports, its wheel, its lock."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import chipgauge

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("specs", "calc", "reports")
"""From the ground up: each may import those before it."""
LOCKS = ("requirements.lock", "requirements-dev.lock")
LAZY = re.compile(r"chipgauge(\.\w+)+(:\w+)?")
"""What a lazy import is given: chipgauge.calc.compare or chipgauge.calc.compare:compare."""
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def our_files() -> list[str]:
    """Paths of the files that are tracked, or new and not ignored; without git, of those that are not made by a tool."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = shutil.which("git") and subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if git and git.returncode == 0 and git.stdout:
        names = set(git.stdout.split("\0")) - {""}
        return sorted(name for name in names if (ROOT / name).is_file())
    made = re.compile(
        r"(^|/)(\.git|\.venv|node_modules|build|dist|__pycache__|\.[a-z]+_cache|[^/]+\.egg-info)(/|$)|\.pyc$"
    )
    names = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
    return sorted(name for name in names if not made.search(name))


FILES = our_files()
SOURCES = [name for name in FILES if name.endswith(".py")]
LAYER_SOURCES = [name for name in SOURCES if name.partition("/")[0] in LAYERS]


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything a module imports, also inside functions and for type checkers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Constant) and LAZY.fullmatch(str(node.value)):
            yield node.lineno, str(node.value).replace(":", ".")


def upward_imports(layer: str, source: str) -> list[str]:
    """Say which imports of a module of `layer` reach up: to a higher layer, or to the root package, the roof."""
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    problems: list[str] = []
    for line, name in imported(ast.parse(source)):
        first, *rest = name.split(".")
        if first == "chipgauge" and not (rest and (rest[0] in allowed or rest[0] == "__version__")):
            problems.append(f"line {line}: {layer}/ may not import {name}")
        if name.startswith("."):
            problems.append(f"line {line}: write absolute imports, not {name}")
    return problems


def side_effects(source: str) -> list[str]:
    """Say where a module of calc/ opens a file, prints or asks."""
    problems: list[str] = []
    for line, name in imported(ast.parse(source)):
        if name.split(".")[0] in ("click", "jinja2", "shutil", "subprocess", "tempfile"):
            problems.append(f"line {line}: import of {name}")
    files = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "to_csv", "savetxt", "loadtxt"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and node.id in ("open", "print", "input"):
            problems.append(f"line {node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in files:
            problems.append(f"line {node.lineno}: .{node.attr}")
    return problems


# --- the list of packages ---


def test_every_package_folder_is_listed() -> None:
    folders = {Path(name).parent for name in LAYER_SOURCES}
    found = {"chipgauge", *("chipgauge." + ".".join(folder.parts) for folder in folders)}
    assert found == set(SETTINGS["tool"]["setuptools"]["packages"]), "pyproject.toml, [tool.setuptools] packages"


def test_every_package_folder_has_an_init() -> None:
    folders = {Path(name).parent for name in LAYER_SOURCES}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_type_checkers_find_the_folder_through_a_link(layer: str) -> None:
    link = ROOT / ".package" / "chipgauge" / layer
    assert link.is_symlink() and link.readlink().as_posix() == f"../../{layer}"


# --- the direction of imports ---


@pytest.mark.parametrize("name", LAYER_SOURCES)
def test_imports_run_downwards_only(name: str) -> None:
    assert upward_imports(name.partition("/")[0], (ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", [name for name in LAYER_SOURCES if name.startswith("calc/")])
def test_calc_opens_no_file_and_prints_nothing(name: str) -> None:
    assert side_effects((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("layer", "line", "caught"),
    [
        ("specs", "from chipgauge.calc import metrics", True),
        ("specs", "from chipgauge import reports", True),
        ("specs", "import chipgauge", True),
        ("specs", "from chipgauge import Figure", True),
        ("specs", "from . import units", True),
        ("specs", "import_module('chipgauge.calc.metrics')", True),
        ("specs", "from chipgauge.specs import units", False),
        ("specs", "from chipgauge import __version__", False),
        ("calc", "def f():\n    import chipgauge.reports.cli", True),
        ("calc", "from chipgauge.specs.figure import Figure", False),
        ("reports", "from chipgauge.calc import compare", False),
    ],
)
def test_the_import_test_catches(layer: str, line: str, caught: bool) -> None:
    assert bool(upward_imports(layer, line)) is caught


@pytest.mark.parametrize(
    "line", ["print(1)", "open('a')", "path.read_text()", "import click", "from click import echo"]
)
def test_the_side_effect_test_catches(line: str) -> None:
    assert side_effects(line)


# --- the wheel ---


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of our files, so that no earlier build can leak into it."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in FILES:
        target = folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "source"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_exactly_our_files(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    expected = {f"chipgauge/{name}" for name in FILES if name.partition("/")[0] in LAYERS}
    expected |= {f"chipgauge/{name}" for name in ("__init__.py", "__main__.py", "api.py", "py.typed")}
    assert sorted(inside - expected) == [], "in the wheel, but not ours"
    assert sorted(expected - inside) == [], "not in the wheel: name it in [tool.setuptools.package-data], or move it"


def test_the_wheel_carries_licences_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        extra = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        metadata = archive.read(extra["METADATA"]).decode()
        commands = archive.read(extra["entry_points.txt"]).decode()
    assert {"LICENSE", "NOTICE", "DATA-LICENSES.md", "LICENSES/CC-BY-4.0.txt"} <= {
        name.removeprefix("licenses/") for name in extra
    }
    assert "License-Expression: Apache-2.0 AND CC-BY-4.0" in metadata
    assert "chipgauge = chipgauge.__main__:main" in commands


# --- the lock, the version, the headers ---


def locked() -> dict[str, str]:
    lines = [line for name in LOCKS for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
    return {line.partition("==")[0].lower().replace("_", "-"): line.partition("==")[2] for line in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_is_exact_and_names_no_host(name: str) -> None:
    plain = re.compile(r"#.*|-r requirements\.lock|[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*")
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line and not plain.fullmatch(line)] == []
    assert "//" not in text and "@" not in text


def test_the_lock_of_node_tools_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text and "://" not in text


def test_the_lock_satisfies_what_we_ask_for() -> None:
    project = SETTINGS["project"]
    lines = [*project["dependencies"], *SETTINGS["build-system"]["requires"]]
    lines += [line for group in project["optional-dependencies"].values() for line in group]
    pins = locked()
    for requirement in map(Requirement, lines):
        if requirement.name != "chipgauge":
            pin = pins.get(requirement.name.lower(), "nothing")
            assert pin != "nothing" and requirement.specifier.contains(pin), f"{requirement}, locked: {pin}; make lock"


def test_one_version() -> None:
    installed = importlib.metadata.version("chipgauge")
    assert installed == chipgauge.__version__, "the installed metadata is old: make venv"
    assert f"\n## {installed}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SOURCES)
def test_licence_header(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    header = text.removeprefix("#!/usr/bin/env python3\n")
    assert not text or header.startswith("# SPDX-License-Identifier: Apache-2.0\n")


# --- the public names ---


def test_public_names_agree_and_resolve() -> None:
    source = ROOT / ".package" / "chipgauge" / "__init__.py"
    seen_by_checkers: dict[str, str] = {}
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chipgauge."):
            seen_by_checkers |= {alias.asname or alias.name: f"{node.module}:{alias.name}" for alias in node.names}
    assert seen_by_checkers == chipgauge._PUBLIC  # pyright: ignore[reportPrivateUsage]
    assert sorted(chipgauge.__all__) == sorted([*chipgauge._PUBLIC, "__version__"])  # pyright: ignore[reportPrivateUsage]
    assert [name for name in chipgauge.__all__ if getattr(chipgauge, name) is None] == []
    assert set(chipgauge.__all__) <= set(dir(chipgauge))


def test_a_wrong_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'figure_of_speech'"):
        _ = chipgauge.figure_of_speech  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_the_root_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import chipgauge; "
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('__editable__')))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stdout.split() == ["chipgauge"]
