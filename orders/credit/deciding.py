"""Whether an order may be confirmed: a pure rule over what the customer owes, its limit, and how it pays.

All amounts are in the base currency of the legal entity. Every reason that holds is named, not only the first.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.core import formats

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Exposure:
    """What a customer owes and will owe; less than nothing where more was credited and paid than it owes.

    `unvalued` names the currencies that have no rate: what is in them is not in the figures.
    """

    currency: str
    open_items: Decimal = NOTHING
    delivered: Decimal = NOTHING
    confirmed: Decimal = NOTHING
    order: Decimal = NOTHING
    unvalued: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        return self.open_items + self.delivered + self.confirmed + self.order


@dataclass(frozen=True)
class Limit:
    """What may be owed. Without an `amount` none counts: it was never set, or the last one ran out on `expired_on`."""

    amount: Decimal | None = None
    valid_until: date | None = None
    expired_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """How a customer pays: days that the oldest item is overdue, what is, the highest dunning level told of what is
    still open, promises broken lately, and whether the account is open for business."""

    oldest_days: int = 0
    overdue: Decimal = NOTHING
    level: int = 0
    broken: int = 0
    standing: str = "open"
    standing_reason: str = ""


@dataclass(frozen=True)
class Policy:
    """The thresholds; None: it does not matter."""

    unlimited_without: bool = True
    max_oldest_days: int | None = None
    max_overdue: Decimal | None = None
    dunning_level: int | None = None
    broken_promises: int | None = None
    broken_days: int = 90


SHORT = {
    "account_blocked": "Blocked",
    "account_closed": "Closed",
    "no_rate": "No exchange rate",
    "limit_exceeded": "Over the limit",
    "limit_expired": "Limit ran out",
    "no_limit": "No limit",
    "overdue_days": "Long overdue",
    "overdue_amount": "Much overdue",
    "dunning_level": "Dunned",
    "broken_promises": "Broke promises",
}


@dataclass(frozen=True)
class Reason:
    code: str
    text: str

    @property
    def short(self) -> str:
        return SHORT[self.code]

    def as_json(self) -> dict:
        return {"code": self.code, "text": self.text}


@dataclass(frozen=True)
class Decided:
    """Held where there is a reason. `over` is by how much the limit is exceeded."""

    reasons: tuple[Reason, ...] = ()
    over: Decimal = NOTHING

    @property
    def holds(self) -> bool:
        return bool(self.reasons)


def decide(exposure: Exposure, limit: Limit, facts: Facts, policy: Policy) -> Decided:
    """The reasons against an order that is counted in the exposure. More exposure never takes a reason away."""
    reasons: list[Reason] = []
    over = NOTHING

    def against(code: str, text: str) -> None:
        reasons.append(Reason(code, text))

    def money(amount: Decimal) -> str:
        return f"{formats.amount(amount, exposure.currency)} {exposure.currency}"

    if facts.standing != "open":
        because = f": {facts.standing_reason}" if facts.standing_reason else ""
        against(f"account_{facts.standing}", f"The account is {facts.standing}{because}.")
    if exposure.unvalued:
        against("no_rate", f"There is no exchange rate for {', '.join(exposure.unvalued)}.")
    if limit.amount is not None:
        over = max(exposure.total - limit.amount, NOTHING)
        if over:
            against(
                "limit_exceeded",
                f"{money(exposure.total)} would be owed, {money(over)} more than the limit of {money(limit.amount)}.",
            )
    elif limit.expired_on is not None:
        against("limit_expired", f"The credit limit counted until {formats.day(limit.expired_on)}.")
    elif not policy.unlimited_without and exposure.total > 0:
        over = exposure.total
        against("no_limit", f"No credit limit is set, and {money(exposure.total)} would be owed.")
    if policy.max_oldest_days is not None and facts.oldest_days > policy.max_oldest_days:
        against(
            "overdue_days",
            f"The oldest item is {_count(facts.oldest_days, 'day')} overdue, more than {policy.max_oldest_days}.",
        )
    if policy.max_overdue is not None and facts.overdue > policy.max_overdue:
        against("overdue_amount", f"{money(facts.overdue)} are overdue, more than {money(policy.max_overdue)}.")
    if policy.dunning_level is not None and facts.level >= policy.dunning_level:
        against("dunning_level", f"It was dunned at level {facts.level}.")
    if policy.broken_promises is not None and facts.broken >= policy.broken_promises:
        against(
            "broken_promises", f"{_count(facts.broken, 'promise')} broken within {_count(policy.broken_days, 'day')}."
        )
    return Decided(tuple(reasons), over)


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
