"""A strategy as it is typed: what a task counts at least, and its rules as the rows of a table."""

import re

from django import forms

from o2c.collections.forms import AssigneeField
from o2c.collections.strategies.facts import ALL, WORD
from o2c.collections.strategies.rules import MOST_DAYS, MOST_RULES, Comparison, Rule, Rules, StrategyRefused
from o2c.core.forms import AmountField
from o2c.core.models import User
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

# Rows that are offered beside those that are filled in.
SPARE = 3
CELLS = ("fact", "comparison", "value", "points")
NOTHING = ("", "–")


class StrategyForm(forms.Form):
    """Rows without a fact are no rules; the others count in the order in which they stand."""

    least = AmountField(
        label="A task counts at least", required=False, help_text="So that a task without money is not always last."
    )
    escalates_after = forms.IntegerField(
        label="Escalates after", required=False, min_value=1, max_value=MOST_DAYS,
        help_text="Days past its due day, if it is not done. Empty: never.",
    )  # fmt: skip
    escalates_to = AssigneeField(label="It goes to", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, entity: LegalEntity, user: User, filled: int = 0, initial=None):
        super().__init__(data, initial=initial)
        self.entity = entity
        self.fields["escalates_to"].offer(entity, user)
        self.fields["escalates_to"].choices = [NOTHING, *self.fields["escalates_to"].choices[1:]]
        count = min(MOST_RULES, filled + SPARE)
        if data is not None:
            posted = [int(found[1]) for name in data if (found := re.fullmatch(r"rule_(\d{1,2})_fact", name))]
            count = min(MOST_RULES, max([SPARE, *posted]))
        self.count = count
        for number in range(1, count + 1):
            for name, made in _cells(number).items():
                self.fields[f"rule_{number}_{name}"] = made

    def rows(self):
        return [(number, [self[f"rule_{number}_{name}"] for name in CELLS]) for number in range(1, self.count + 1)]

    def words(self):
        """What the values of facts that are words may be, each with its name."""
        return [(fact.name, fact.words(self.entity)) for fact in ALL if fact.kind == WORD and fact.code != "country"]

    def rules(self) -> Rules:
        """What was typed. Call it where the form is valid."""
        facts = self.cleaned_data
        typed = (Rule(*(facts[f"rule_{number}_{name}"] for name in CELLS)) for number in self._used())
        return Rules(facts["least"] or Rules.least, tuple(typed), facts["escalates_after"], facts["escalates_to"])

    def show(self, faults: list[StrategyRefused]) -> None:
        """Say what is wrong at the field that it is about."""
        used = self._used()
        for fault in faults:
            where = f"rule_{used[fault.place]}_{fault.field}" if fault.place is not None else fault.field
            self.add_error(where if where in self.fields else None, str(fault))

    def _used(self) -> list[int]:
        return [number for number in range(1, self.count + 1) if self.cleaned_data.get(f"rule_{number}_fact")]

    def clean(self):
        facts = super().clean()
        for number in self._used():
            for name in ("comparison", "value", "points"):
                where = f"rule_{number}_{name}"
                if where not in self.errors and facts.get(where) in (None, ""):
                    self.add_error(where, "Say it, or leave the fact out.")
        return facts


def _cells(number: int) -> dict[str, forms.Field]:
    def of(what: str) -> str:
        return f"Rule {number}: {what}"

    facts = [(fact.code, f"{fact.name}, {fact.unit}" if fact.unit else fact.name) for fact in ALL]
    return {
        "fact": forms.ChoiceField(label=of("fact"), choices=[NOTHING, *facts], required=False),
        "comparison": forms.ChoiceField(label=of("comparison"), choices=[NOTHING, *Comparison.choices], required=False),
        "value": forms.CharField(label=of("value"), max_length=40, required=False),
        "points": forms.IntegerField(label=of("points"), required=False),
    }


def initial(rules: Rules, entity: LegalEntity, seen: str) -> dict:
    """What the form shows of rules that are there."""
    shown = {
        "least": plain(rules.least, entity.base_currency),
        "escalates_after": rules.escalates_after,
        "escalates_to": AssigneeField.value_of(rules.escalates_to),
        "seen": seen,
    }
    for number, rule in enumerate(rules.rules, start=1):
        shown |= {f"rule_{number}_{name}": getattr(rule, name) for name in CELLS}
    return shown
