"""The floors of the house: imports point down only, and `collections` stays the standard library's."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from o2c import ROOT

FLOORS = ["o2c.core", "o2c.orders", "o2c.invoicing", "o2c.collections", "o2c.analytics"]
ROOF = len(FLOORS)
APPS = ["orders", "invoicing", "collections", "analytics"]
# Part of the project package, but under every floor: what the whole house is configured by.
UNDER_ALL = {"o2c", "o2c.settings", "o2c.celery"}


def floor(module: str) -> int:
    """How high a module of ours stands; what is no floor is the roof."""
    for number, name in enumerate(FLOORS):
        if module == name or module.startswith(name + "."):
            return number
    return ROOF


def modules() -> list[tuple[str, Path]]:
    found = []
    for folder in ("o2c", *APPS):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts if parts[0] == "o2c" else ("o2c", *parts))
            found.append((name.removesuffix(".__init__"), path))
    return found


def imports(source: str, module: str, is_package: bool) -> set[str]:
    """The modules that a piece of source imports, relative ones made absolute."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*up, base]).strip(".")
            # `from o2c import orders` imports o2c.orders
            names |= {f"{base}.{alias.name}" for alias in node.names} if base == "o2c" else {base}
    return names


def upward(module: str, source: str, is_package: bool = False) -> set[str]:
    return {
        name
        for name in imports(source, module, is_package)
        if name.split(".")[0] == "o2c" and name not in UNDER_ALL and name != "o2c.ROOT" and floor(name) > floor(module)
    }


def test_imports_point_down_only():
    wrong = {
        name: found
        for name, path in modules()
        if name not in UNDER_ALL and (found := upward(name, path.read_text(), path.name == "__init__.py"))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("o2c.orders.terms", "from o2c.invoicing import items", {"o2c.invoicing"}),
        ("o2c.orders.terms", "from o2c import collections", {"o2c.collections"}),
        ("o2c.core.money", "import o2c.web.pages", {"o2c.web.pages"}),
        ("o2c.invoicing.items", "def f():\n    from ..analytics import metrics", {"o2c.analytics"}),
        ("o2c.collections.dunning", "from o2c.invoicing import items\nimport collections", set()),
        ("o2c.wiring", "from o2c.analytics import jobs", set()),
    ],
)
def test_the_check_sees_what_goes_up(module, source, found):
    assert upward(module, source) == found


def test_every_app_is_looked_at():
    assert {name.split(".")[1] for name, _ in modules() if name != "o2c"} >= {*APPS, "core", "web"}


@pytest.mark.parametrize("app", APPS)
def test_app_folders_are_no_packages(app):
    assert (ROOT / app).is_dir()
    assert not (ROOT / app / "__init__.py").exists()


def test_collections_is_the_standard_librarys():
    show = "import collections; print(collections.__file__); from collections import namedtuple"
    said = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()).is_relative_to(Path(ast.__file__).parent)


def test_nobody_imports_an_app_by_its_bare_name():
    bare = {
        name: found
        for name, path in modules()
        if (
            found := {n for n in imports(path.read_text(), name, False) if n.split(".")[0] in {*APPS} - {"collections"}}
        )
    }
    assert bare == {}
