"""The page about security names every requirement once, and only tests that are there."""

import ast
import re

from o2c import ROOT

PAGE = ROOT / "docs" / "security.md"
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; within a section they come first.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def rows() -> list[list[str]]:
    lines = PAGE.read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)]


def named(cell: str) -> list[str]:
    """ "1.2.1, 1.3.6–1.3.8" → each of them."""
    found = []
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        section, _, number = first.rpartition(".")
        assert not last or last.startswith(f"{section}."), part
        to = int(last.rpartition(".")[2]) if last else int(number)
        found += [f"{section}.{each}" for each in range(int(number), to + 1)]
    return found


def test_every_requirement_is_there_once():
    wanted = [f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)]
    assert len(wanted) == 253
    assert sorted(each for row in rows() for each in named(row[0])) == sorted(wanted)


def test_every_row_says_how_it_is_met_or_why_not():
    assert [row[0] for row in rows() if len(row) != 3 or not row[1]] == []


def test_every_named_test_is_there():
    known = {}
    missing = []
    for name in re.findall(r"`(tests/[^`]+)`", PAGE.read_text()):
        path, _, function = name.partition("::")
        if path not in known:
            there = (ROOT / path).is_file()
            tree = ast.parse((ROOT / path).read_text()) if there else ast.Module([], [])
            known[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} if there else None
        if known[path] is None or (function and function not in known[path]):
            missing.append(name)
    assert missing == []
    assert len(known) > 20


def test_what_is_named_is_read_as_meant():
    assert named("6.2.1, 6.2.4") == ["6.2.1", "6.2.4"]
    assert named("10.4.9–10.4.11, 10.6.1") == ["10.4.9", "10.4.10", "10.4.11", "10.6.1"]
