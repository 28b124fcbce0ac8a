"""Money on the bank that is no customer's: booked from clearing to another account, with a reason, and back."""

from datetime import date

from o2c.core import locks, outbox
from o2c.core.actors import Actor, acting
from o2c.invoicing import closing, ledger
from o2c.invoicing.models import BankLine, Entry, LedgerAccount, LineUse
from o2c.orders.models import LegalEntity

Role = LedgerAccount.Role
# Where it may be booked to.
ACCOUNTS = {
    Role.SET_ASIDE: "No customer’s: salaries, taxes, transfers of our own",
    Role.BANK_CHARGES: "Charge or interest of the bank",
}


class SetAsideRefused(ValueError):
    """Nothing was booked; the text says why."""


def set_aside(
    line: BankLine, *, reason: str, on: date, actor: Actor, account: LedgerAccount.Role = Role.SET_ASIDE
) -> LineUse:
    """Book what is open of a line to another account, so that nobody looks for its customer any more.

    It counts from `on`, or from the line's own day or the first open one where that is later. Raises SetAsideRefused.
    """
    if not reason.strip():
        raise SetAsideRefused("Say why it is no customer's.")
    if account not in ACCOUNTS:
        raise SetAsideRefused(f"{account} is no account for money that is no customer's.")
    with acting(actor):
        line, entity = _lock(line.pk)
        if not line.open_amount:
            raise SetAsideRefused("Nothing of this line is left to set aside.")
        day = closing.first_open(entity, max(on, line.booked_on))
        entry = Entry.objects.create(
            entity=entity, kind=Entry.Kind.BANK, text="Set aside", effective_on=day, known_on=day, actor=actor.name
        )
        amount = line.open_amount
        ledger.post(entry, [ledger.Line(Role.CASH, amount), ledger.Line(account, -amount)], line.currency)
        use = LineUse.objects.create(
            line=line,
            kind=LineUse.Kind.SET_ASIDE,
            amount=amount,
            entry=entry,
            note=reason.strip()[:200],
            effective_on=day,
            actor=actor.name,
        )
        outbox.emit("bank.set_aside", entity_id=entity.pk, line_id=line.pk)
        return use


def take_back(use: LineUse, *, on: date, actor: Actor) -> LineUse:
    """The line's money is open again. Raises SetAsideRefused where it was never set aside, or is taken back already."""
    with acting(actor):
        line, entity = _lock(use.line_id)
        use = LineUse.objects.select_related("entry").get(pk=use.pk)
        if use.kind != LineUse.Kind.SET_ASIDE or use.reverses_id:
            raise SetAsideRefused("This is not money that was set aside.")
        if LineUse.objects.filter(reverses=use).exists():
            raise SetAsideRefused("It is taken back already.")
        day = closing.first_open(entity, max(on, use.effective_on))
        undoing = Entry.objects.create(
            entity=entity,
            kind=Entry.Kind.REVERSAL,
            text=use.entry.text,
            effective_on=day,
            known_on=day,
            reverses=use.entry,
            actor=actor.name,
        )
        ledger.post_reversal(undoing, use.entry, {})
        undone = LineUse.objects.create(
            line=line,
            kind=use.kind,
            amount=-use.amount,
            entry=undoing,
            note=use.note,
            effective_on=day,
            reverses=use,
            actor=actor.name,
        )
        outbox.emit("bank.taken_back", entity_id=entity.pk, line_id=line.pk)
        return undone


def standing(line: BankLine) -> list[LineUse]:
    """What is set aside of a line and not taken back."""
    undone = LineUse.objects.filter(line=line, reverses__isnull=False).values("reverses_id")
    asides = LineUse.objects.filter(line=line, kind=LineUse.Kind.SET_ASIDE, reverses=None)
    return list(asides.exclude(pk__in=undone).order_by("pk"))


def _lock(line_id: int) -> tuple[BankLine, LegalEntity]:
    """The line, locked, and its legal entity as its books are now."""
    line = BankLine.objects.select_for_update(no_key=True).get(pk=line_id)
    locks.share("books", line.entity_id)
    return line, LegalEntity.objects.get(pk=line.entity_id)
