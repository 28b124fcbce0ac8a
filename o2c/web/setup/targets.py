"""What is expected of people and teams, as the set-up file says it: after both, and after the legal entities."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.collections import targets, teams
from o2c.collections.board_forms import TargetForm
from o2c.collections.models import Target, Team
from o2c.collections.targets import TargetRefused
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

KEYS = ("person", "team", "what", "entity", "amount", "from_on")
CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"
Rows = list[tuple[str, dict]]


@dataclass(frozen=True)
class Wanted:
    """A target of the file. Without a day it is what is to count from now on."""

    of: User | Team
    what: str
    entity: LegalEntity | None
    amount: Decimal | None
    from_on: date | None


def export() -> list[dict]:
    """What counts now, without its day, and what is to come; of who works such tasks no longer nothing is expected."""
    today = clock.today()
    rows = [row for row in targets.standing(today) if row.team or teams.works(row.user, row.entity)]
    return [_told(row, today) for row in rows]


def _told(row: Target, today: date) -> dict:
    told: dict = {"team": row.team.code} if row.team else {"person": row.user.username}
    told["what"] = row.what
    if row.entity:
        told["entity"] = row.entity.code
    if row.amount is None:
        told["amount"] = None
    else:
        told["amount"] = plain(row.amount, row.entity.base_currency) if row.entity else str(int(row.amount))
    return told | ({"from_on": row.from_on.isoformat()} if row.from_on > today else {})


def apply(rows: Rows, valid: Callable, *, actor: Actor) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Bring targets to what the file says; what became of each by its place, and each mistake with its place.

    `valid` says whether the page's form takes what the file says at a place, and writes down what it does not.
    """
    today = clock.today()
    fates: dict[str, str] = {}
    wrong: list[tuple[str, str]] = []
    seen: set[tuple] = set()
    for place, told in rows:
        wanted, mistakes = _read(place, told, valid, today)
        wrong += mistakes
        if wanted is None:
            continue
        key = (wanted.of, wanted.what, wanted.entity, wanted.from_on or today)
        if key in seen:
            wrong.append((place, "This target is in the list twice."))
            continue
        seen.add(key)
        try:
            fates[place] = _bring(wanted, today, actor=actor)
        except TargetRefused as refused:
            whose = "person" if isinstance(wanted.of, User) else "team"
            wrong.append((f"{place}/{whose if refused.field == 'of' else refused.field}", str(refused)))
    return fates, wrong


def _read(place: str, told: dict, valid: Callable, today: date) -> tuple[Wanted | None, list[tuple[str, str]]]:
    named = [name for name in ("person", "team") if told.get(name) is not None]
    if len(named) != 1:
        return None, [(place, "Name a person or a team.")]
    (whose,), name = named, told[named[0]]
    people, of_teams = User.objects.none(), Team.objects.none()
    if isinstance(name, str) and whose == "person":
        people = User.objects.filter(username__iexact=name, is_active=True)
    elif isinstance(name, str):
        of_teams = Team.objects.filter(code=name)
    of = people.first() or of_teams.first()
    if of is None:
        return None, [(f"{place}/{whose}", f"There is no {whose} {name}.")]
    if "amount" not in told:
        return None, [(f"{place}/amount", "This is needed; null: nothing is expected any more.")]
    asked = {name: value for name, value in told.items() if name not in ("person", "team")}
    on = asked.pop("from_on", None)
    typed = {name: "" if value is None else value for name, value in asked.items()}
    form = TargetForm(
        typed | {"of": f"{'user' if whose == 'person' else 'team'}-{of.pk}", "from_on": on or today.isoformat()},
        people=people, teams=of_teams, entities=LegalEntity.objects.all(), today=today,
    )  # fmt: skip
    if not valid(form, place, asked | ({} if on is None else {"from_on": on})):
        return None, []
    facts = form.cleaned_data
    day = None if on is None else facts["from_on"]
    return Wanted(of, facts["what"], facts["entity"], facts["amount"], day), []


def _bring(wanted: Wanted, today: date, *, actor: Actor) -> str:
    """Set what is not so yet. What the file says of a day that is past is so where it counts today."""
    on = wanted.from_on or today
    there = targets.counting(wanted.of, wanted.what, wanted.entity, max(on, today))
    now = there.amount if there else None
    if now == wanted.amount and (on <= today or there is None or there.from_on == on):
        return UNCHANGED
    targets.set_target(wanted.of, wanted.what, amount=wanted.amount, from_on=on, entity=wanted.entity, actor=actor)
    return CREATED if now is None else CHANGED
