"""Taking e-invoices that we sent (from an archive, or another system) in as issued invoices with their open items.

Each is summed up, judged and issued as one that is written here, or refused as a whole, with the rules. The same one
again changes nothing; one of that number that says something else is refused: what was issued is credited, not changed.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.imports.running import alone
from o2c.core.imports.staging import ERRORS_HEADER
from o2c.core.imports.traces import Tracer
from o2c.core.models import ImportRun
from o2c.core.money import step
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices import model
from o2c.invoicing.einvoices.archives import Given
from o2c.invoicing.einvoices.model import EInvoice, Party, Problem
from o2c.invoicing.einvoices.read import ReadInvoice
from o2c.invoicing.invoices import drafts, issuing, unloading
from o2c.invoicing.invoices.drafts import Adjustment, Declared, Draft, InvoiceRefused, Line
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.matching.texts import account_key, name_key
from o2c.invoicing.models import Invoice
from o2c.orders import customers
from o2c.orders.models import Account, Customer, LegalEntity

SOURCE = "einvoice"
NOTHING = Decimal(0)
LONGEST_DESCRIPTION = 1000
DIFFERENCE = "Difference to quantity times price"


@dataclass(frozen=True)
class Taken:
    """What came of a document: `problems` where it is refused, and then nothing of it was written.

    `name` is what it is called in an archive.
    """

    number: str
    entity: str = ""
    customer: str = ""
    created: int = 0
    unchanged: int = 0
    invoice: int | None = None
    import_run: int | None = None
    dry_run: bool = False
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    name: str = ""

    def as_json(self) -> dict:
        names = ("number", "entity", "customer", "created", "unchanged", "invoice", "import_run", "dry_run")
        return {
            **{name: getattr(self, name) for name in names},
            "notes": list(self.notes),
            "problems": [{"rule": each.rule, "where": each.where, "text": each.text} for each in self.problems],
        }


@dataclass(frozen=True)
class Loaded:
    """What came of the documents of a file, in their order."""

    documents: tuple[Taken, ...]
    entity: str = ""
    import_run: int | None = None
    dry_run: bool = False

    @property
    def created(self) -> int:
        return sum(each.created for each in self.documents)

    @property
    def unchanged(self) -> int:
        return sum(each.unchanged for each in self.documents)

    @property
    def refused(self) -> list[Taken]:
        return [each for each in self.documents if each.problems]

    def as_json(self) -> dict:
        documents = [{"name": each.name, **each.as_json()} for each in self.documents]
        return {
            "entity": self.entity, "created": self.created, "unchanged": self.unchanged,
            "rejected": len(self.refused), "import_run": self.import_run, "dry_run": self.dry_run,
            "documents": documents,
        }  # fmt: skip


class Nobodys(ValueError):
    """Whose invoice it is cannot be told, or it is not ours."""


def load(
    documents: Sequence[Given],
    *,
    seen: QuerySet[LegalEntity],
    actor: Actor,
    file_name: str = "",
    sha256: str = "",
    folder: Path | None = None,
    dry_run: bool = False,
) -> Loaded:
    """Issue e-invoices that were read, each whole or not at all, in one transaction and as one import of theirs.

    `seen` are the legal entities that they may be of; in `folder` it is kept what was refused of some. Where nothing of
    the file comes in, nothing is written. Raises Refused for documents of several of them.
    """
    taking = _Taking(documents, seen, actor)
    if taking.entity is None:
        return Loaded(taking.told(), dry_run=dry_run)
    with acting(actor):
        record = ImportRun.objects.create(
            kind="invoices", source=SOURCE, owner=taking.entity.code, file_name=file_name[:255], sha256=sha256,
            mapping={}, dry_run=dry_run, actor=actor.name, rows=len(documents),
        )  # fmt: skip
        with transaction.atomic():
            # of two that bring the same one, the second finds the first's
            alone(f"invoices/{taking.entity.code}/{SOURCE}")
            tracer = Tracer(unloading.TRACKED, unloading.COUNTED)
            taking.take(record.pk)
            record.marks = None if dry_run else tracer.marks()
            transaction.set_rollback(dry_run)
        found = Loaded(taking.told(), taking.entity.code, record.pk, dry_run)
        if found.created + found.unchanged == 0:
            transaction.set_rollback(True)
            return replace(found, import_run=None)
        if found.refused and folder is not None:
            record.errors_file = str(_keep_refused(found, folder / f"{record.pk}-errors.csv"))
        record.created, record.unchanged, record.rejected = found.created, found.unchanged, len(found.refused)
        record.finished_at = clock.now()
        record.save()
    documents = [replace(each, dry_run=dry_run, invoice=None if dry_run else each.invoice,
                         import_run=None if each.problems else record.pk) for each in found.documents]  # fmt: skip
    return replace(found, documents=tuple(documents))


def _keep_refused(found: Loaded, path: Path) -> Path:
    """Write what was refused as other imports do; the line is the document's place in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(ERRORS_HEADER)
        for place, each in enumerate(found.documents, start=1):
            for problem in each.problems:
                where = f"{problem.where}: " if problem.where else ""
                rows.writerow([place, each.name, each.number, f"{where}{problem.text} ({problem.rule})", "error"])
    return path


class _Taking:
    """The documents of a file on their way in; invoices before the credit notes that correct them."""

    def __init__(self, documents: Sequence[Given], seen: QuerySet[LegalEntity], actor: Actor):
        self.documents, self.actor = documents, actor
        self.taken: dict[int, Taken] = {}
        self.left: list[int] = []
        entities: dict[int, LegalEntity] = {}
        ours = list(seen.order_by("code"))
        for place, each in enumerate(documents):
            if each.read is None:
                self.refuse(place, [Problem("unreadable", each.refused.where, each.refused.reason)])
            elif each.read.refused:
                self.refuse(place, each.read.problems)
            else:
                try:
                    entity = seller_of(each.read.invoice, ours)
                except Nobodys as why:
                    self.refuse(place, [Problem("seller", each.read.where("/seller"), str(why))])
                else:
                    entities[entity.pk] = entity
                    self.left.append(place)
        if len(entities) > 1:
            codes = ", ".join(sorted(each.code for each in entities.values()))
            raise Refused("", f"It holds invoices of several of our legal entities ({codes}): part it.")
        self.entity = next(iter(entities.values()), None)

    def refuse(self, place: int, problems: Iterable[Problem]) -> None:
        each = self.documents[place]
        number = each.read.invoice.number if each.read else ""
        self.taken[place] = Taken(number, problems=tuple(problems))

    def refuse_faults(self, place: int, faults: Iterable[Fault]) -> None:
        self.refuse(place, [_problem(fault, self.documents[place].read) for fault in faults])

    def take(self, import_run: int) -> None:
        for credit_notes in (False, True):
            places = [each for each in self.left if self.documents[each].read.invoice.is_credit_note is credit_notes]
            drafts_of: dict[int, int] = {}
            for place in places:
                try:
                    with transaction.atomic():
                        taken = _take(self.documents[place].read.invoice, self.entity, self.actor, import_run)
                except InvoiceRefused as refused:
                    self.refuse_faults(place, refused.faults)
                    continue
                self.taken[place] = taken
                if taken.created:
                    drafts_of[taken.invoice] = place
            if drafts_of:
                self._issue(drafts_of)

    def _issue(self, drafts_of: dict[int, int]) -> None:
        done = issuing.issue_all(drafts_of, entity=self.entity, actor=self.actor, as_of_issue=True, partly=True)
        for draft, faults in done.refused.items():
            self.refuse_faults(drafts_of[draft], faults)
        Invoice.objects.filter(pk__in=list(done.refused)).delete()

    def told(self) -> tuple[Taken, ...]:
        return tuple(replace(self.taken[place], name=each.name) for place, each in enumerate(self.documents))


def _problem(fault: Fault, read: ReadInvoice) -> Problem:
    return Problem(fault.code, read.where(fault.pointer) or fault.pointer, fault.text)


def seller_of(invoice: EInvoice, ours: Sequence[LegalEntity]) -> LegalEntity:
    """The legal entity that sent it, by its VAT id or name; the only one there is unless it has another VAT id.

    Raises Nobodys.
    """
    seller = invoice.seller
    vat_id = account_key(seller.vat_id)
    found = [each for each in ours if vat_id and account_key(each.vat_id) == vat_id]
    if not found:
        rest = [each for each in ours if not vat_id or not each.vat_id]
        found = [each for each in rest if name_key(each.name) == name_key(seller.name)] or (
            rest if len(ours) == 1 else []
        )
    if len(found) != 1:
        codes = ", ".join(each.code for each in ours) or "none"
        raise Nobodys(
            f"The seller is {seller.name} {seller.vat_id}".strip() + f", and of our legal entities ({codes}) not one."
        )
    return found[0]


def _take(invoice: EInvoice, entity: LegalEntity, actor: Actor, import_run: int) -> Taken:
    """Write the draft of a document that may be issued, or find what it was issued as. Raises InvoiceRefused."""
    kind = Invoice.Kind.CREDIT_NOTE if invoice.is_credit_note else Invoice.Kind.INVOICE
    customer, notes = _customer(invoice.buyer, entity, actor)
    taken = Taken(invoice.number, entity.code, customer.number)
    there = Invoice.objects.filter(entity=entity, kind=kind, number=invoice.number).first()
    if there is not None:
        _same(there, invoice, customer)
        return replace(taken, unchanged=1, invoice=there.pk, notes=tuple(notes))
    said = draft_of(invoice, entity=entity, customer=customer, kind=kind)
    if kind == Invoice.Kind.INVOICE and said.due_on is None and not customer.accounts.get(entity=entity).terms_id:
        said = replace(said, due_on=said.issued_on)
        notes.append(f"{invoice.number} says no day to pay by, and the account has no terms: it is due at once.")
    for line in invoice.lines:
        if off := _off(line, invoice.currency):
            notes.append(
                f"Line {line.id} says {line.net:f}, which is {off:f} off its quantity times price: kept as said."
            )
    draft = drafts.write(said, actor=actor)
    Invoice.objects.filter(pk=draft.pk).update(import_run=import_run)
    # before it stands among the others, so that a customer who is opened for it goes with it
    if faults := issuing.hindrances(draft):
        raise InvoiceRefused(faults)
    return replace(taken, created=1, invoice=draft.pk, notes=tuple(notes))


def _same(there: Invoice, invoice: EInvoice, customer: Customer) -> None:
    """Raises InvoiceRefused where the invoice of that number says something else."""
    known = (there.customer_id, there.issued_on, there.currency, there.gross_total, there.payable)
    totals = invoice.totals
    if known != (customer.pk, invoice.issued_on, invoice.currency, totals.gross, totals.payable):
        text = f"{there.number} was issued before and says something else now: credit it, and invoice anew."
        raise InvoiceRefused([Fault("/number", "number", text)])


def _customer(buyer: Party, entity: LegalEntity, actor: Actor) -> tuple[Customer, list[str]]:
    """The buyer among our customers, by its number (BT-46), VAT id or name; one that is not among them is opened."""
    notes = []
    customer = _known(buyer)
    if customer is None:
        number = next((each.value for each in buyer.ids), "") or buyer.vat_id or buyer.registration.value or buyer.name
        customer = customers.create(
            number=number[:40],
            name=buyer.name[:200],
            vat_id=account_key(buyer.vat_id)[:20],
            country=buyer.address.country,
            street=buyer.address.street[:200],
            postal_code=buyer.address.postal_code[:20],
            city=buyer.address.city[:100],
            actor=actor,
        )
        notes.append(f"There was no customer {customer.name}: opened {customer.number}.")
    if not Account.objects.filter(customer=customer, entity=entity).exists():
        customers.open_account(customer, entity, actor=actor)
        notes.append(f"Opened the account of {customer.number} with {entity.code}.")
    return customer, notes


def _known(buyer: Party) -> Customer | None:
    """Raises InvoiceRefused where several could be meant."""
    by_number = Customer.objects.filter(number__in=[each.value for each in buyer.ids])
    by_vat_id = Customer.objects.exclude(vat_id="").filter(vat_id=account_key(buyer.vat_id))
    by_name = Customer.objects.filter(name__iexact=buyer.name, country=buyer.address.country)
    for found in (by_number, by_vat_id, by_name):
        known = list(found.order_by("number")[:3])
        if len(known) > 1:
            several = " and ".join(each.number for each in known)
            raise InvoiceRefused([Fault("/buyer", "customer", f"{buyer.name} could be {several}.")])
        if known:
            return known[0]
    return None


# --- The draft


def draft_of(invoice: EInvoice, *, entity: LegalEntity, customer: Customer, kind: str) -> Draft:
    totals, nothing = invoice.totals, NOTHING
    corrects = None
    if invoice.is_credit_note and invoice.preceding:
        issued = Invoice.objects.filter(entity=entity, kind=Invoice.Kind.INVOICE, customer=customer)
        corrects = issued.filter(number=invoice.preceding[0].number).exclude(state=Invoice.State.DRAFT).first()
    return Draft(
        entity=entity,
        customer=customer,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        kind=kind,
        number=invoice.number,
        corrects=corrects,
        due_on=None if invoice.is_credit_note else invoice.due_on,
        delivered_on=invoice.delivery.on,
        period_from=invoice.period.start,
        period_until=invoice.period.end,
        deliver_to_country=invoice.delivery.address.country,
        buyer_reference=invoice.buyer_reference[:100],
        order_reference=invoice.order[:100],
        contract_reference=invoice.contract[:100],
        exemption_reason=_why_exempt(invoice)[:300],
        note="\n".join(note.text for note in invoice.notes),
        prepaid=totals.prepaid or nothing,
        rounding=totals.rounding or nothing,
        lines=tuple(_line(line, invoice.currency) for line in invoice.lines),
        adjustments=tuple(_adjustment(each, taxed=True) for each in invoice.adjustments if each.amount),
        source=SOURCE,
        external_id=f"{kind}:{invoice.number}" if invoice.is_credit_note else invoice.number,
        declared=Declared(
            line_total=totals.lines,
            net_total=totals.net,
            tax_total=totals.tax,
            gross_total=totals.gross,
            payable=totals.payable,
        ),
    )


def _why_exempt(invoice: EInvoice) -> str:
    return next((tax.reason or tax.reason_code for tax in invoice.taxes if tax.category == "E"), "")


def _line(line: model.Line, currency: str) -> Line:
    """The line with the net amount that it says: the norm does not ask that it is its quantity times price."""
    description = "\n".join(text for text in (line.name, line.description) if text)
    parts = tuple(_adjustment(each, taxed=False) for each in line.adjustments if each.amount)
    if off := _off(line, currency):
        parts += (Adjustment(reason=DIFFERENCE, is_charge=off > 0, amount=abs(off)),)
    return Line(
        description=description[:LONGEST_DESCRIPTION],
        quantity=line.quantity,
        price=line.price,
        category=line.category,
        rate=line.rate or NOTHING,
        unit=line.unit,
        product=line.seller_code[:60],
        price_per=line.base_quantity or Decimal(1),
        adjustments=parts,
        net=line.net,
    )


def _off(line: model.Line, currency: str) -> Decimal:
    """By how much a line's net amount differs from its quantity times price with its allowances and charges."""
    added = sum([each.amount if each.is_charge else -each.amount for each in line.adjustments], NOTHING)
    made = line.quantity * line.price / (line.base_quantity or Decimal(1)) + added
    return line.net - made.quantize(step(currency), ROUND_HALF_UP)


def _adjustment(part: model.Adjustment, *, taxed: bool) -> Adjustment:
    """With its amount, not its percentage: that is what the invoice says it comes to."""
    negative = part.amount < 0
    return Adjustment(
        reason=(part.reason or part.reason_code)[:200],
        is_charge=part.is_charge is not negative,
        amount=abs(part.amount),
        **({"category": part.category, "rate": part.rate or NOTHING} if taxed else {}),
    )
