"""Credit reviews: a limit is applied for, scored, and approved by whoever may lend so much.

Which are due is said by the day and by what is used of a limit.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from o2c.core import clock, formats, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User
from o2c.core.money import MoneyError, exact, step
from o2c.core.refusals import Refused
from o2c.orders.credit import facts, limits, policies
from o2c.orders.credit.exposing import positions
from o2c.orders.credit.scorecard import FACTORS, Record, Told, Weights, propose
from o2c.orders.models import Account, CreditLimit, CreditPolicy, CreditReview, LegalEntity

STATE = CreditReview.State
TOLD = (
    "financials_on", "equity_ratio", "current_ratio", "sales", "rating_provider", "rating", "rating_score", "rating_on",
)  # fmt: skip


class ReviewRefused(Refused):
    """The review cannot be so; the text says why, `field` where."""


class FourEyes(ReviewRefused):
    """Somebody else must decide this; the text says who."""

    problem = "forbidden"


def apply(account: Account, asked_limit: Decimal, *, reason: str, today: date, actor: Actor, **told) -> CreditReview:
    """Apply for a limit, in the account's currency, with what was found out of the customer; it is scored at once.

    An account has one application at a time. Raises ReviewRefused.
    """
    if not reason.strip():
        raise ReviewRefused("Say what it is for.", "reason")
    try:
        asked_limit = exact(asked_limit, account.currency)
    except MoneyError as wrong:
        raise ReviewRefused(str(wrong), "asked_limit") from None
    if asked_limit < 0:
        raise ReviewRefused("A limit is not less than nothing.", "asked_limit")
    with acting(actor):
        account = Account.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(
            pk=account.pk
        )  # fmt: skip
        if CreditReview.objects.filter(account=account, state=STATE.ASKED).exists():
            raise ReviewRefused("An application waits already: decide about it, or withdraw it.")
        _check(account.entity, told, today)
        review = CreditReview.objects.create(
            account=account, entity_id=account.entity_id, customer_id=account.customer_id, currency=account.currency,
            asked_limit=asked_limit, reason=reason.strip()[:300], asked_by_id=actor.user_id, asker=actor.name, **told,
        )  # fmt: skip
        _score(review, account, today)
        outbox.emit("credit_reviews.asked", **_named(review))
        return review


def tell(review: CreditReview, *, today: date, actor: Actor, **told) -> CreditReview:
    """Write down what was found out since; it is scored anew, and a first approval is to be given again.

    Raises ReviewRefused.
    """
    with acting(actor):
        review = _waiting(review)
        _check(review.account.entity, {name: told.get(name, getattr(review, name)) for name in TOLD}, today)
        CreditReview.objects.filter(pk=review.pk).update(first_by=None, first_at=None, **told)
        review.refresh_from_db()
        _score(review, review.account, today)
        return review


def approve(
    review: CreditReview, amount: Decimal, *, valid_until: date | None, note: str, today: date, actor: Actor
) -> CreditReview:
    """Let a limit count from today on, in the account's currency; above what a person sets alone two approve the same.

    Of two, neither has asked, and the higher amount takes a finance manager among them; above what a manager sets
    alone both are. A program approves nothing. Raises ReviewRefused and FourEyes.
    """
    if actor.user_id is None:
        raise FourEyes("Only people approve limits.")
    if valid_until is not None and valid_until < today:
        raise ReviewRefused("It would end before it begins.", "valid_until")
    with acting(actor):
        review = _waiting(review)
        account = review.account
        try:
            amount = exact(amount, account.currency)
        except MoneyError as wrong:
            raise ReviewRefused(str(wrong), "amount") from None
        alone = _alone(account, amount, today, actor)
        if not alone:
            if actor.user_id == review.asked_by_id:
                raise FourEyes("You asked for this, so two others approve so much.")
            if review.first_by_id is None or (review.approved_limit, review.valid_until) != (amount, valid_until):
                CreditReview.objects.filter(pk=review.pk).update(
                    first_by_id=actor.user_id, first_at=clock.now(), approved_limit=amount, valid_until=valid_until,
                    note=note.strip()[:300],
                )  # fmt: skip
                outbox.emit("credit_reviews.first_yes", **_named(review))
                review.refresh_from_db()
                return review
            _check_second(review, account, amount, today, actor)
        else:
            CreditReview.objects.filter(pk=review.pk).update(first_by=None, first_at=None)
        states.move(
            review, STATE.APPROVED, approved_limit=amount, valid_until=valid_until, decided_by_id=actor.user_id,
            decided_at=clock.now(), note=note.strip()[:300],
        )  # fmt: skip
        limits.say(
            account, amount, valid_from=today, valid_until=valid_until, reason=f"Credit review {review.pk}. {note}",
            today=today, actor=actor, by_two=True,
        )  # fmt: skip
        outbox.emit("credit_reviews.approved", **_named(review))
        review.refresh_from_db()
        return review


def refuse(review: CreditReview, *, note: str, actor: Actor) -> CreditReview:
    """Say no; the limit that counts stays. Raises ReviewRefused and FourEyes."""
    if not note.strip():
        raise ReviewRefused("Say why it is refused.", "note")
    if actor.user_id is None:
        raise FourEyes("Only people decide about limits.")
    with acting(actor):
        review = _waiting(review)
        states.move(
            review, STATE.REFUSED, decided_by_id=actor.user_id, decided_at=clock.now(), note=note.strip()[:300],
            approved_limit=None, first_by_id=None, first_at=None,
        )  # fmt: skip
        outbox.emit("credit_reviews.refused", **_named(review))
        return review


def withdraw(review: CreditReview, *, actor: Actor) -> CreditReview:
    """Take one's own application back. Raises FourEyes for anybody else's."""
    with acting(actor):
        review = _waiting(review)
        if review.asker != actor.name or review.asked_by_id != actor.user_id:
            raise FourEyes("Only who applied takes it back; refuse it instead.")
        states.move(review, STATE.WITHDRAWN)
        outbox.emit("credit_reviews.withdrawn", **_named(review))
        return review


def weights(policy: CreditPolicy) -> Weights:
    return Weights(**{name: getattr(policy, f"weigh_{name}") for name in FACTORS}, **{
        name: getattr(policy, name)
        for name in ("turnover_months", "sales_percent", "least_score", "stale_months")
    })  # fmt: skip


# --- Which are due


@dataclass(frozen=True)
class Due:
    """An account whose limit is to be looked at: it runs out soon, or much of it is used."""

    account: Account
    limit: CreditLimit
    why: str


def due(entity: LegalEntity, today: date) -> list[Due]:
    """The accounts of a legal entity to be reviewed, the soonest end first; in a constant number of statements.

    Those that an application waits for are not among them, and limits that another one follows do not run out.
    """
    policy = policies.of(entity)
    until = today + timedelta(days=policy.review_days)
    rows = list(
        CreditLimit.objects.filter(entity=entity, valid_from__lte=today).exclude(valid_until__lt=today)
        .exclude(account__reviews__state=STATE.ASKED).select_related("account__customer", "account__entity")
    )  # fmt: skip
    following = set(
        CreditLimit.objects.filter(entity=entity, valid_from__gt=today).values_list("account_id", "valid_from")
    )
    used = positions(entity, [row.customer_id for row in rows], today, policy) if rows else {}
    found = []
    for row in rows:
        follows = row.valid_until is not None and (row.account_id, row.valid_until + timedelta(days=1)) in following
        percent = used[row.customer_id].used
        if row.valid_until is not None and row.valid_until <= until and not follows:
            found.append(Due(row.account, row, f"The limit counts until {formats.day(row.valid_until)}."))
        elif percent is not None and percent > policy.review_used:
            found.append(Due(row.account, row, f"{percent} % of the limit are used."))
    return sorted(found, key=lambda each: (each.limit.valid_until or date.max, each.account.pk))


# --- What they share


def _alone(account: Account, amount: Decimal, today: date, actor: Actor) -> bool:
    try:
        limits.check_alone(account, amount, on=today, actor=actor)
    except limits.LimitRefused:
        return False
    return True


def _check_second(review: CreditReview, account: Account, amount: Decimal, today: date, actor: Actor) -> None:
    if review.first_by_id == actor.user_id:
        raise FourEyes("You approved it already, so somebody else does too.")
    managers = set(
        User.objects.filter(pk__in=[review.first_by_id, actor.user_id], roles__contains=[Role.FINANCE_MANAGER])
        .values_list("pk", flat=True)
    )  # fmt: skip
    if not managers:
        raise FourEyes("One of the two is a finance manager.")
    most = policies.of(account.entity).manager_sets_up_to
    rate = facts.rates(account.entity, [account.currency], today).get(account.currency)
    if most is not None and (rate is None or amount * rate > most) and len(managers) < 2:
        raise FourEyes("Above what a finance manager sets alone both are.")


def _check(entity: LegalEntity, told: dict, today: date) -> None:
    for name in ("financials_on", "rating_on"):
        if told.get(name) is not None and told[name] > today:
            raise ReviewRefused("That day is to come.", name)
    figures = ("equity_ratio", "current_ratio", "sales")
    if told.get("financials_on") is None and any(told.get(name) is not None for name in figures):
        raise ReviewRefused("Say of which day the figures are.", "financials_on")
    if told.get("rating_score") is not None or told.get("rating"):
        for name, says in (("rating_provider", "Say whose rating it is."), ("rating_on", "Say of which day it is.")):
            if not told.get(name):
                raise ReviewRefused(says, name)
    for name, least, most in (("equity_ratio", -1000, 100), ("current_ratio", 0, 1000), ("rating_score", 0, 100)):
        if told.get(name) is not None and not least <= told[name] <= most:
            raise ReviewRefused(f"Between {least} and {most}.", name)
    if told.get("sales") is not None:
        try:
            if exact(told["sales"], entity.base_currency) < 0:
                raise ReviewRefused("Not less than nothing.", "sales")
        except MoneyError as wrong:
            raise ReviewRefused(str(wrong), "sales") from None


def _score(review: CreditReview, account: Account, today: date) -> None:
    entity = account.entity
    record = facts.record(entity, [account.customer_id], today).get(account.customer_id, Record())
    rate = facts.rates(entity, [account.currency], today).get(account.currency)
    asked = None if rate is None else (review.asked_limit * rate).quantize(step(entity.base_currency), ROUND_HALF_UP)
    told = Told(**{name: getattr(review, name) for name in TOLD if name not in ("rating_provider", "rating")})
    found = propose(record, told, weights(policies.of(entity)), asked=asked, currency=entity.base_currency, on=today)
    CreditReview.objects.filter(pk=review.pk).update(
        scorecard=[line.as_json() for line in found.lines], score=found.score, proposed=found.amount,
        proposed_because=list(found.reasons),
    )  # fmt: skip
    review.refresh_from_db()


def _waiting(review: CreditReview) -> CreditReview:
    rows = CreditReview.objects.select_for_update(no_key=True, of=("self",)).select_related("account__entity")
    found = rows.get(pk=review.pk)
    if found.state != STATE.ASKED:
        raise ReviewRefused(f"It is {found.get_state_display().lower()}.")
    return found


def _named(review: CreditReview) -> dict:
    return {"review_id": review.pk, "entity_id": review.entity_id, "customer_id": review.customer_id}
