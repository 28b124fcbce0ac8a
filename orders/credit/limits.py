"""Credit limits with their days: said, ended, and kept in step with what an account says of today.

The rows are the truth. `Account.credit_limit` is the amount of the row of today, written here alone: by the acts as
they happen, and by `turn_the_day` for limits that begin or run out.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.core import clock, formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User
from o2c.core.money import MoneyError, exact
from o2c.core.refusals import Refused
from o2c.orders.credit import policies
from o2c.orders.credit.facts import rates
from o2c.orders.models import Account, CreditLimit, LegalEntity

DAY = timedelta(days=1)
MOST_NAMED = 1_000


class LimitRefused(Refused):
    """The limit cannot be so; the text says why, `field` where."""


def say(
    account: Account,
    amount: Decimal,
    *,
    valid_from: date,
    today: date,
    actor: Actor,
    valid_until: date | None = None,
    reason: str = "",
    then_back: bool = False,
    by_two: bool = False,
) -> CreditLimit:
    """Let an account owe so much, in its currency, on these days. What was said of them before ends, or is taken back.

    `then_back` lets what a last day cuts short count again after it: a raise for a time. `by_two` says that two people
    decided, who may any amount. The same again is what there is. Raises LimitRefused for a day that is past, and for
    more than the actor may set alone.
    """
    try:
        amount = exact(amount, account.currency)
    except MoneyError as wrong:
        raise LimitRefused(str(wrong), "amount") from None
    if amount < 0:
        raise LimitRefused("A limit is not less than nothing.", "amount")
    if valid_until is not None and valid_until < valid_from:
        raise LimitRefused("It would end before it begins.", "valid_until")
    if valid_from < today:
        raise LimitRefused(f"What counted until {formats.day(today - DAY)} is history.", "valid_from")
    with acting(actor):
        account = _locked(account)
        same = CreditLimit.objects.filter(
            account=account, amount=amount, currency=account.currency, valid_from=valid_from, valid_until=valid_until
        ).first()
        if same is not None:
            return same
        if not by_two:
            check_alone(account, amount, on=today, actor=actor)
        before = _cleared(account, valid_from, valid_until)
        made = CreditLimit.objects.create(
            account=account, entity_id=account.entity_id, customer_id=account.customer_id, amount=amount,
            currency=account.currency, valid_from=valid_from, valid_until=valid_until,
            reason=reason.strip()[:300], decided_by=actor.name, decided_by_user_id=actor.user_id,
        )  # fmt: skip
        if then_back and before is not None and valid_until is not None:
            CreditLimit.objects.create(
                account=account, entity_id=account.entity_id, customer_id=account.customer_id, amount=before.amount,
                currency=before.currency, valid_from=valid_until + DAY,
                valid_until=before.valid_until, reason=before.reason, decided_by=before.decided_by,
                decided_by_user_id=before.decided_by_user_id,
            )  # fmt: skip
        _keep_step([account.pk], today)
        return made


def end(limit: CreditLimit, *, last_day: date, today: date, actor: Actor) -> None:
    """Let a limit count on `last_day` for the last time; one that would not begin before is taken back.

    Raises LimitRefused where it is over, or where that day is history.
    """
    with acting(actor):
        account = _locked(limit.account)
        limit = CreditLimit.objects.select_for_update(no_key=True).filter(pk=limit.pk).first()
        if limit is None or (limit.valid_until is not None and limit.valid_until < today):
            raise LimitRefused("It is over.")
        if limit.valid_from > last_day:
            if limit.valid_from < today:
                raise LimitRefused(f"It has counted since {formats.day(limit.valid_from)}.", "last_day")
            limit.delete()
        elif last_day < today - DAY:
            raise LimitRefused(f"It counted until {formats.day(today - DAY)}: that is history.", "last_day")
        elif limit.valid_until is not None and last_day > limit.valid_until:
            raise LimitRefused(f"It ends on {formats.day(limit.valid_until)} anyway; say another.", "last_day")
        else:
            CreditLimit.objects.filter(pk=limit.pk).update(valid_until=last_day)
        _keep_step([account.pk], today)


def set_now(account: Account, amount: Decimal | None, *, actor: Actor, reason: str = "") -> None:
    """Let so much, or no limit at all, count from today on by the clock of the account's legal entity, as long as what
    counted before would have. Raises LimitRefused."""
    today = clock.today(account.entity.time_zone)
    with acting(actor):
        account = _locked(account)
        now = of_day(account, today)
        if now is not None and (now.amount, now.currency) == (amount, account.currency):
            return
        if amount is None:
            if now is not None:
                end(now, last_day=today - DAY, today=today, actor=actor)
            return
        following = CreditLimit.objects.filter(account=account, valid_from__gt=today).order_by("valid_from").first()
        valid_until = now.valid_until if now is not None else following.valid_from - DAY if following else None
        say(
            account, amount, valid_from=today, valid_until=valid_until, reason=reason, today=today, actor=actor
        )  # fmt: skip


def of_day(account: Account, on: date) -> CreditLimit | None:
    rows = CreditLimit.objects.filter(account=account, valid_from__lte=on)
    return rows.exclude(valid_until__lt=on).first()


def check_alone(account: Account, amount: Decimal, *, on: date, actor: Actor) -> None:
    """Raises LimitRefused for more than the roles of a person may set alone.

    Less than before, or the same, may anybody who has the right; programs bring what is decided elsewhere.
    """
    if actor.user_id is None:
        return
    now = of_day(account, on)
    if now is not None and now.currency == account.currency and amount <= now.amount:
        return
    entity = account.entity
    most = most_alone(entity, actor)
    if most is None:
        return
    rate = rates(entity, [account.currency], on).get(account.currency)
    if rate is None or amount * rate > most:
        raise LimitRefused(
            f"Alone you set up to {formats.amount(most, entity.base_currency)} {entity.base_currency};"
            " for more, apply for a credit review.",
            "amount",
        )


def most_alone(entity: LegalEntity, actor: Actor) -> Decimal | None:
    """The highest limit that a person sets without another, in the base currency; None: any."""
    policy = policies.of(entity)
    roles = User.objects.filter(pk=actor.user_id).values_list("roles", flat=True).first() or []
    return policy.manager_sets_up_to if Role.FINANCE_MANAGER in roles else policy.analyst_sets_up_to


def follow(entity: LegalEntity, customers: Iterable[int] | None, *, on: date, by: str, reason: str) -> None:
    """Let the limits that stand in accounts count from a day on, as a file or a system of records has written them.

    In a constant number of statements, for some customers of a legal entity or all. For whoever writes accounts by
    themselves, in the same transaction.
    """
    facts = {
        "entity": entity.pk, "customers": None if customers is None else list(customers), "on": on, "by": by,
        "reason": reason[:300],
    }  # fmt: skip
    changed: set[int] = set()
    with connection.cursor() as cursor:
        for statement in FOLLOW:
            cursor.execute(statement, facts)
            changed |= {row[0] for row in cursor.fetchall()}
    if changed:
        outbox.emit("credit.limits_changed", **_changed(entity.pk, changed))


def turn_the_day() -> dict:
    """Bring accounts to the limit of today, by the clock of each legal entity; how many it was another for."""
    changed = 0
    for entity in LegalEntity.objects.order_by("pk"):
        today = clock.today(entity.time_zone)
        with acting(Actor("system")):
            changed += _keep_step(None, today, entity)
    return {"changed": changed}


# --- What they share


def _locked(account: Account) -> Account:
    """The account, locked as by whoever confirms its orders."""
    return Account.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=account.pk)


def _cleared(account: Account, valid_from: date, valid_until: date | None) -> CreditLimit | None:
    """Make room for a limit of these days; the row that counted before them, as it was."""
    rows = CreditLimit.objects.filter(account=account).exclude(valid_until__lt=valid_from).order_by("valid_from")
    if valid_until is not None:
        rows = rows.filter(valid_from__lte=valid_until)
    before = None
    for row in rows.select_for_update(no_key=True):
        was = CreditLimit(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
        ends_later = valid_until is not None and (row.valid_until is None or row.valid_until > valid_until)
        if row.valid_from < valid_from:
            before = was
            CreditLimit.objects.filter(pk=row.pk).update(valid_until=valid_from - DAY)
        elif ends_later and row.valid_from > valid_from:
            # what was to begin within these days begins after them
            CreditLimit.objects.filter(pk=row.pk).update(valid_from=valid_until + DAY)
        else:
            before = before or was
            row.delete()
    return before


def _keep_step(accounts: list[int] | None, on: date, entity: LegalEntity | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(KEEP_STEP, {"accounts": accounts, "on": on, "entity": entity.pk if entity else None})
        changed: dict[int, list[int]] = {}
        for entity_id, customer_id in cursor.fetchall():
            changed.setdefault(entity_id, []).append(customer_id)
    payloads = [_changed(entity_id, customers) for entity_id, customers in changed.items()]
    if payloads:
        outbox.emit_all("credit.limits_changed", payloads)
    return sum(len(customers) for customers in changed.values())


def _changed(entity_id: int, customers: Collection[int]) -> dict:
    """Whose limits changed; where very many did, that any may have."""
    return {"entity_id": entity_id} | ({"customers": sorted(customers)} if len(customers) <= MOST_NAMED else {})


# Accounts that never had a limit by days are left alone.
KEEP_STEP = """
    WITH stale AS (
        SELECT a.id, l.amount FROM orders_account a
        LEFT JOIN orders_creditlimit l ON l.account_id = a.id
            AND daterange(l.valid_from, l.valid_until + 1) @> %(on)s::date AND l.currency = a.currency
        WHERE (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s::bigint[]))
            AND (%(entity)s::bigint IS NULL OR a.entity_id = %(entity)s)
            AND a.credit_limit IS DISTINCT FROM l.amount
            AND (%(accounts)s::bigint[] IS NOT NULL
                 OR EXISTS (SELECT 1 FROM orders_creditlimit any_of WHERE any_of.account_id = a.id))
        ORDER BY a.id FOR NO KEY UPDATE OF a
    )
    UPDATE orders_account a SET credit_limit = stale.amount FROM stale WHERE stale.id = a.id
    RETURNING a.entity_id, a.customer_id
"""

CHANGED = """
    WITH told AS (
        SELECT a.id, a.customer_id, a.credit_limit, a.currency FROM orders_account a
        WHERE a.entity_id = %(entity)s
            AND (%(customers)s::bigint[] IS NULL OR a.customer_id = ANY(%(customers)s::bigint[]))
    ), otherwise AS (
        SELECT t.*, l.id AS limit_id, l.valid_from, l.valid_until FROM told t
        LEFT JOIN orders_creditlimit l ON l.account_id = t.id
            AND daterange(l.valid_from, l.valid_until + 1) @> %(on)s::date
        WHERE (l.amount, l.currency) IS DISTINCT FROM
              (t.credit_limit, CASE WHEN l.id IS NULL AND t.credit_limit IS NULL THEN NULL ELSE t.currency END)
    )
"""
# One that began on the day is written anew, one that began before ends, and what an account says begins, until the
# next begins.
FOLLOW = (
    CHANGED + """
    DELETE FROM orders_creditlimit l USING otherwise o
    WHERE l.id = o.limit_id AND o.valid_from = %(on)s AND o.credit_limit IS NULL
    RETURNING o.customer_id
    """,
    CHANGED + """
    UPDATE orders_creditlimit l
    SET amount = o.credit_limit, currency = o.currency, reason = %(reason)s, decided_by = %(by)s,
        decided_by_user_id = NULL
    FROM otherwise o WHERE l.id = o.limit_id AND o.valid_from = %(on)s
    RETURNING o.customer_id
    """,
    CHANGED + """
    UPDATE orders_creditlimit l SET valid_until = %(on)s::date - 1 FROM otherwise o WHERE l.id = o.limit_id
    RETURNING o.customer_id
    """,
    CHANGED + """
    INSERT INTO orders_creditlimit (account_id, entity_id, customer_id, amount, currency, valid_from, valid_until,
                                    reason, decided_by)
    SELECT o.id, %(entity)s, o.customer_id, o.credit_limit, o.currency, %(on)s,
           (SELECT min(n.valid_from) - 1 FROM orders_creditlimit n WHERE n.account_id = o.id
            AND n.valid_from > %(on)s), %(reason)s, %(by)s
    FROM otherwise o WHERE o.credit_limit IS NOT NULL ORDER BY o.id
    RETURNING customer_id
    """,
)  # fmt: skip
