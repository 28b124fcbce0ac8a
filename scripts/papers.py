#!/usr/bin/env python3
"""Make papers of made-up facts, as PDF and as pictures, to look at after a change of the templates.

`.venv/bin/python scripts/papers.py [folder] [name …]`: without a folder into .build/papers; all where none is named.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")

from o2c.invoicing.papers.rendering import pictures, render  # noqa: E402
from tests.invoicing.papers.examples import papers  # noqa: E402


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else ROOT / ".build" / "papers"
    folder.mkdir(parents=True, exist_ok=True)
    for name, paper in papers().items():
        if arguments[1:] and name not in arguments[1:]:
            continue
        (folder / f"{name}.pdf").write_bytes(render(paper))
        for place, picture in enumerate(pictures(paper), start=1):
            (folder / f"{name}-{place}.png").write_bytes(picture)
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
