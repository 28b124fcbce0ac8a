#!/usr/bin/env python3
"""Make papers of made-up facts, as PDF and as pictures, to look at after a change of the templates.

`.venv/bin/python scripts/papers.py [--into FOLDER] [NAME …]`: into .build/papers where no folder is named, all where no
paper is.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")

from o2c.invoicing.papers.rendering import pictures, render  # noqa: E402
from tests.invoicing.papers.examples import papers  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=ROOT / ".build" / "papers", metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(papers()))
    options = parser.parse_args()
    folder = options.into
    folder.mkdir(parents=True, exist_ok=True)
    for name, paper in papers().items():
        if options.names and name not in options.names:
            continue
        (folder / f"{name}.pdf").write_bytes(render(paper))
        for place, picture in enumerate(pictures(paper), start=1):
            (folder / f"{name}-{place}.png").write_bytes(picture)
        print(name)


if __name__ == "__main__":
    main()
