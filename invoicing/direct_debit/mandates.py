"""What customers agreed to: mandates are written down, become active once their account is believed, and end.

An account is believed by the rule of refunds (`cash.refunds.accounts`): it paid us for this customer, or a call to a
number on file confirmed it and somebody else approved that (`cash.details`).
"""

import re
from collections.abc import Iterable
from datetime import date

import schwifty
from django.db import connection

from o2c.core import clock, numbering, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import banks
from o2c.invoicing.cash import details, refunds
from o2c.invoicing.direct_debit.setting import DebitRefused
from o2c.invoicing.models import BankDetailChange, Mandate, Scheme
from o2c.invoicing.papers.facts import Collected
from o2c.orders.models import Account, Customer, LegalEntity

STATE = Mandate.State
# The characters that every bank of SEPA takes (EPC217-08); a reference begins and ends with no slash, and has no two.
REFERENCE = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9+?/\-:().,' ]{1,35}(?<!/)")
# A mandate that was not used for so many months is not good any more (EPC016-06, 4.1).
EXPIRES_AFTER_MONTHS = 36


def record(
    *,
    entity: LegalEntity,
    customer: Customer,
    signed_on: date,
    iban: str,
    actor: Actor,
    reference: str = "",
    scheme: str = Scheme.CORE,
    one_off: bool = False,
    holder: str = "",
    bic: str = "",
    way: str = BankDetailChange.Way.LETTER,
) -> Mandate:
    """Write down a mandate that the customer has signed; a reference of ours where none is given.

    It collects nothing before it is activated. Where nothing says yet that the account is the customer's, a change of
    bank details is asked for with it. Raises DebitRefused, BankRefused, CashRefused.
    """
    facts = _account(iban, bic)
    with acting(actor):
        if not Account.objects.filter(entity=entity, customer=customer).exists():
            raise DebitRefused(f"{customer.number} has no account with {entity.code}.")
        if signed_on > clock.today(entity.time_zone):
            raise DebitRefused("Nobody has signed it yet: that day is to come.")
        given = reference.strip()
        if given:
            _check_reference(entity, given)
        _confirm(customer, entity, facts["iban"], facts["bic"], way, given or "a new mandate", actor)
        # the number is taken last, so that its row is locked for a moment only
        return Mandate.objects.create(
            entity=entity,
            customer=customer,
            reference=given or numbering.draw(entity.code, numbering.MANDATE, signed_on),
            numbered_here=not given,
            scheme=scheme,
            one_off=one_off,
            signed_on=signed_on,
            holder=(holder.strip() or customer.name)[:70],
            actor=actor.name,
            **facts,
        )


def activate(mandate: Mandate, *, on: date, actor: Actor) -> Mandate:
    """Let it collect from now on. Raises UnknownAccount where nobody has confirmed the account, DebitRefused."""
    with acting(actor):
        mandate = _locked(mandate)
        refunds.known(mandate.customer, mandate.entity, mandate.iban)
        if _expired(mandate, on):
            raise DebitRefused(f"It was not used for {EXPIRES_AFTER_MONTHS} months: the customer signs a new one.")
        other = Mandate.objects.filter(entity=mandate.entity_id, customer=mandate.customer_id, state=STATE.ACTIVE)
        if (found := other.exclude(pk=mandate.pk).first()) is not None:
            raise DebitRefused(f"{found.reference} is active with this customer already: cancel it first.")
        states.move(mandate, STATE.ACTIVE, activated_on=on, reason="")
        return mandate


def amend(
    mandate: Mandate,
    *,
    actor: Actor,
    iban: str,
    holder: str,
    bic: str = "",
    last: bool = False,
    way: str = BankDetailChange.Way.LETTER,
) -> Mandate:
    """Take over what the customer changed. Another account waits until it is believed, as a new mandate's does.

    The bank hears of the other account with the next collection. Raises DebitRefused for one that has ended.
    """
    facts = _account(iban, bic)
    with acting(actor):
        mandate = _locked(mandate)
        if mandate.state not in (STATE.DRAFT, STATE.ACTIVE, STATE.BLOCKED):
            raise DebitRefused(f"This mandate is {mandate.get_state_display().lower()}.")
        facts |= {"holder": (holder.strip() or mandate.customer.name)[:70], "last": last}
        if facts["iban"] != mandate.iban:
            facts["amended"] = mandate.amended or mandate.used_on is not None
            believed = _confirm(
                mandate.customer, mandate.entity, facts["iban"], facts["bic"], way, mandate.reference, actor
            )
            if not believed and mandate.state != STATE.DRAFT:
                states.move(mandate, STATE.DRAFT, reason="", **facts)
                return mandate
        Mandate.objects.filter(pk=mandate.pk).update(**facts)
        mandate.refresh_from_db()
        return mandate


def block(mandate_ids: list[int], *, reason: str, actor: Actor) -> None:
    """Collect nothing by those of them that are active until somebody activates them again."""
    with acting(actor):
        Mandate.objects.filter(pk__in=mandate_ids, state=STATE.ACTIVE).update(state=STATE.BLOCKED, reason=reason[:300])


def cancel(mandate: Mandate, *, reason: str, on: date, actor: Actor) -> None:
    """End it for good. Raises DebitRefused without a reason, IllegalMove where it has ended."""
    reason = reason.strip()
    if not reason:
        raise DebitRefused("Say why.")
    with acting(actor):
        states.move(_locked(mandate), STATE.CANCELLED, reason=reason[:300], ended_on=on)


def expire(today: date, *, actor: Actor) -> int:
    """End every mandate that was not used for 36 months; how many. Safe to run again."""
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE invoicing_mandate SET state = 'expired', ended_on = %(today)s
            WHERE state IN ('active', 'blocked')
                AND coalesce(used_on, signed_on) + make_interval(months => %(months)s) < %(today)s
            """,
            {"today": today, "months": EXPIRES_AFTER_MONTHS},
        )
        return cursor.rowcount


def waits_for_call(mandate: Mandate) -> bool:
    """Whether its account is still to be confirmed."""
    return all(known.iban != mandate.iban for known in refunds.accounts(mandate.customer, mandate.entity))


# --- What is checked


def _account(iban: str, bic: str) -> dict[str, str]:
    iban = banks.read_iban(iban)
    if not schwifty.IBAN(iban).in_sepa_zone:
        raise banks.BankRefused("iban", "This account is outside the Single Euro Payments Area.")
    return {"iban": iban, "bic": banks.read_bic(bic) if bic.strip() else ""}


def _check_reference(entity: LegalEntity, reference: str) -> None:
    if not REFERENCE.fullmatch(reference):
        raise DebitRefused(
            "A reference has at most 35 letters without accents, figures, spaces and + ? / - : ( ) . , '."
        )
    if Mandate.objects.filter(entity=entity, reference=reference).exists():
        raise DebitRefused(f"There is a mandate {reference} already.")


def _confirm(customer: Customer, entity: LegalEntity, iban: str, bic: str, way: str, name: str, actor: Actor) -> bool:
    """Whether the account is believed; where it is not, and nobody asked for it yet, it is asked for."""
    if any(known.iban == iban for known in refunds.accounts(customer, entity)):
        return True
    waiting = [BankDetailChange.State.ASKED, BankDetailChange.State.CALLED]
    if not BankDetailChange.objects.filter(customer=customer, iban=iban, state__in=waiting).exists():
        details.ask(customer, iban=iban, bic=bic, way=way, reason=f"Direct debit by {name}", actor=actor)
    return False


def _expired(mandate: Mandate, on: date) -> bool:
    used = mandate.used_on or mandate.signed_on
    months = used.year * 12 + used.month - 1 + EXPIRES_AFTER_MONTHS
    return (on.year * 12 + on.month - 1, on.day) > (months, used.day)


def _locked(mandate: Mandate) -> Mandate:
    found = Mandate.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer")
    return found.get(pk=mandate.pk)


# By which mandate the invoices of each customer of a legal entity are collected when they are due, as papers say it.
# Not by one that is good for a single collection, or whose next one is the last: it may be that of another invoice.
COLLECTED = """
    SELECT m.customer_id, m.reference AS mandate, r.creditor_id, right(m.iban, 4) AS account
    FROM invoicing_mandate m JOIN invoicing_directdebitrules r ON r.entity_id = m.entity_id
    WHERE m.entity_id = %(entity)s AND m.state = 'active' AND NOT m.one_off AND NOT m.last
"""


def collected(entity: LegalEntity, customer_ids: Iterable[int]) -> dict[int, Collected]:
    """By which mandate the customers' invoices are collected, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{COLLECTED} AND m.customer_id = ANY(%(customers)s)",
            {"entity": entity.pk, "customers": list(customer_ids)},
        )
        return {customer: Collected(*facts) for customer, *facts in cursor.fetchall()}
