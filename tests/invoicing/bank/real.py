"""The real files of banks that lie beside the project, which nobody here wrote. None of them is committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from o2c import ROOT

FILES = Path(os.environ.get("O2C_DATA") or ROOT.parent / "shared" / "data") / "bank"

needs_files = pytest.mark.skipif(not FILES.is_dir(), reason=f"{FILES} is not there; set O2C_DATA to the real files")


def names() -> list[str]:
    return sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())
