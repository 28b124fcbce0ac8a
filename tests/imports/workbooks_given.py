"""Workbooks as tests need them, good and malicious: written part by part, so that nothing puts them right."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
# Style 1 shows a day, 2 a time of day, 3 a day in a format of its own, 4 an amount that is red where negative.
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="#,##0.00;[Red]-#,##0.00"/></numFmts>'
    '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/></cellXfs></styleSheet>'
)
DAY, TIME, OWN_DAY, AMOUNT = 1, 2, 3, 4
HIDDEN = ' state="hidden"'


def cell(value, reference: str = "", style: int = 0, formula: str = "") -> str:
    """A cell as Excel writes it; text goes inline, a day as its number."""
    at = f' r="{reference}"' if reference else ""
    shown = f"<f>{escape(formula)}</f>" if formula else ""
    if value is None:
        return f"<c{at}>{shown}</c>"
    if isinstance(value, date):
        return f'<c{at} s="{style or DAY}">{shown}<v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f'<c{at} s="{style}">{shown}<v>{value}</v></c>'
    if isinstance(value, bool):
        return f'<c{at} t="b">{shown}<v>{int(value)}</v></c>'
    if formula:
        return f'<c{at} t="str">{shown}<v>{escape(value)}</v></c>'
    return f'<c{at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def row(number: int, *values) -> str:
    """A row; a value that is XML already stays as it is."""
    cells = [value if isinstance(value, str) and value.startswith("<c") else cell(value) for value in values]
    return f'<row r="{number}">{"".join(cells)}</row>'


def sheet(*rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>"


def table(*rows) -> str:
    """A sheet of plain rows from row 1 on."""
    return sheet(*(row(number, *values) for number, values in enumerate(rows, start=1)))


def workbook(
    sheets: dict[str, str], *, early: bool = False, hidden: tuple[str, ...] = (), **parts: str | bytes
) -> bytes:
    """A workbook of such sheets; `parts` are added to it or take the place of those it has (`xl__styles_xml`)."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{place}"{HIDDEN if name in hidden else ""} r:id="rId{place}"/>'
        for place, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{place}" Type="{RELATION}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, len(names) + 1)
    )
    content: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships {PACKAGE}><Relationship Id="rId1" Type="{RELATION}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATION}"><workbookPr date1904="{int(early)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships {PACKAGE}>{related}"
        f'<Relationship Id="s" Type="{RELATION}/styles" Target="styles.xml"/>'
        f'<Relationship Id="t" Type="{RELATION}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
    }
    for place, name in enumerate(names, start=1):
        content[f"xl/worksheets/sheet{place}.xml"] = sheets[name]
    for name, part in parts.items():
        content[name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin")] = part
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return file.getvalue()
