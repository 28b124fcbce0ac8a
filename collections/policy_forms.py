"""A version of a dunning policy as it is typed: its rules, and its levels as the rows of a table."""

import re
from decimal import Decimal, InvalidOperation

from django import forms

from o2c.collections import texts
from o2c.collections.models import DunningLevel, DunningPolicy
from o2c.collections.policy_rules import IN_CURRENCIES, MOST_DAYS, MOST_LEVELS, OF_LEVEL, OF_POLICY, Fault, Rules, Step
from o2c.core.forms import DayField
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

CODE = r"^[a-z0-9][a-z0-9-]*$"
# Rows that are offered beside those that are filled in.
SPARE = 2


def days(label: str, *, least: int = 0, required: bool = False, **more) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=MOST_DAYS, required=required, **more)


class PolicyForm(forms.Form):
    """Rows without a day are no levels; the others are numbered as they stand."""

    code = forms.RegexField(
        CODE, label="Code", max_length=40, help_text="Small letters and figures, such as key-accounts. It stays."
    )
    name = forms.CharField(label="Name", max_length=100)
    effective_on = DayField(label="Counts from", help_text="The version before counts until then.")
    interval_days = days("Interval", required=True, help_text="No further notice of an item within so many days.")
    bank_days = days("Days of the bank", required=True, help_text="Money sent on the last day shows so much later.")
    promise_grace_days = days("Grace for promises", required=True, help_text="Days past a promised day.")
    contact_days = days(
        "Days of contact", required=True, help_text="No notice so soon after speaking with the customer; 0: regardless."
    )
    repeats_after = days("Last level again after", least=1, help_text="Days; empty: the last level comes once.")
    climbs = forms.ChoiceField(label="Next level", choices=DunningPolicy.Climbs.choices)
    notice_for = forms.ChoiceField(label="A notice for", choices=DunningPolicy.NoticeFor.choices)
    lists = forms.ChoiceField(
        label="A notice lists",
        choices=DunningPolicy.Lists.choices,
        help_text="What else is open stands in tables of its own, and is not in the sum that is asked for.",
    )
    credits = forms.ChoiceField(label="Credits", choices=DunningPolicy.Credits.choices)
    heeds_payments = forms.BooleanField(
        label="Wait for payments that were found",
        required=False,
        help_text="What a payment on account or a proposal for a line of the bank covers is not chased.",
    )

    hands_over_after = days(
        "Handed over after",
        help_text="Days since the last level's notice, or its deadline: then it is recommended. Empty: never.",
    )
    hand_over_minimums = forms.CharField(
        label="Handed over from",
        max_length=200,
        required=False,
        help_text="The least a customer owes, such as 250 EUR, 300 USD. Empty: any amount.",
    )

    def __init__(self, *args, known: bool, filled: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["code"]
        self.count = max(4, min(MOST_LEVELS, filled + SPARE))
        if self.is_bound:
            posted = [int(found[1]) for name in self.data if (found := re.fullmatch(r"level_(\d)_name", name))]
            self.count = max([self.count, *(number for number in posted if number <= MOST_LEVELS)])
        wordings = [(name, name.capitalize()) for name in texts.names()]
        for number in range(1, self.count + 1):
            for name, made in _cells(number, wordings).items():
                self.fields[f"level_{number}_{name}"] = made

    def main(self):
        return [self[name] for name in ("code", "name", "effective_on") if name in self.fields]

    def pairs(self):
        """Rules that are days, side by side."""
        return [
            (self["interval_days"], self["bank_days"]),
            (self["promise_grace_days"], self["contact_days"]),
            (self["climbs"], self["repeats_after"]),
            (self["lists"], self["credits"]),
            (self["hands_over_after"], self["hand_over_minimums"]),
        ]

    def rows(self):
        """Of each level its number, its row, and what stands below it, with what each is called."""
        found = []
        for number in range(1, self.count + 1):
            row, below = ([self[f"level_{number}_{name}"] for name in names] for names in (IN_ROW, BELOW))
            found.append((number, row, [(field, field.label.partition(": ")[2]) for field in below]))
        return found

    def rules(self) -> Rules:
        """What was typed. Call it where the form is valid."""
        facts = self.cleaned_data
        steps = []
        for number in self._used():
            steps.append(Step(**{name: facts[f"level_{number}_{name}"] for name in CELLS}))
        least = facts["hand_over_minimums"]
        return Rules(**{name: facts[name] for name in OF_POLICY}, steps=tuple(steps), hand_over_minimums=least)

    def show(self, faults: list[Fault]) -> None:
        """Say what is wrong at the field that it is about."""
        used = self._used()
        for fault in faults:
            where = f"level_{used[fault.level - 1]}_{fault.field}" if fault.level else fault.field
            self.add_error(where if where in self.fields else None, fault.text)

    def _used(self) -> list[int]:
        return [n for n in range(1, self.count + 1) if self.cleaned_data.get(f"level_{n}_days_past_due") is not None]

    def clean(self):
        facts = super().clean()
        for number in range(1, self.count + 1):
            first = f"level_{number}_days_past_due"
            if facts.get(first) is None and facts.get(f"level_{number}_name") and first not in self.errors:
                self.add_error(first, f"Say when level {number} comes.")
            facts |= {name: self._amounts(name) for name in (f"level_{number}_{each}" for each in IN_CURRENCIES)}
        facts["hand_over_minimums"] = self._amounts("hand_over_minimums")
        return facts

    def _amounts(self, name: str) -> tuple[tuple[str, Decimal], ...]:
        try:
            return amounts(self.cleaned_data.get(name) or "")
        except forms.ValidationError as wrong:
            self.add_error(name, wrong)
            return ()


def amounts(text: str) -> tuple[tuple[str, Decimal], ...]:
    """ "50 EUR, 60 USD" as amounts by currency. Raises ValidationError."""
    found, wrong = [], []
    for part in filter(None, re.split(r"[,;]\s*", text)):
        match = re.fullmatch(
            r"(?:(?P<a>[\d.]+)\s*(?P<c>[A-Za-z]{3})|(?P<c2>[A-Za-z]{3})\s*(?P<a2>[\d.]+))", part.strip()
        )
        try:
            if match is None:
                raise InvalidOperation
            amount = Decimal(match["a"] or match["a2"])
        except InvalidOperation:
            wrong.append(f"“{part.strip()}” is no amount such as 50 EUR.")
            continue
        found.append(((match["c"] or match["c2"]).upper(), amount))
    if wrong:
        raise forms.ValidationError(wrong)
    return tuple(sorted(found))


IN_ROW = (
    "days_past_due", "name", "template", "channel", "opens_task", "minimums", "wait_days", "days_to_pay", "approvals",
)  # fmt: skip
BELOW = ("fees", "charges_interest", "attaches", "attaches_statement", "blocks")
CELLS = IN_ROW + BELOW


def _cells(number: int, wordings: list[tuple[str, str]]) -> dict[str, forms.Field]:
    def of(what: str) -> str:
        return f"Level {number}: {what}"

    return {
        "days_past_due": days(of("days past due"), least=-365),
        "name": forms.CharField(label=of("name"), max_length=60, required=False),
        "template": forms.ChoiceField(label=of("wording"), choices=wordings, initial=texts.USUAL, required=False),
        "channel": forms.ChoiceField(label=of("way"), choices=DunningLevel.Channel.choices, required=False),
        "opens_task": forms.BooleanField(label=of("a call as well"), required=False),
        "minimums": forms.CharField(label=of("minimums"), max_length=200, required=False),
        "wait_days": days(of("days since the last notice")),
        "days_to_pay": days(of("days given to pay")),
        "approvals": forms.TypedChoiceField(
            label=of("approved by"),
            choices=DunningLevel.Approvals.choices,
            coerce=int,
            empty_value=DunningLevel.Approvals.NOBODY.value,
            required=False,
        ),
        "blocks": forms.BooleanField(label=of("blocks new business"), required=False),
        "attaches": forms.BooleanField(label=of("attaches the invoices"), required=False),
        "attaches_statement": forms.BooleanField(label=of("attaches the statement"), required=False),
        "fees": forms.CharField(label=of("fees"), max_length=200, required=False),
        "charges_interest": forms.BooleanField(label=of("charges interest"), required=False),
    }


def initial(rules: Rules) -> dict:
    """What the form shows of rules that are there."""
    shown = {name: getattr(rules, name) for name in OF_POLICY}
    shown["hand_over_minimums"] = in_words(rules.hand_over_minimums)
    for number, step in enumerate(rules.steps, start=1):
        shown |= {f"level_{number}_{name}": getattr(step, name) for name in OF_LEVEL}
        shown |= {f"level_{number}_{name}": in_words(getattr(step, name)) for name in IN_CURRENCIES}
    return shown


def in_words(by_currency: tuple[tuple[str, Decimal], ...]) -> str:
    return ", ".join(f"{plain(amount, currency)} {currency}" for currency, amount in by_currency)


class UseForm(forms.Form):
    """Whose customers are chased by a policy: all of a legal entity, or a segment of them."""

    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    segment = forms.CharField(
        label="Segment",
        max_length=40,
        required=False,
        help_text="Empty: all its customers that no other policy is for.",
    )

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].empty_label = None


class ItemPolicyForm(forms.Form):
    policy = forms.ChoiceField(label="Chased by", required=False)

    def __init__(self, *args, codes: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["policy"].choices = [("", "Its customer's policy"), *((code, code) for code in codes)]
