"""Credit in the demo: policies, limits that end soon, and applications with what was found out of the customers."""

from datetime import date, timedelta
from decimal import Decimal

from o2c.core.actors import Actor
from o2c.core.models import Role, User
from o2c.orders.credit import limits, policies, reviewing
from o2c.orders.models import Account, LegalEntity

ENDS_IN = (12, 19, 26)  # days, of so many accounts
# How much more than now is asked for, what for, and what is known.
APPLICATIONS = (
    (2, "Opens two more stores in spring.", {"equity_ratio": Decimal("31.5"), "current_ratio": Decimal("1.6")}),
    (3, "Wants to buy the new line as well.", {"equity_ratio": Decimal("12.0"), "current_ratio": Decimal("0.9")}),
    (2, "Asks for it before the season.", {"rating_provider": "Credit bureau", "rating": "BB", "rating_score": 58}),
    (4, "Takes over a competitor.", {"equity_ratio": Decimal("44.0"), "sales": Decimal(9_500_000)}),
)  # fmt: skip


def lend(as_of: date, entities: list[LegalEntity], *, actor: Actor) -> None:
    """Write each legal entity's policy; let some limits end soon, and apply for larger ones: one is approved."""
    manager = User.objects.filter(roles__contains=[Role.FINANCE_MANAGER], is_active=True).order_by("pk").first()
    for entity in entities:
        policies.change(entity, two_people_from=Decimal(20_000), actor=actor)
        with_limits = Account.objects.filter(entity=entity, credit_limit__gt=0, standing=Account.Standing.OPEN)
        accounts = list(with_limits.select_related("entity").order_by("-credit_limit", "pk")[:10])
        for account, days in zip(accounts, ENDS_IN, strict=False):
            limits.say(
                account, account.credit_limit, valid_from=as_of, valid_until=as_of + timedelta(days=days),
                reason="To be looked at again soon.", today=as_of, actor=actor,
            )  # fmt: skip
        for place, (account, (times, reason, told)) in enumerate(
            zip(accounts[len(ENDS_IN) :], APPLICATIONS, strict=False)
        ):
            days = {"rating_on" if "rating" in told else "financials_on": as_of - timedelta(days=70)}
            review = reviewing.apply(
                account, account.credit_limit * times, reason=reason, today=as_of, actor=actor, **told, **days
            )
            if place == 0 and manager is not None:
                wanted = account.credit_limit
                reviewing.approve(
                    review, wanted, valid_until=as_of + timedelta(days=365), note="As much as now, for a year.",
                    today=as_of, actor=Actor.of(manager),
                )  # fmt: skip
