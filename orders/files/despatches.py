"""Despatch advices (UBL) taken in as deliveries: by the rules of files of deliveries, which their lines become.

Each advice is a delivery or is refused, with its place; the others of the file come in.
"""

import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.imports import running
from o2c.core.models import ImportRun
from o2c.orders.documents import facts, reading
from o2c.orders.files.deliveries import DELIVERIES_OF_FILES
from o2c.orders.files.documents import Refusal
from o2c.orders.files.parties import Nobodys, seller_of
from o2c.orders.models import Carrier, LegalEntity

FORMAT = "ubl"
COLUMNS = (
    "external_id", "order", "order_line", "product", "quantity", "shipped_on", "carrier", "tracking_number",
    "gross_weight_kg", "note",
)  # fmt: skip
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Loaded:
    """What became of a file of despatch advices; `created` and the others count lines, as of other files."""

    entity: str = ""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warnings: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors_file: str | None = None
    import_run: int | None = None
    dry_run: bool = False

    def as_json(self) -> dict:
        return {"format": FORMAT} | asdict(self)


def refused_whole(refused: facts.Refused) -> dict:
    """The answer where nothing of a file is used."""
    return Loaded(refused=[Refusal(refused.where, "", refused.reason)]).as_json()


def load(
    path: Path,
    *,
    entities: Sequence[LegalEntity],
    actor: Actor,
    folder: Path,
    name: str = "",
    dry_run: bool = False,
) -> Loaded:
    """Take the despatch advices of a file in, in one transaction; `folder` keeps the errors file, `name` is what the
    file is called.

    Raises facts.Refused for a file that holds none that can be read, or advices of several legal entities.
    """
    read = reading.read_despatches(path)
    refused = [Refusal(each.where, "", each.reason) for each in read.refused]
    advices, notes, found = [], [], {}
    for each in read.despatches:
        try:
            entity = seller_of(each.seller if each.seller.name or each.seller.ids else each.shipper, entities)
        except Nobodys as why:
            refused.append(Refusal(each.where, each.number, str(why)))
            continue
        found[entity.pk] = entity
        advices.append(each)
    if len(found) != 1:
        why = refused[0] if not found else Refusal("", "", "It is of several of our legal entities: part it.")
        raise facts.Refused(why.where, why.reason)
    (entity,) = found.values()
    rows, places = _rows(advices, refused, notes)
    if not rows:
        raise facts.Refused(refused[0].where, refused[0].reason)
    with acting(actor), tempfile.TemporaryDirectory(prefix="o2c-despatch-") as place:
        lines = Path(place) / "lines.jsonl"
        lines.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
        order = running.Order(
            kind=DELIVERIES_OF_FILES, path=lines, map={"columns": {name: name for name in COLUMNS}, "source": FORMAT},
            owner=entity.code, owner_id=entity.pk, on=clock.today(entity.time_zone), folder=folder, dry_run=dry_run,
            name=name or path.name,
        )  # fmt: skip
        outcome = running.load(order, actor=actor)
        # the file that it came from, not the one that was written on the way
        ImportRun.objects.filter(pk=outcome.import_run).update(sha256=sha256(path.read_bytes()).hexdigest())
    refused += _told(outcome.errors_file, places, notes)
    counts = {name: getattr(outcome, name) for name in ("created", "updated", "unchanged", "rejected", "warnings")}
    return Loaded(
        entity.code, **counts, refused=refused, notes=notes + outcome.notes, errors_file=outcome.errors_file,
        import_run=outcome.import_run, dry_run=dry_run,
    )  # fmt: skip


def _rows(
    advices: list[facts.Despatch], refused: list[Refusal], notes: list[str]
) -> tuple[list[dict], dict[int, tuple[facts.Despatch, facts.DespatchLine]]]:
    """A row for each line of which something was sent; and by its place in the file, where it comes from."""
    carriers = {code.casefold(): code for code in Carrier.objects.values_list("code", flat=True)}
    carriers = {name.casefold(): code for name, code in Carrier.objects.values_list("name", "code")} | carriers
    rows: list[dict] = []
    places: dict[int, tuple] = {}
    seen: set[str] = set()
    for each in advices:
        sent = [line for line in each.lines if line.quantity > 0]
        if each.number in seen or not sent:
            why = "The file has another advice of this number before it." if sent else "Nothing was sent by it."
            refused.append(Refusal(each.where, each.number, why))
            continue
        seen.add(each.number)
        names = [each.carrier.name, *(number for _, number in each.carrier.ids)]
        carrier = next((carriers[name.casefold()] for name in names if name.casefold() in carriers), None)
        if carrier is None and any(names):
            notes.append(f"{each.number}: the carrier {next(filter(None, names))} is not known here; left out.")
        for line in sent:
            by_number = line.order_line.isascii() and line.order_line.isdigit()
            places[len(rows) + 1] = (each, line)
            rows.append(
                {
                    "external_id": each.number,
                    "order": line.order,
                    "order_line": line.order_line if by_number else None,
                    "product": None if by_number else next(iter(line.item.numbers), "")[:60] or None,
                    "quantity": str(line.quantity),
                    "shipped_on": (each.shipped_on or each.issued_on).isoformat(),
                    "carrier": carrier,
                    "tracking_number": each.tracking_number,
                    "gross_weight_kg": None if each.gross_weight is None else str(round(each.gross_weight, 6)),
                    "note": " ".join(each.note.split())[:LONGEST_NOTE],
                }
            )
    return rows, places


def _told(errors_file: str | None, places: dict, notes: list[str]) -> list[Refusal]:
    """What was found at the rows, at the lines of the documents: why they are refused; warnings become notes."""
    if errors_file is None:
        return []
    found: dict[str, Refusal] = {}
    with open(errors_file, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            advice, line = places[int(row["line"])]
            what = f"{row['column']} {row['value']}".strip().replace("_", " ")
            if row["severity"] == "warning":
                notes.append(f"{advice.number}, {line.where}: {what} {row['reason']}.")
            elif row["column"]:
                found.setdefault(advice.number, Refusal(line.where, advice.number, f"{what} {row['reason']}."))
    return list(found.values())
