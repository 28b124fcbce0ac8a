"""What people do with contracts: draft, change, activate, end, renew. Renewing keeps what was: another one follows."""

import re
from datetime import date, datetime, timedelta

from o2c.core import formats, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.states import ANY, LostRace, check_seen
from o2c.orders.models import Account, Contract, ContractPrice, Customer, LegalEntity, PaymentTerms
from o2c.orders.prices.refusing import PriceRefused, by_the_database

STATE = Contract.State
DAY = timedelta(days=1)
MOST_NOTICE = 730
# What may be said anew of one that is active; what was agreed may not.
KEPT_UP = {"name", "notice_days", "source", "external_id"}


def draft(
    *,
    entity: LegalEntity,
    customer: Customer,
    number: str,
    name: str,
    begins_on: date,
    actor: Actor,
    ends_on: date | None = None,
    terms: PaymentTerms | None = None,
    notice_days: int = 30,
    currency: str = "",
    **external,
) -> Contract:
    """Write down what is to be agreed, in the account's currency unless said otherwise. It counts once activated.

    Raises PriceRefused.
    """
    facts = {"number": number.strip(), "name": name.strip(), "begins_on": begins_on, "ends_on": ends_on}
    _check({**facts, "notice_days": notice_days})
    with acting(actor), by_the_database():
        account = Account.objects.filter(entity=entity, customer=customer).first()
        if account is None:
            raise PriceRefused(f"{customer.number} has no account with {entity.code}.", "customer")
        return Contract.objects.create(
            entity=entity, customer=customer, currency=currency or account.currency, terms=terms,
            notice_days=notice_days, created_by=actor.name, **facts, **external,
        )  # fmt: skip


def change(contract: Contract, *, actor: Actor, seen: datetime | None = ANY, **facts) -> Contract:
    """Say anew what stays open: of a draft all, of an active contract its name and when it is reminded of.

    Raises PriceRefused, and LostRace where it was changed after `seen`.
    """
    with acting(actor), by_the_database():
        contract = _locked(contract)
        check_seen(contract, seen)
        changed = {name: value for name, value in facts.items() if getattr(contract, name) != value}
        if contract.state != STATE.DRAFT and (agreed := changed.keys() - KEPT_UP):
            raise PriceRefused(
                f"It is {contract.get_state_display().lower()}: what was agreed is renewed, not rewritten.",
                sorted(agreed)[0],
            )
        if "currency" in changed and contract.prices.exists():
            raise PriceRefused("Its prices are in this currency.", "currency")
        names = ("number", "name", "begins_on", "ends_on", "notice_days")
        _check({name: changed.get(name, getattr(contract, name)) for name in names})
        if changed:
            Contract.objects.filter(pk=contract.pk).update(**changed)
            contract.refresh_from_db()
        return contract


def discard(contract: Contract, *, actor: Actor) -> None:
    """Throw a draft away, with its prices; the audit trail keeps what it said. Raises PriceRefused."""
    with acting(actor):
        contract = _locked(contract)
        if contract.state != STATE.DRAFT:
            raise PriceRefused(f"It is {contract.get_state_display().lower()}, and stays.")
        contract.prices.all().delete()
        contract.delete()


def activate(contract: Contract, *, today: date, actor: Actor) -> Contract:
    """Let it count; the one that it follows is renewed by that, and ends the day before at the latest.

    Active already, it stays so. Raises PriceRefused where the other has counted longer, or where another contract of
    the customer prices the same product on the same day.
    """
    with acting(actor), by_the_database():
        before, contract = _both_locked(contract)
        if contract.state == STATE.ACTIVE:
            return contract
        if contract.state != STATE.DRAFT:
            raise PriceRefused(f"It is {contract.get_state_display().lower()}.")
        if before is not None and before.state == STATE.DRAFT:
            raise PriceRefused(f"{before.number}, which it follows, is not active.")
        if before is not None and before.state == STATE.ACTIVE:
            last_day = contract.begins_on - DAY
            if before.ends_on is not None and before.ends_on < last_day:
                last_day = before.ends_on
            elif last_day < today - DAY and before.ends_on != last_day:
                raise PriceRefused(
                    f"{before.number} has counted until {formats.day(today - DAY)}: begin it on"
                    f" {formats.day(today)} or later.",
                    "begins_on",
                )
            if last_day < before.begins_on:
                raise PriceRefused(f"{before.number} begins on {formats.day(before.begins_on)} only.", "begins_on")
            states.move(before, STATE.RENEWED, ends_on=last_day)
            outbox.emit("contracts.renewed", **_named(before), successor_id=contract.pk)
        _refuse_two(contract)
        states.move(contract, STATE.ACTIVE)
        outbox.emit("contracts.activated", **_named(contract))
        contract.refresh_from_db()
        return contract


def end(contract: Contract, *, last_day: date, reason: str, today: date, actor: Actor) -> Contract:
    """End an active contract before its time, or one that has none: it counts on `last_day` for the last time.

    Ended so already, it stays so. Raises PriceRefused.
    """
    reason = reason.strip()
    if not reason:
        raise PriceRefused("Say why.", "reason")
    with acting(actor):
        contract = _locked(contract)
        # one that has not begun runs on no day
        last_day = max(last_day, contract.begins_on - DAY)
        if contract.state == STATE.ENDED and contract.ends_on == last_day:
            return contract
        if contract.state != STATE.ACTIVE:
            raise PriceRefused(f"It is {contract.get_state_display().lower()}.")
        if contract.ends_on is not None and contract.ends_on < today:
            raise PriceRefused(f"It ended on {formats.day(contract.ends_on)}.")
        if last_day < today - DAY:
            raise PriceRefused(f"It counted until {formats.day(today - DAY)}: that is history.", "last_day")
        if contract.ends_on is not None and last_day > contract.ends_on:
            raise PriceRefused(f"It ends on {formats.day(contract.ends_on)} anyway; renew it instead.", "last_day")
        states.move(contract, STATE.ENDED, ends_on=last_day, reason=reason[:300])
        outbox.emit("contracts.ended", **_named(contract))
        contract.refresh_from_db()
        return contract


def renew(contract: Contract, *, number: str, begins_on: date, actor: Actor, ends_on: date | None = None) -> Contract:
    """Draft what follows an active contract: the same terms, and the prices of its last day, to be changed and
    activated. Asked again it is the draft that there is. Raises PriceRefused.
    """
    number = number.strip()
    with acting(actor), by_the_database():
        contract = _locked(contract)
        successor = Contract.objects.filter(predecessor=contract).first()
        if successor is not None and (successor.number, successor.begins_on) == (number, begins_on):
            return successor
        if successor is not None:
            raise PriceRefused(f"{successor.number} follows it already.", "number")
        if contract.state != STATE.ACTIVE:
            raise PriceRefused(f"It is {contract.get_state_display().lower()}.")
        if begins_on <= contract.begins_on:
            raise PriceRefused(f"It follows one that begins on {formats.day(contract.begins_on)}.", "begins_on")
        following = {"number": number, "name": contract.name, "begins_on": begins_on, "ends_on": ends_on}
        _check({**following, "notice_days": contract.notice_days})
        made = Contract.objects.create(
            entity_id=contract.entity_id, customer_id=contract.customer_id, currency=contract.currency,
            terms_id=contract.terms_id, notice_days=contract.notice_days, predecessor=contract,
            created_by=actor.name, **following,
        )  # fmt: skip
        last_day = begins_on - DAY if contract.ends_on is None else min(begins_on - DAY, contract.ends_on)
        standing = contract.prices.filter(valid_from__lte=last_day).exclude(valid_until__lt=last_day)
        ContractPrice.objects.bulk_create(
            ContractPrice(
                contract=made, entity_id=made.entity_id, customer_id=made.customer_id, product_id=each.product_id,
                from_quantity=each.from_quantity, price=each.price, price_per=each.price_per, valid_from=begins_on,
            )
            for each in standing
        )  # fmt: skip
        return made


def next_number(number: str) -> str:
    """What the contract that follows may be called: C-1/2 after C-1, C-1/3 after that."""
    found = re.fullmatch(r"(.*)/(\d{1,4})", number)
    following = f"{found[1]}/{int(found[2]) + 1}" if found else f"{number}/2"
    return following if len(following) <= 40 else ""


def _check(facts: dict) -> None:
    if not facts["number"]:
        raise PriceRefused("A contract has a number.", "number")
    if not facts["name"]:
        raise PriceRefused("Say what it is about.", "name")
    if facts["ends_on"] is not None and facts["ends_on"] < facts["begins_on"]:
        raise PriceRefused("It would end before it begins.", "ends_on")
    if not 0 <= facts["notice_days"] <= MOST_NOTICE:
        raise PriceRefused(f"Between 0 and {MOST_NOTICE}.", "notice_days")


def _refuse_two(contract: Contract) -> None:
    """Say which other contract prices the same product on the same day; the database would only say that one does."""
    found = Contract.objects.raw(
        """
        SELECT c.*, (SELECT number FROM orders_product p WHERE p.id = theirs.product_id) AS product
        FROM orders_contractprice ours JOIN orders_contractprice theirs
            ON theirs.entity_id = ours.entity_id AND theirs.customer_id = ours.customer_id
            AND theirs.product_id = ours.product_id AND theirs.contract_id <> ours.contract_id
            AND theirs.binds && (
                daterange(%(begins)s::date, %(ends)s::date + 1) * daterange(ours.valid_from, ours.valid_until + 1))
        JOIN orders_contract c ON c.id = theirs.contract_id
        WHERE ours.contract_id = %(contract)s ORDER BY theirs.id LIMIT 1
        """,
        {"contract": contract.pk, "begins": contract.begins_on, "ends": contract.ends_on},
    )
    for other in found:
        raise PriceRefused(f"{other.number} prices {other.product} on some of these days already.")


def _named(contract: Contract) -> dict:
    return {
        "contract_id": contract.pk, "number": contract.number, "entity_id": contract.entity_id,
        "customer_id": contract.customer_id,
    }  # fmt: skip


def _locked(contract: Contract) -> Contract:
    found = Contract.objects.select_for_update(no_key=True).filter(pk=contract.pk).first()
    if found is None:
        raise LostRace(f"Contract {contract.number} is gone.")
    return found


def _both_locked(contract: Contract) -> tuple[Contract | None, Contract]:
    """The contract that this one follows, and this one: the older is locked first, as by whoever renews it."""
    before = None if contract.predecessor_id is None else Contract.objects.get(pk=contract.predecessor_id)
    return None if before is None else _locked(before), _locked(contract)
