"""Keeping remittance advice: each once, whatever files bring it, with the file it came in."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from o2c.core import documents, locks, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import LARGEST_AMOUNT, plain
from o2c.invoicing.matching import texts
from o2c.invoicing.models import AdviceLine, BankAccount, RemittanceAdvice
from o2c.invoicing.remittances.facts import Advice, Flag, Refusal, Refused
from o2c.invoicing.remittances.reading import read
from o2c.orders.models import LegalEntity

State = RemittanceAdvice.State
# Larger files are kept packed; one that is larger even so is its sender's to give again.
PLAIN_MOST, PACKED_MOST = 1 << 20, 16 << 20


@dataclass
class Loaded:
    """What came of a file. `new` are the ids of those that were created."""

    format: str = ""
    remittances: list[dict] = field(default_factory=list)
    created: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    new: list[int] = field(default_factory=list)

    def as_json(self) -> dict:
        return {
            "format": self.format,
            "remittances": self.remittances,
            "created": self.created,
            "unchanged": self.unchanged,
            "refused": [{"where": each.where, "reason": each.reason} for each in self.refused],
        }


def refused_whole(refused: Refused) -> dict:
    """The answer where nothing of a file is used."""
    return Loaded(refused=[Refusal(refused.where, refused.reason)]).as_json()


def load(
    source: bytes | Path,
    *,
    name: str,
    seen: QuerySet[LegalEntity],
    actor: Actor,
    raw: dict[str, Any] | None = None,
    dry_run: bool = False,
) -> Loaded:
    """Read a file and keep what is new. `seen` are the legal entities that it may be for; `raw` is a table's map.

    An advice is for the one of them whose account or name the payee has, else the only one. What was kept before, by
    its content or by payer and reference, is left as it is. Raises Refused where nothing of the file is used.
    """
    ours = list(seen.order_by("pk"))
    if not ours:
        raise Refused("", "There is no legal entity that it could be for.")
    base = {each.base_currency for each in ours}
    found = read(source, raw=raw, currency=base.pop() if len(base) == 1 else "")
    loaded = Loaded(format=found.format, refused=list(found.refused))
    with acting(actor):
        whose = _Payees(ours)
        placed = []
        for advice in found.advices:
            entity = whose.of(advice)
            if Flag.FRACTIONS in advice.flags:
                loaded.refused.append(Refusal(advice.where, f"An amount is finer than {advice.currency} is paid in."))
            elif abs(advice.total) > LARGEST_AMOUNT or any(abs(line.paid) > LARGEST_AMOUNT for line in advice.lines):
                loaded.refused.append(Refusal(advice.where, "An amount is larger than any that can be booked."))
            elif entity is None:
                loaded.refused.append(Refusal(advice.where, _nobodys(advice, ours)))
            else:
                placed.append((entity, advice))
        _keep(loaded, placed, source=source, name=name, actor=actor)
        if not loaded.remittances:
            first = loaded.refused[0] if loaded.refused else Refusal("", "The file holds no remittance advice.")
            raise Refused(first.where, first.reason)
        if dry_run:
            loaded.new = []
            transaction.set_rollback(True)
    return loaded


def _nobodys(advice: Advice, ours: Sequence[LegalEntity]) -> str:
    told = advice.payee.name or advice.payee.number or "nobody"
    return f"Whose it is cannot be told by its payee ({told}): say which of {', '.join(each.code for each in ours)}."


class _Payees:
    """Which legal entity an advice is for: by the payee's account, its tax number or its name."""

    def __init__(self, ours: Sequence[LegalEntity]):
        self.ours = ours
        accounts = BankAccount.objects.filter(entity__in=ours).exclude(iban="").select_related("entity")
        self.by_iban = {texts.account_key(each.iban): each.entity for each in accounts}
        self.by_name: dict[str, list[LegalEntity]] = {}
        for each in ours:
            for known in {texts.name_key(each.name), texts.account_key(each.vat_id), each.code.upper()} - {""}:
                self.by_name.setdefault(known, []).append(each)

    def of(self, advice: Advice) -> LegalEntity | None:
        if len(self.ours) == 1:
            return self.ours[0]
        if advice.payee.iban:
            return self.by_iban.get(texts.account_key(advice.payee.iban))
        for key in (texts.account_key(advice.payee.number), texts.name_key(advice.payee.name)):
            if key and len(found := self.by_name.get(key, [])) == 1:
                return found[0]
        return None


def reference_key(reference: str) -> str:
    """As `invoicing_reference_key` in the database: without signs, case and zeros in front."""
    return "".join(sign for sign in reference if sign.isascii() and sign.isalnum()).upper().lstrip("0")


def payer_key(advice: Advice) -> str:
    payer = advice.payer
    return (texts.account_key(payer.iban or payer.number) or texts.name_key(payer.name))[:200]


def digest(advice: Advice) -> str:
    """Of what the advice says, wherever in a file it stands."""
    facts = asdict(advice) | {"where": "", "flags": sorted(advice.flags)}
    facts["lines"] = [{**line, "where": ""} for line in facts["lines"]]
    return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()


def _keep(
    loaded: Loaded, placed: Sequence[tuple[LegalEntity, Advice]], *, source: bytes | Path, name: str, actor: Actor
) -> None:
    for entity_id in sorted({entity.pk for entity, _ in placed}):
        locks.hold("remittances", entity_id)
    known = _known(placed)
    fresh: list[tuple[RemittanceAdvice, Advice]] = []
    for entity, advice in placed:
        by_content = (entity.pk, digest(advice))
        by_payment = (entity.pk, payer_key(advice), reference_key(advice.reference))
        outcome = "created"
        if by_content in known:
            outcome = "unchanged"
        elif by_payment[2] and by_payment in known:
            reason = "The advice of this payer and payment is here already, and says something else"
            loaded.refused.append(Refusal(advice.where, f"{reason} ({known[by_payment]}): drop that one first."))
            continue
        loaded.remittances.append(_told(entity, advice, outcome))
        if outcome == "unchanged":
            loaded.unchanged += 1
            continue
        known[by_content] = known[by_payment] = advice.number or advice.reference or "in this file"
        fresh.append((_row(entity, advice, name, loaded.format, actor), advice))
    loaded.created = len(fresh)
    if not fresh:
        return
    kept = _document(source, name)
    for row, _ in fresh:
        row.file = kept
    RemittanceAdvice.objects.bulk_create([row for row, _ in fresh])
    AdviceLine.objects.bulk_create([made for row, advice in fresh for made in _lines(row, advice)])
    loaded.new = [row.pk for row, _ in fresh]
    for entity_id in sorted({row.entity_id for row, _ in fresh}):
        ids = [row.pk for row, _ in fresh if row.entity_id == entity_id]
        outbox.emit("remittances.loaded", entity_id=entity_id, advices=ids)


def _known(placed: Sequence[tuple[LegalEntity, Advice]]) -> dict[tuple, str]:
    """What is here of these advices already, by content and by payer and reference."""
    found = RemittanceAdvice.objects.filter(entity__in={entity.pk for entity, _ in placed})
    known: dict[tuple, str] = {}
    by_content = found.filter(digest__in=[digest(advice) for _, advice in placed])
    for row in by_content.only("entity_id", "digest", "number", "reference"):
        known[row.entity_id, row.digest] = str(row)
    references = {reference_key(advice.reference) for _, advice in placed} - {""}
    by_payment = found.filter(reference_key__in=references).exclude(state=State.DROPPED)
    for row in by_payment.only("entity_id", "payer_key", "reference_key", "number", "reference"):
        known[row.entity_id, row.payer_key, row.reference_key] = str(row)
    return known


def _told(entity: LegalEntity, advice: Advice, outcome: str) -> dict:
    return {
        "entity": entity.code,
        "payer": advice.payer.name or advice.payer.number or advice.payer.iban,
        "number": advice.number,
        "reference": advice.reference,
        "paid_on": advice.paid_on.isoformat() if advice.paid_on else None,
        "total": {"amount": plain(advice.total, advice.currency), "currency": advice.currency},
        "lines": len(advice.lines),
        "flags": sorted(advice.flags),
        "outcome": outcome,
    }


def _row(entity: LegalEntity, advice: Advice, name: str, format: str, actor: Actor) -> RemittanceAdvice:
    return RemittanceAdvice(
        entity=entity,
        format=format,
        number=advice.number,
        reference=advice.reference,
        reference_key=reference_key(advice.reference),
        payer_name=advice.payer.name,
        payer_number=advice.payer.number,
        payer_iban=advice.payer.iban,
        payer_key=payer_key(advice),
        payee_name=advice.payee.name,
        payee_number=advice.payee.number,
        payee_iban=advice.payee.iban,
        currency=advice.currency,
        total=advice.total,
        paid_on=advice.paid_on,
        line_count=len(advice.lines),
        flags=sorted(advice.flags),
        digest=digest(advice),
        file_name=name[:255],
        place=advice.where[:200],
        loaded_by=actor.name,
    )


def _lines(row: RemittanceAdvice, advice: Advice) -> list[AdviceLine]:
    return [
        AdviceLine(
            advice=row, document=line.document, document_on=line.document_on, gross=line.gross, discount=line.discount,
            deduction=line.deduction, reason_code=line.reason_code, reason_text=line.reason_text, paid=line.paid,
            place=line.where[:200],
        )
        for line in advice.lines
    ]  # fmt: skip


def _document(source: bytes | Path, name: str):
    """The file as it came, packed where it is large; None where it is too large even so."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    if len(data) <= PLAIN_MOST:
        kept = documents.of(name, "application/octet-stream", data)
    else:
        packed = gzip.compress(data, compresslevel=6, mtime=0)
        if len(packed) > PACKED_MOST:
            return None
        kept = documents.of(f"{name}.gz", "application/gzip", packed)
    kept.save(force_insert=True)
    return kept


def lines_of(advice: RemittanceAdvice) -> list[tuple[AdviceLine, int | None]]:
    """The lines of an advice with the item that each names, None where no document of that number is here."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED_ITEM, {"advice": advice.pk})
        items = dict(cursor.fetchall())
    return [(line, items.get(line.pk)) for line in advice.lines.all()]


NAMED_ITEM = """
    SELECT DISTINCT ON (l.id) l.id, i.id
    FROM invoicing_adviceline l JOIN invoicing_remittanceadvice a ON a.id = l.advice_id
    JOIN invoicing_itemnumber n ON n.key = invoicing_number_key(l.document)
    JOIN invoicing_openitem i ON i.id = n.item_id AND i.entity_id = a.entity_id AND i.currency = a.currency
        AND i.superseded_on IS NULL
    LEFT JOIN orders_customer c ON c.id = a.customer_id
    WHERE l.advice_id = %(advice)s AND invoicing_number_key(l.document) <> ''
    ORDER BY l.id, i.number = l.document DESC, i.payer_id IS NOT DISTINCT FROM c.payer_id DESC, i.id
"""
