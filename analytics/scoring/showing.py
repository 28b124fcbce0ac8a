"""A prediction as pages show it, read with the account that it is of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from o2c.analytics.models import Prediction
from o2c.core.formats import MINUS
from o2c.orders.models import Account, LegalEntity


@dataclass(frozen=True)
class Told:
    """What a page says of a customer with a legal entity; all but the entity is empty where it has no history yet."""

    entity: LegalEntity
    band: str = ""
    percent: str = ""
    when: str = ""
    paid: int = 0
    reasons: tuple[str, ...] = ()
    as_of: date | None = None


def of_account() -> Subquery:
    """What is predicted of an account's customer, for a query of accounts; NULL where it has no history yet."""
    told = JSONObject(
        band="band", late="p_late", p10="days_p10", p50="days_p50", p90="days_p90", paid="paid", reasons="reasons",
        as_of=Cast("as_of", TextField()),
    )  # fmt: skip
    rows = Prediction.objects.filter(entity=OuterRef("entity"), customer=OuterRef("customer"))
    return Subquery(rows.values(told=told))


def told(accounts: Iterable[Account]) -> list[Told]:
    """Of accounts that were read with `predicted=of_account()`."""
    return [
        Told(
            account.entity, found["band"], percent(found["late"]), when(found["p10"], found["p50"], found["p90"]),
            found["paid"], tuple(found["reasons"]), date.fromisoformat(found["as_of"]),
        )
        if (found := account.predicted)
        else Told(account.entity)
        for account in accounts
    ]  # fmt: skip


def percent(chance: float) -> str:
    """Nobody is certain: at least under 1, at most over 99."""
    if chance < 0.01:
        return "under 1 %"
    return "over 99 %" if chance > 0.99 else f"{round(chance * 100)} %"


def when(p10: int, p50: int, p90: int) -> str:
    """When it pays: "usually 6 days after the due date, 8 in 10 between day 2 and day 14"."""
    many = abs(p50)
    usual = f"usually {many} day{'' if many == 1 else 's'} {'after' if p50 > 0 else 'before'} the due date"
    if p50 == 0:
        usual = "usually on the due date"
    if p10 == p90:
        return usual
    first, last = (f"day {MINUS if day < 0 else ''}{abs(day)}" for day in (p10, p90))
    return f"{usual}, 8 in 10 between {first} and {last}"
