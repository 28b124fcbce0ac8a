"""Targets in the API: what is expected of people and teams, set from a day on, and ended."""

from decimal import Decimal

from django.db.models import Case, F, IntegerField, QuerySet, When
from django.db.models.functions import Cast
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import board, targets
from o2c.collections.models import Target, Team
from o2c.collections.targets import MOST_A_DAY, TargetRefused
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, MoneyIn, MoneyOut, Text, View, Whole
from o2c.core.api.problems import Problem, at
from o2c.core.models import User
from o2c.orders.api.naming import entity_named
from o2c.orders.models import LegalEntity


class TargetView(View):
    id = serializers.IntegerField()
    person = serializers.CharField(allow_null=True, help_text="User name; null: it is a team's.")
    team = serializers.CharField(source="team_code", allow_null=True, help_text="Code of a team; null: a person's.")
    what = serializers.ChoiceField(choices=Target.What.choices)
    entity = serializers.CharField(
        source="entity_code", allow_null=True, help_text="Code of the legal entity whose money it is; null: a count."
    )
    amount = MoneyOut("money", "currency", allow_null=True, help_text="A month, in the legal entity's base currency.")
    count = serializers.IntegerField(
        source="number", allow_null=True, help_text="A working day. With no amount either: none any more."
    )
    from_on = serializers.DateField(help_text="From this day on, until the next one begins.")
    set_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class TargetIn(Body):
    """Of a person or of a team; money as `amount`, with its legal entity, or a `count`."""

    person = Text(max_length=150, required=False, help_text="User name.")
    team = Text(max_length=20, required=False, help_text="Code of a team: of each member who has none of their own.")
    what = Choice(choices=Target.What.choices)
    entity = Text(max_length=20, required=False, help_text="Code of the legal entity whose money it is.")
    amount = MoneyIn(required=False, positive=True, help_text="A month, in the legal entity's base currency.")
    count = Whole(required=False, min_value=1, max_value=MOST_A_DAY, help_text="A working day.")
    from_on = Day(help_text="Today (in UTC) or later.")

    def validate(self, given):
        if ("person" in given) is ("team" in given):
            raise serializers.ValidationError("Name a person or a team.", "ambiguous")
        needed, other = ("amount", "count") if given["what"] in Target.MONEY else ("count", "amount")
        if other in given:
            detail = serializers.ErrorDetail(f"Say {needed} of {given['what']}.", "unfit")
            raise serializers.ValidationError({other: [detail]})
        if needed not in given:
            raise serializers.ValidationError(
                {needed: [serializers.ErrorDetail("This field is required.", "required")]}
            )
        return given


class TargetEnd(Body):
    from_on = Day(help_text="Nothing is expected from this day on: today (in UTC) or later.")


class TargetQuery(PageQuery):
    person = serializers.CharField(required=False, max_length=150, help_text="Only of this person (user name).")
    team = serializers.CharField(required=False, max_length=20, help_text="Only of this team (its code).")
    what = serializers.ChoiceField(choices=Target.What.choices, required=False)
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")


class TargetEndpoint(Endpoint):
    tag = "Tasks"
    refusals = (TargetRefused,)

    def rows(self) -> QuerySet[Target]:
        return board.targets_of(self.request.user).annotate(
            person=F("user__username"),
            team_code=F("team__code"),
            entity_code=F("entity__code"),
            currency=F("entity__base_currency"),
            money=Case(When(entity__isnull=False, then=F("amount"))),
            number=Case(When(entity__isnull=True, then=Cast("amount", IntegerField()))),
        )

    def answer(self, target: Target, status: int = 200) -> Response:
        location = reverse("api:target", args=[target.pk]) if status == 201 else None
        return self.one(self.find(self.rows(), pk=target.pk), TargetView, status=status, location=location)


class Targets(TargetEndpoint):
    @operation("targets:read", "List targets", gives=TargetView, query=TargetQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What was, is and will be expected of the people and teams that the caller looks after. Of the same person or
        team, what and legal entity the last that has begun counts; what was reached of it says the board."""
        rows = self.asked_for(
            self.rows(), person="user__username", team="team__code", what="what", entity="entity__code"
        )
        return self.page(rows, TargetView)

    @operation("targets:write", "Set a target", takes=TargetIn, gives=TargetView, statuses=(200, 201), conditional=True)
    def post(self, request: Request, given: dict) -> Response:
        """From a day on so much is expected, until another target of the same begins. The same day again says it anew
        (200)."""
        of = self.whose(given)
        entity = entity_named(request.user, given["entity"]) if "entity" in given else None
        wanted = {"what": given["what"], "entity": entity, "from_on": given["from_on"]}
        there = Target.objects.of(of).select_for_update(no_key=True).filter(**wanted).first()
        conditions.check_writing(request, there)
        amount = _amount(given, entity)
        try:
            made = targets.set_target(of, **wanted, amount=amount, actor=self.actor)
        except TargetRefused as refused:
            raise _problem(refused, given) from None
        return self.answer(made, status=200 if there else 201)

    def whose(self, given: dict) -> User | Team:
        """Whom the body names, of those that the caller looks after. Raises Problem."""
        if "person" in given:
            found = board.people_of(self.request.user).filter(username=given["person"]).first()
            if found is None:
                raise at("/person", "unknown", "There is no such person who works tasks.")
            return found
        found = board.teams_of(self.request.user).filter(code=given["team"]).first()
        if found is None:
            raise at("/team", "unknown", "There is no such team.")
        return found


class OneTarget(TargetEndpoint):
    @operation("targets:read", "Read a target", gives=TargetView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), TargetView)


class EndTarget(TargetEndpoint):
    @operation(
        "targets:write", "End a target", takes=TargetEnd, gives=TargetView, statuses=(200, 201), conditional=True
    )
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """From a day on nothing is expected any more; that is a row of its own, which is answered (201), or the same
        where it ends on the day on which it would have begun (200).

        Refused (409) for one that has ended, that begins later, and where another one counts on that day.
        """
        self.find(self.rows(), pk=pk)
        row = Target.objects.select_for_update(no_key=True).get(pk=pk)
        conditions.check_writing(request, row)
        try:
            ended = targets.end(row, from_on=given["from_on"], actor=self.actor)
        except TargetRefused as refused:
            raise _problem(refused, given) from None
        return self.answer(ended, status=200 if ended.pk == pk else 201)


def _amount(given: dict, entity: LegalEntity | None) -> Decimal:
    """Raises Problem for money in another currency than the legal entity's."""
    if "count" in given:
        return Decimal(given["count"])
    money = given["amount"]
    if entity is not None and str(money.currency) != entity.base_currency:
        raise at("/amount/currency", "currency", f"The books of {entity.code} are kept in {entity.base_currency}.")
    return money.amount


def _problem(refused: TargetRefused, given: dict) -> Problem | TargetRefused:
    """What the act says of something in the body, at its place; itself where it says that it does not fit."""
    if not refused.field:
        return refused
    named = {"of": ("person", "team"), "amount": ("count", "amount")}.get(refused.field, (refused.field,))
    field = next((name for name in named if name in given), named[0])
    return at(f"/{field}", "unfit", str(refused))


urlpatterns = [
    path("targets", Targets.as_view(), name="targets"),
    path("targets/<int:pk>", OneTarget.as_view(), name="target"),
    path("targets/<int:pk>/end", EndTarget.as_view(), name="end-target"),
]
