"""What follows for a listed customer, by people: applied, ended, and the customer released.

Each consequence is a setting that there is anyway: the account's payment terms, its standing, an agreement on interest.
Ending puts back what was there before, unless somebody has changed it meanwhile; then it stays, and it is said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from o2c.collections import activities
from o2c.collections.interest import packs
from o2c.collections.models import (
    Activity,
    InterestAgreement,
    InterestRules,
    LatePayer,
    LatePayerConsequence,
)
from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.orders import customers
from o2c.orders.models import Account

Kind, State = LatePayerConsequence.Kind, LatePayerConsequence.State

# What a person needs to apply or end each: the right by which the same is set by hand.
RIGHTS = {
    Kind.TERMS: "customers.edit",
    Kind.PREPAYMENT: "customers.edit",
    Kind.HOLD: "credit.edit",
    Kind.PENALTY: "interest.rules",
}


class LatePayerRefused(ValueError):
    """It cannot be applied, ended or released so; the text says why."""


def apply(consequence: LatePayerConsequence, *, on: date, actor: Actor) -> LatePayerConsequence:
    """Do what the rule proposes. Raises LatePayerRefused where the customer is released, it was done already, or what
    is set meanwhile leaves nothing to do."""
    with acting(actor):
        entry, row = _lock(consequence)
        if entry.state != LatePayer.State.LISTED:
            raise LatePayerRefused(f"{entry.customer.name} was released on {entry.released_on} by {entry.released_by}.")
        if row.state != State.PROPOSED:
            raise LatePayerRefused(f"It was applied by {row.applied_by} on {row.applied_on} already.")
        effect = EFFECTS[Kind(row.kind)]
        facts = effect.set(entry, row, _account(entry), on, actor)
        states.move(row, State.APPLIED, applied_on=on, applied_by=actor.name, **facts)
        _tell(entry, f"{effect.told(row)} as a persistent late payer", actor)
        outbox.emit("late_payers.applied", entity_id=entry.entity_id, late_payer_id=entry.pk, consequence=row.kind)
        return row


def end(consequence: LatePayerConsequence, *, on: date, actor: Actor) -> LatePayerConsequence:
    """Put back what was there before; `left_because` says why not, where it was changed meanwhile.

    Raises LatePayerRefused where it is not applied, or was ended already.
    """
    with acting(actor):
        entry, row = _lock(consequence)
        if row.state == State.ENDED:
            raise LatePayerRefused(f"It was ended by {row.ended_by} on {row.ended_on} already.")
        if row.state != State.APPLIED:
            raise LatePayerRefused("It is not applied.")
        return _end(entry, row, on, actor)


def release(
    entry: LatePayer, *, reason: str, on: date, actor: Actor, not_before: date | None = None
) -> list[LatePayerConsequence]:
    """Take a customer off the list: what was applied is ended, what was not applied is dropped. What was ended.

    `not_before`: the rule does not list it again before that day. Raises LatePayerRefused without a reason, or where it
    was released already.
    """
    if not reason.strip():
        raise LatePayerRefused("Say why.")
    with acting(actor):
        found = _locked(entry.pk)
        if found.state != LatePayer.State.LISTED:
            raise LatePayerRefused(f"{found.released_by} has released it on {found.released_on} already.")
        if on < found.listed_on:
            raise LatePayerRefused(f"It was listed on {found.listed_on}, later than {on}.")
        rows = LatePayerConsequence.objects.select_for_update(no_key=True, of=("self",)).filter(late_payer=found)
        rows = list(rows.select_related("terms", "terms_before", "pack").order_by("pk"))
        ended = [_end(found, row, on, actor) for row in rows if row.state == State.APPLIED]
        for row in rows:
            if row.state == State.PROPOSED:
                states.move(row, State.DROPPED)
        states.move(
            found, LatePayer.State.RELEASED, released_on=on, released_by=actor.name,
            release_reason=reason.strip()[:200], not_before=not_before,
        )  # fmt: skip
        _tell(found, f"No persistent late payer any more: {found.release_reason}", actor)
        outbox.emit("late_payers.released", entity_id=found.entity_id, late_payer_id=found.pk)
        return ended


def _end(entry: LatePayer, row: LatePayerConsequence, on: date, actor: Actor) -> LatePayerConsequence:
    effect = EFFECTS[Kind(row.kind)]
    left = effect.unset(entry, row, _account(entry), actor)
    states.move(row, State.ENDED, ended_on=max(on, row.applied_on), ended_by=actor.name, left_because=left[:200])
    _tell(entry, f"{row.get_kind_display()} ended: {left or effect.undone(row)}", actor)
    outbox.emit("late_payers.ended", entity_id=entry.entity_id, late_payer_id=entry.pk, consequence=row.kind)
    return row


def _locked(pk: int) -> LatePayer:
    rows = LatePayer.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("entity", "customer").get(pk=pk)


def _lock(consequence: LatePayerConsequence) -> tuple[LatePayer, LatePayerConsequence]:
    """The entry first, so that whoever releases and whoever applies wait for each other."""
    entry = _locked(consequence.late_payer_id)
    rows = LatePayerConsequence.objects.select_for_update(no_key=True, of=("self",))
    return entry, rows.select_related("terms", "terms_before", "pack").get(pk=consequence.pk)


def _account(entry: LatePayer) -> Account:
    rows = Account.objects.select_for_update(no_key=True, of=("self",)).select_related("terms")
    account = rows.filter(entity=entry.entity_id, customer=entry.customer_id).first()
    if account is None:
        raise LatePayerRefused(f"{entry.customer.number} has no account with {entry.entity.code} any more.")
    return account


def _tell(entry: LatePayer, text: str, actor: Actor) -> None:
    LatePayer.objects.filter(pk=entry.pk).update(state=F("state"))  # stamped, for who follows the changes
    activities.record(customer=entry.customer, entity=entry.entity, kind=Activity.Kind.NOTE, text=text, actor=actor)


def _why(entry: LatePayer) -> str:
    """By which what was set is known again."""
    return f"Persistent late payer since {entry.listed_on}"


# --- The settings


def _set_terms(entry: LatePayer, row: LatePayerConsequence, account: Account, on: date, actor: Actor) -> dict:
    if account.terms_id == row.terms_id:
        raise LatePayerRefused(f"The account has {row.terms.name} already.")
    other = LatePayerConsequence.objects.filter(
        late_payer=entry, kind__in=[Kind.TERMS, Kind.PREPAYMENT], state=State.APPLIED
    ).first()
    if other is not None:
        raise LatePayerRefused(f"{other.get_kind_display()} holds already: end that first.")
    before = account.terms_id
    customers.change_account(account, terms=row.terms, actor=actor)
    return {"terms_before_id": before}


def _unset_terms(entry: LatePayer, row: LatePayerConsequence, account: Account, actor: Actor) -> str:
    if account.terms_id != row.terms_id:
        now = account.terms.name if account.terms else "none"
        return f"The payment terms were changed meanwhile and stay: {now}."
    customers.change_account(account, terms=row.terms_before, actor=actor)
    return ""


def _terms_undone(row: LatePayerConsequence) -> str:
    return f"the payment terms are {row.terms_before.name if row.terms_before else 'none'} again."


def _hold(entry: LatePayer, row: LatePayerConsequence, account: Account, on: date, actor: Actor) -> dict:
    if account.standing != Account.Standing.OPEN:
        reason = f": {account.standing_reason}" if account.standing_reason else "."
        raise LatePayerRefused(f"The account is {account.get_standing_display().lower()} already{reason}")
    customers.change_account(account, standing=Account.Standing.BLOCKED, standing_reason=_why(entry), actor=actor)
    return {}


def _unhold(entry: LatePayer, row: LatePayerConsequence, account: Account, actor: Actor) -> str:
    if account.standing == Account.Standing.OPEN:
        return "The account was opened meanwhile."
    if account.standing != Account.Standing.BLOCKED or account.standing_reason != _why(entry):
        standing = account.get_standing_display().lower()
        return f"The account is {standing} for another reason by now and stays so: {account.standing_reason}"
    customers.change_account(account, standing=Account.Standing.OPEN, actor=actor)
    return ""


def _charge(entry: LatePayer, row: LatePayerConsequence, account: Account, on: date, actor: Actor) -> dict:
    if not InterestRules.objects.filter(entity=entry.entity_id).exists():
        raise LatePayerRefused(f"{entry.entity.code} charges no interest: set its rules first, if only by agreement.")
    there = InterestAgreement.objects.filter(entity=entry.entity_id, customer=entry.customer_id).first()
    if there is not None:
        raise LatePayerRefused(f"There is an agreement on interest with the customer: {there.reason}")
    packs.agree(entry.entity, entry.customer, pack=row.pack, reason=_why(entry), begins_on=on, actor=actor)
    return {}


def _uncharge(entry: LatePayer, row: LatePayerConsequence, account: Account, actor: Actor) -> str:
    rows = InterestAgreement.objects.select_for_update(no_key=True, of=("self",))
    there = rows.filter(entity=entry.entity_id, customer=entry.customer_id).first()
    if there is None:
        return "The agreement on interest was forgotten meanwhile."
    if (there.pack_id, there.reason, there.begins_on) != (row.pack_id, _why(entry), row.applied_on):
        return f"Something else was agreed on interest meanwhile, and stays: {there.reason}"
    packs.forget(there, actor=actor)
    return ""


@dataclass(frozen=True)
class Effect:
    """A setting: how it is set (what to remember of before) and put back (why not, or nothing), and its words."""

    set: Callable[[LatePayer, LatePayerConsequence, Account, date, Actor], dict]
    unset: Callable[[LatePayer, LatePayerConsequence, Account, Actor], str]
    told: Callable[[LatePayerConsequence], str]
    undone: Callable[[LatePayerConsequence], str]


_TERMS = Effect(_set_terms, _unset_terms, lambda row: f"Payment terms {row.terms.name}", _terms_undone)
EFFECTS = {
    Kind.TERMS: _TERMS,
    Kind.PREPAYMENT: _TERMS,
    Kind.HOLD: Effect(_hold, _unhold, lambda row: "Account blocked", lambda row: "the account is open again."),
    Kind.PENALTY: Effect(
        _charge, _uncharge, lambda row: f"Pays interest by {row.pack.name}, of what is due from now on,",
        lambda row: "no interest is agreed any more; what was charged stays.",
    ),
}  # fmt: skip
