"""The benchmarks are alive: they run on a small book and print. How fast is judged by `make bench` alone."""

import os
import subprocess
import sys

import pytest

from bench.__main__ import names
from bench.book import SMALL, Book
from bench.report import Line, Report
from o2c import ROOT


def report(**options) -> Report:
    return Report(SMALL, **options)


def test_a_value_at_its_limit_is_kept_and_one_over_it_is_not():
    assert Line("a", 2.0, "x", at_most=2.0).kept
    assert not Line("a", 2.01, "x", at_most=2.0).kept
    assert Line("a", 99.0, "s").kept


def test_a_broken_limit_or_a_failed_benchmark_breaks_the_run():
    kept = report()
    kept.limit("pages", 3, "queries", at_most=12)
    kept.fact("pages", 10**6, "rows")
    assert kept.kept
    kept.limit("pages", 13, "queries", at_most=12)
    assert not kept.kept
    failed = report()
    failed.failed.append("dunning")
    assert not failed.kept


def test_a_small_book_judges_no_limit_but_a_failure():
    small = report(small=True)
    small.limit("pages", 13, "queries", at_most=12)
    assert small.kept
    small.failed.append("dunning")
    assert not small.kept


def test_counts_shrink_with_the_book():
    assert report().scaled(200_000) == 1_000
    assert report().scaled(10) == 1
    assert report().scaled(1_000, least=50) == 50
    assert Report(Book()).scaled(200_000) == 200_000


def test_a_ratio_times_both_in_turn_and_prepares_each_time():
    calls = []
    measured = report()
    value = measured.ratio(
        "turns",
        ours=lambda: calls.append("ours"),
        plain=lambda: calls.append("plain"),
        before=lambda: calls.append("before"),
        at_most=1e9,
        repeat=2,
    )
    assert calls == ["before", "plain", "before", "ours", "before", "ours", "before", "plain"]
    assert value > 0
    assert [line.unit for line in measured.lines] == ["x"]


def test_a_ratio_says_how_many_times_slower_we_are():
    import time

    value = report().ratio("slower", ours=lambda: time.sleep(0.06), plain=lambda: time.sleep(0.02), at_most=9, repeat=2)
    assert 2 < value < 5


@pytest.fixture(scope="module")
def small_run(services):
    """`python -m bench --small` in an instance of its own beside the tests', stopped again afterwards."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"O2C_RUN_DIR": str(services.instance.run / "bench"), "O2C_SCRATCH": "1"}
    command = [sys.executable, "-m", "bench", "--small"]
    try:
        yield subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    finally:
        subprocess.run([sys.executable, "manage.py", "services", "down"], cwd=ROOT, env=environment, check=True)


def test_every_benchmark_runs_on_a_small_book_and_prints(small_run):
    assert small_run.returncode == 0, f"{small_run.stdout}\n{small_run.stderr}"
    assert "PostgreSQL 18" in small_run.stdout
    assert "5,000 open items of 400 customers" in small_run.stdout
    assert "FAILED" not in small_run.stdout
    for name in names():
        assert f"\n{name}: " in small_run.stdout
