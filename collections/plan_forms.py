"""What people type of payment plans: the items, a schedule that is worked out from few words, and each instalment."""

from datetime import date, timedelta
from decimal import Decimal

from django import forms

from o2c.collections.plans.rules import MOST_DAYS, MOST_PERCENT
from o2c.collections.plans.schedules import MOST_INSTALMENTS, PlanRefused, Step, monthly
from o2c.core.forms import AmountField, DayField
from o2c.core.money import step
from o2c.invoicing.models import OpenItem

USUAL_COUNT = 3


class StepForm(forms.Form):
    due_on = DayField(label="Due on")
    amount = AmountField(label="Amount")


class PlanForm(forms.Form):
    """Which items, in how many instalments from which day; and the schedule, proposed by these or typed.

    `basis` says by which items, count and first day the schedule was worked out that came with the form: where they are
    others by now it is worked out anew.
    """

    count = forms.IntegerField(label="Instalments", min_value=1, max_value=MOST_INSTALMENTS)
    first = DayField(label="First one on", help_text="The others on the same day of the months after.")
    is_part = forms.BooleanField(
        label="Only a part is agreed", required=False, help_text="The instalments may be less than the items owe."
    )
    note = forms.CharField(label="Why, and what else was agreed", max_length=300, required=False)

    def __init__(self, data=None, *, items: list[OpenItem], taken: set[int], named: set[int], today: date):
        self.today = today
        super().__init__(data, initial={"count": USUAL_COUNT, "first": today + timedelta(days=14)})
        self.fields["first"].widget.attrs["min"] = today.isoformat()
        self.items, self.taken = items, taken
        if data is not None:
            named = {int(pk) for pk in data.getlist("items") if pk.isdecimal()}
        self.chosen = [item for item in items if item.pk in named and item.pk not in taken]
        self.currency = items[0].currency
        self.problem = ""
        self.anew = True
        self.steps: list[StepForm] = []
        self._schedule()

    def choices(self) -> list[tuple[OpenItem, bool, bool]]:
        """Each item, whether it is chosen, and whether a running plan has it."""
        chosen = {item.pk for item in self.chosen}
        return [(item, item.pk in chosen, item.pk in self.taken) for item in self.items]

    @property
    def owed(self) -> Decimal:
        return sum((item.open_amount for item in self.chosen), Decimal(0))

    @property
    def basis(self) -> str:
        facts = self.cleaned_data if self.is_bound else self.initial
        return "|".join(map(str, (facts.get("count"), facts.get("first"), *(item.pk for item in self.chosen))))

    @property
    def total(self) -> Decimal:
        """What is typed, as far as it can be read."""
        return sum((each.cleaned_data.get("amount") or Decimal(0) for each in self.steps), Decimal(0))

    @property
    def difference(self) -> Decimal:
        return self.owed - self.total

    def _schedule(self) -> None:
        if self.is_bound:
            self.is_valid()
        facts = self.cleaned_data if self.is_bound else self.initial
        count, first = facts.get("count"), facts.get("first")
        self.anew = not self.is_bound or self.data.get("basis") != self.basis
        if not self.chosen:
            self.problem = "Choose at least one item."
        elif count and first and self.anew:
            try:
                proposed = monthly(self.owed, self.currency, count, first)
            except PlanRefused as refused:
                self.problem = str(refused)
            else:
                self.steps = [self._step(number, each) for number, each in enumerate(proposed)]
        elif count and first:
            self.steps = [StepForm(self.data, prefix=f"step-{number}") for number in range(count)]
            for each in self.steps:
                each.is_valid()

    def _step(self, number: int, proposed: Step) -> StepForm:
        prefix = f"step-{number}"
        amount = proposed.amount.quantize(step(self.currency))
        made = StepForm({f"{prefix}-due_on": proposed.due_on.isoformat(), f"{prefix}-amount": amount}, prefix=prefix)
        made.is_valid()
        return made

    def agreed(self) -> list[Step]:
        return [Step(each.cleaned_data["due_on"], each.cleaned_data["amount"]) for each in self.steps]

    def can_be_agreed(self) -> bool:
        """Whether all that was typed can be read, and the schedule is the one that was looked at."""
        return self.is_valid() and not self.anew and not self.problem and all(each.is_valid() for each in self.steps)


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)


def percent(**more) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, max_value=MOST_PERCENT, max_digits=5, decimal_places=2, **more)


class RulesForm(forms.Form):
    plan_days = forms.IntegerField(
        label="Days past an instalment", min_value=0, max_value=MOST_DAYS, help_text="After them it is missed."
    )
    plan_percent = percent(
        label="Percent short of a plan", help_text="Of all that is due by then. Of plans agreed from now on."
    )
    promise_percent = percent(
        label="Percent short of a promise", help_text="Kept all the same. The days are said by the dunning policy."
    )
    reminds_before = forms.IntegerField(
        label="Reminds so many days before", min_value=0, max_value=MOST_DAYS, help_text="By e-mail; 0: not at all."
    )
