"""Facts to PDF: PDF/A-3a and PDF/UA-1, the same bytes for the same facts on every machine.

The templates see nothing but the sheet, as JSON: what a customer is called can never become a template's code.

The sheet is handed over as a file in a folder of the process's own. As an input of the compiler it would change the
compiler's library, and with it make everything anew that papers have in common; that takes twice as long.
"""

import atexit
import hashlib
import json
import os
import shutil
import tempfile
import threading
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import psutil
import typst

from o2c import ROOT
from o2c.core import units
from o2c.invoicing.papers import customs, interest, invoices, notices, statements
from o2c.invoicing.papers.facts import CustomsPaper, InterestPaper, InvoicePaper, NoticePaper, StatementPaper

HERE = Path(__file__).parent
TEMPLATES = HERE / "typst"
FONTS = ROOT / ".build" / "fonts"
PREFIX = "o2c-papers-"
Paper = InvoicePaper | StatementPaper | NoticePaper | InterestPaper | CustomsPaper
# To be kept for ten years, and to be read aloud. Both want every letter to be in a font.
STANDARDS = ["a-3a", "ua-1"]
DRAFT_STANDARDS = ["ua-1"]  # an archive wants the document's day, which a draft may not have

_one_at_a_time = threading.Lock()


class FontsMissing(RuntimeError):
    """The fonts of papers were not copied."""


def render(paper: Paper) -> bytes:
    """The paper as a PDF. Letters that no font has appear as boxes, and the file then is a plain PDF 1.7."""
    sheet, template, on = _sheet(paper)
    try:
        return compiled(sheet, template, on=on, standards=STANDARDS if on else DRAFT_STANDARDS)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    return compiled(sheet, template, on=on, standards=["1.7"])


def pictures(paper: Paper, *, ppi: float = 110) -> list[bytes]:
    """The pages as PNG, to look at."""
    sheet, template, on = _sheet(paper)
    return compiled(sheet, template, on=on, format="png", ppi=ppi)


def compiled(sheet: dict, template: str, *, on: date | None, standards: list[str] | None = None, **how):
    how = {"format": "pdf", "pdf_standards": standards or []} | how
    # Without a day (a draft's) the file bears none: the clock's would make different bytes each time.
    created = datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    sheet = sheet | {"day": [on.year, on.month, on.day] if on else None}
    with _one_at_a_time:
        compiler, folder = _compiler(os.getpid())
        if not (folder / template).is_file():  # whoever tidies temporary folders has been here
            _compiler.cache_clear()
            compiler, folder = _compiler(os.getpid())
        file = folder / "sheet.json"
        file.write_text(json.dumps(sheet, ensure_ascii=False), encoding="utf-8")
        try:
            made = compiler.compile(
                input=str(folder / template), timestamp=created or datetime(2000, 1, 1, tzinfo=UTC), **how
            )
        finally:
            file.write_text("{}")  # a process that is killed leaves nobody's invoice behind
    return [made] if how["format"] == "png" and isinstance(made, bytes) else made


def _sheet(paper: Paper) -> tuple[dict, str, date | None]:
    if isinstance(paper, InvoicePaper):
        return invoices.sheet(paper), "invoice.typ", paper.issued_on
    if isinstance(paper, NoticePaper):
        return notices.sheet(paper), "notice.typ", paper.on
    if isinstance(paper, InterestPaper):
        return interest.sheet(paper), "interest.typ", paper.on
    if isinstance(paper, CustomsPaper):
        return customs.sheet(paper), "customs.typ", paper.on
    return statements.sheet(paper), "statement.typ", paper.as_of


@cache
def _compiler(pid: int) -> tuple[typst.Compiler, Path]:
    """The process's compiler, which keeps fonts and what it has laid out, and the folder that it reads."""
    if not any(FONTS.glob("*.ttf")):
        raise FontsMissing(f"There are no fonts in {FONTS}; `make setup` copies them.")
    _remove_folders_of_the_dead()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{pid}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for file in TEMPLATES.glob("*.typ"):
        shutil.copy(file, folder)
    # The machine's own fonts are not looked at: papers would differ between machines.
    return typst.Compiler(root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True), folder


def _remove_folders_of_the_dead() -> None:
    """A worker that ends leaves its folder behind: it does not come to what is to be done at exit."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


@cache
def template_version() -> str:
    """Changes whenever a paper of the same facts could look different; kept with each document."""
    files = [
        *sorted(TEMPLATES.glob("*.typ")),
        *sorted(HERE.glob("*.py")),
        HERE / "words.toml",
        Path(units.__file__),
    ]
    seen = hashlib.sha256(typst.__version__.encode() if hasattr(typst, "__version__") else b"")
    for file in files:
        seen.update(file.name.encode() + b"\0" + file.read_bytes())
    return seen.hexdigest()[:16]
