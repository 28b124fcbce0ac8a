"""A customer's new bank details: asked for, confirmed by calling back a number on file, approved by somebody else.

Whoever asked, and whoever made the call, never approves.
"""

from django.apps import apps

from o2c.core import clock, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import banks
from o2c.invoicing.cash import foureyes
from o2c.invoicing.cash.receipts import CashRefused
from o2c.invoicing.models import BankDetailChange
from o2c.orders.models import Contact, Customer, CustomerBankAccount

STATE = BankDetailChange.State


def ask(customer: Customer, *, iban: str, way: str, reason: str, actor: Actor, bic: str = "") -> BankDetailChange:
    """Ask that an account of the customer be believed. Raises BankRefused for no IBAN, CashRefused where one is asked.

    Nothing is paid to it, and nothing of the customer's changes, until it is approved.
    """
    iban = banks.read_iban(iban)
    bic = banks.read_bic(bic) if bic else ""
    with acting(actor):
        if confirmed(customer, iban) is not None:
            raise CashRefused("This account is confirmed already.")
        waiting = BankDetailChange.objects.filter(customer=customer, iban=iban, state__in=[STATE.ASKED, STATE.CALLED])
        if waiting.exists():
            raise CashRefused("Somebody asked for this account already; it waits.")
        made = BankDetailChange.objects.create(
            customer=customer, iban=iban, bic=bic, way=way, **foureyes.asking(actor, reason)
        )
        outbox.emit("approvals.asked", subject="bankdetailchange", id=made.pk, customer_id=customer.pk)
        return made


def numbers_on_file(change: BankDetailChange) -> list[Contact]:
    """The customer's contacts whose telephone number stood there before the change was asked for, and still does.

    A number that came with the wish, or was put in after it, is whoever wrote it.
    """
    events = apps.get_model("orders", "ContactEvent")
    found = []
    for contact in Contact.objects.filter(customer_id=change.customer_id, in_use=True).exclude(phone="").order_by("id"):
        before = (
            events.objects.filter(pgh_obj_id=contact.pk, pgh_created_at__lt=change.asked_at)
            .order_by("-pgh_created_at", "-pgh_id")
            .first()
        )
        if before is not None and _digits(before.phone) == _digits(contact.phone):
            found.append(contact)
    return found


def call_back(change: BankDetailChange, contact: Contact, *, spoke_with: str, actor: Actor) -> None:
    """Record that the customer confirmed the account on a number that was on file. Raises CashRefused, FourEyes."""
    with acting(actor):
        change = foureyes.locked(change)
        if actor.user_id is None:
            raise foureyes.FourEyes("Only a person calls back.")
        if contact not in numbers_on_file(change):
            raise CashRefused(
                "This number was not on file before the change was asked for. Call one that was, or refuse the change."
            )
        if not spoke_with.strip():
            raise CashRefused("Say who confirmed it.")
        states.move(
            change,
            STATE.CALLED,
            contact=contact,
            called_number=contact.phone,
            called_by_id=actor.user_id,
            called_at=clock.now(),
            spoke_with=spoke_with.strip()[:100],
        )


def approve(change: BankDetailChange, *, actor: Actor, note: str = "") -> CustomerBankAccount:
    """Believe the account. Raises FourEyes for who asked or called, IllegalMove where nobody has called back yet."""
    with acting(actor):
        change = foureyes.locked(change)
        foureyes.refuse_own(change, actor, change.called_by_id)
        states.move(change, STATE.APPROVED, **foureyes.decided(actor, note))
        account, _ = CustomerBankAccount.objects.get_or_create(
            customer_id=change.customer_id, iban=change.iban, defaults={"bic": change.bic}
        )
        outbox.emit("approvals.decided", subject="bankdetailchange", id=change.pk, state=change.state)
        return account


def refuse(change: BankDetailChange, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(change), note=note, actor=actor)


def withdraw(change: BankDetailChange, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(change), actor=actor)


def confirmed(customer: Customer, iban: str) -> BankDetailChange | None:
    """The approved change by which the account is believed, if there is one."""
    return BankDetailChange.objects.filter(customer=customer, iban=iban, state=STATE.APPROVED).order_by("-id").first()


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdigit())
