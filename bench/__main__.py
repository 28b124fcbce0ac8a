"""`python -m bench [name …] [--small]`: run the benchmarks and print one table. Exit code 1 where a limit is broken."""

import argparse
import importlib
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
FRAME = {"__init__", "__main__", "bank", "book", "report", "sink"}


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in FRAME)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"Which: {', '.join(names())}; all where none is named.")
    parser.add_argument("--small", action="store_true", help="A book of 5,000 items; limits are shown, not judged.")
    parser.add_argument("--only-book", action="store_true", help="Make the book and stop.")
    options = parser.parse_args(arguments)
    unknown = set(options.name) - set(names())
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}")

    # An instance of its own, as durable as production: O2C_SCRATCH would flatter us where we judge.
    os.environ.setdefault("O2C_RUN_DIR", str(HERE.parent / ".run" / "bench"))
    os.environ.setdefault("O2C_HASHED_STATIC", "0")
    os.environ.setdefault("O2C_LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")
    if not options.small:
        os.environ.pop("O2C_SCRATCH", None)
    from o2c.core.services import Instance
    from o2c.core.services.commands import Servers, say
    from o2c.core.services.processes import locked

    Servers(Instance.of()).up(say)
    # One run at a time in an instance: it drops and makes its databases.
    with locked(Instance.of().run / "bench.lock"):
        return run(options)


def run(options: argparse.Namespace) -> int:
    import django

    from bench import book

    django.setup()
    from bench.report import Report

    size = book.SMALL if options.small else book.Book()
    modules = {name: importlib.import_module(f"bench.{name}") for name in options.name or names()}
    on_book = {name for name, module in modules.items() if getattr(module, "BOOK", True)}
    if on_book or options.only_book:
        book.ensure(size)
    if options.only_book:
        return 0
    report = Report(size, small=options.small)
    for name, module in modules.items():
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0] if module.__doc__ else ''}", flush=True)
        if name in on_book:
            book.restore(size)
        try:
            module.measure(report)
        except Exception:
            traceback.print_exc()
            report.failed.append(name)
    print(f"\n{report.table()}", flush=True)
    return 0 if report.kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
