"""Ending a case: by a credit note, a write-off, a new invoice, a no, or because it is settled otherwise.

What needs a second person leaves the case waiting for approval; the item is not chased until that is decided.
"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from o2c.collections import cases
from o2c.collections.disputes import letters
from o2c.collections.disputes.keeping import STATE, DisputeRefused, contested, locked, tell
from o2c.collections.models import Dispute, Task
from o2c.core import clock, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.money import plain
from o2c.invoicing.cash import CashRefused, OverApplied, foureyes, writeoffs
from o2c.invoicing.invoices import correcting, crediting, drafts
from o2c.invoicing.invoices.drafts import InvoiceRefused
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import CreditRequest, Invoice, OpenItem, WriteOff
from o2c.orders.models import Contact

HOW = Dispute.Resolution
REFUSALS = (CashRefused, InvoiceRefused, ItemRefused)


def resolve(
    dispute: Dispute,
    how: str,
    *,
    on: date,
    actor: Actor,
    note: str = "",
    cause: str | None = None,
    amount: Decimal | None = None,
    kind: str = WriteOff.Kind.SMALL,
    seen: datetime | None = None,
    tell_to: Contact | None = None,
    letter: str = "",
) -> Dispute:
    """End an open case so, or ask for it where a second person must agree. `note` says why.

    Credited and written off are `amount`, else what is contested; the note stands on the credit note. Written anew is
    an invoice of which nothing is settled: it is credited whole, and its copy is a draft to be put right. A rejected
    item is chased again from `on`; `letter` tells the customer. Raises DisputeRefused, DisputeChanged where the case
    was changed after `seen`, MoneyError.
    """
    how = HOW(how)
    with acting(actor):
        row = locked(dispute, seen)
        if row.state == STATE.RESOLVED:
            raise DisputeRefused(f"This dispute was closed on {row.closed_on}.")
        if row.state == STATE.ASKED:
            raise DisputeRefused("What was asked for waits for approval: take that back first.")
        if how in (HOW.REJECTED, HOW.CREDITED, HOW.WRITTEN_OFF, HOW.REPLACED) and not note.strip():
            raise DisputeRefused("Say why.", "note")
        if letter.strip() and how != HOW.REJECTED:
            raise DisputeRefused("The customer is written to where the dispute is rejected.", "letter")
        facts = {"note": note.strip()[:300], "asked_for": how.value}
        if cause is not None:
            facts["cause"] = Dispute.Cause(cause).value if cause else ""
        if how in (HOW.CREDITED, HOW.REPLACED):
            asked = _refusing(_credit, row, how, amount, note, on, actor)
            facts |= {"credit": asked}
        elif how == HOW.WRITTEN_OFF:
            asked = _refusing(_let_go, row, amount, kind, note, on, actor)
            facts |= {"write_off": asked}
        else:
            asked = None
        if asked is not None and asked.state == "asked":
            tell(row, f"{how.label} asked for: {plain(asked.amount, asked.currency)} {asked.currency}. {note}", actor)
            states.move(row, STATE.ASKED, **facts)
            return _again(row)
        if how == HOW.REJECTED and letter.strip():
            letters.write(row, letter, to=tell_to, actor=actor)
        return end(row, how, on=on, actor=actor, asked=asked, **facts)


def withdraw(dispute: Dispute, *, on: date, actor: Actor, note: str = "", seen: datetime | None = None) -> Dispute:
    """The customer contests it no more, or never did. Raises DisputeRefused."""
    return resolve(dispute, HOW.WITHDRAWN, on=on, note=note, seen=seen, actor=actor)


def take_back(dispute: Dispute, *, actor: Actor, seen: datetime | None = None) -> Dispute:
    """Take back what one asked for; the case is open again. Raises DisputeRefused, FourEyes for another's request."""
    with acting(actor):
        row = locked(dispute, seen)
        if row.state != STATE.ASKED:
            raise DisputeRefused("Nothing of this dispute waits for approval.")
        if row.asked_for == HOW.WRITTEN_OFF:
            _refusing(writeoffs.withdraw, row.write_off, actor=actor)
        else:
            _refusing(crediting.withdraw, row.credit, actor=actor)
        _reopen(row, "Taken back.", actor)
        return _again(row)


def decided(payloads: list[dict]) -> None:
    """Handle events of decisions about money: what was asked for a dispute ends it, or it is open again.

    Each is read as it stands, so late and repeated events change nothing.
    """
    by = {"creditrequest": "credit", "writeoff": "write_off"}
    for subject, name in by.items():
        ids = [payload["id"] for payload in payloads if payload["subject"] == subject]
        found = Dispute.objects.filter(**{f"{name}__in": ids}, state=STATE.ASKED).order_by("pk")
        for dispute in found.select_related(name, "entity"):
            with acting(SYSTEM):
                heed_decision(locked(dispute))


def heed_decision(row: Dispute) -> None:
    """Let a case follow what was decided of its request, if it was. It is locked."""
    asked = row.write_off if row.asked_for == HOW.WRITTEN_OFF else row.credit
    if row.state != STATE.ASKED or asked.state == "asked":
        return
    if asked.state in (CreditRequest.State.ISSUED, WriteOff.State.BOOKED):
        today = clock.today(row.entity.time_zone)
        end(row, HOW(row.asked_for), on=today, actor=SYSTEM, asked=asked, note=row.note)
    else:
        by = f" by {asked.decided_by}" if asked.decided_by else ""
        said = f": {asked.note}" if asked.note else "."
        _reopen(row, f"{HOW(row.asked_for).label} {asked.get_state_display().lower()}{by}{said}", SYSTEM)


def _reopen(row: Dispute, text: str, actor: Actor) -> None:
    tell(row, text, actor)
    states.move(row, STATE.OPEN, asked_for="", note="")


def end(row: Dispute, how: str, *, on: date, actor: Actor, asked=None, **facts) -> Dispute:
    """Close a locked case from a day on, as it ended; `asked` is what a second person agreed to."""
    how = HOW(how)
    day = max(on, row.opened_on)
    facts |= {"closed_on": day, "resolution": how.value, "asked_for": ""}
    what = f"{row.item.number}: {how.label.lower()}"
    if asked is not None:
        what = f"{what}, {plain(asked.amount, asked.currency)} {asked.currency}"
        if isinstance(asked, CreditRequest):
            what = f"{what} by {asked.credit_note.number}"
    said = [f"{what}."]
    if how == HOW.REPLACED:
        facts["replacement"] = _anew(asked.invoice, day, actor)
        said.append("A new invoice is written as a draft.")
    tell(row, " ".join([*said, facts["note"]]).strip(), actor)
    states.move(row, STATE.RESOLVED, **facts)
    cases.finish_tasks(Task.Kind.DISPUTE, [row.pk], row.customer_id, "cleared")
    outbox.emit("disputes.resolved", dispute_id=row.pk, item_id=row.item_id, entity_id=row.entity_id, how=how.value)
    return _again(row)


# --- What it comes to


def _credit(row: Dispute, how: str, amount: Decimal | None, note: str, on: date, actor: Actor) -> CreditRequest:
    item = OpenItem.objects.get(pk=row.item_id)
    if how == HOW.REPLACED:
        invoice = crediting.of_item(item)
        whole = item.open_amount == item.amount == invoice.gross_total
        if not whole or invoice.corrections.exclude(state=Invoice.State.DRAFT).exists():
            raise DisputeRefused(
                f"{invoice.number} is settled, credited or in instalments in part: credit what is wrong of it."
            )
        amount = invoice.gross_total
    return crediting.ask(
        item, _much(row, item, amount), text=note, reason=f"Dispute of {item.number}: {row.reason}", on=on, actor=actor
    )


def _let_go(row: Dispute, amount: Decimal | None, kind: str, note: str, on: date, actor: Actor) -> WriteOff:
    item = OpenItem.objects.get(pk=row.item_id)
    return writeoffs.write_off(item, _much(row, item, amount), kind=kind, reason=note, on=on, actor=actor)


def _much(row: Dispute, item: OpenItem, amount: Decimal | None) -> Decimal:
    amount = contested(row, item) if amount is None else amount
    if not 0 < amount <= item.open_amount:
        owed = f"{plain(max(item.open_amount, Decimal(0)), item.currency)} {item.currency}"
        raise DisputeRefused(f"At most what is open can be given back: {owed}.", "amount")
    return amount


def _refusing(act, *args, **facts):
    """The act, whose refusals are this case's."""
    try:
        return act(*args, **facts)
    except OverApplied as refused:
        raise DisputeRefused(str(refused), "amount") from None
    except REFUSALS as refused:
        raise DisputeRefused(str(refused)) from None


def drop_request(row: Dispute, note: str) -> None:
    """What was asked for needs no decision any more."""
    if row.state == STATE.ASKED:
        foureyes.drop(row.write_off if row.asked_for == HOW.WRITTEN_OFF else row.credit, note=note)


def _anew(invoice: Invoice, on: date, actor: Actor) -> Invoice:
    """A draft that says what an invoice said, to be put right and issued."""
    copy = replace(correcting.as_draft(invoice), issued_on=on, due_on=None, number="", source="", external_id="")
    return drafts.write(copy, actor=actor)


def _again(row: Dispute) -> Dispute:
    row.refresh_from_db()
    return row
