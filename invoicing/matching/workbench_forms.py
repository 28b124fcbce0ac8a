"""How a person splits a bank line."""

from decimal import Decimal

from django import forms

from o2c.core.forms import AmountField
from o2c.core.money import step
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import BankLine, OpenItem, ReasonCode

LET_GO = {
    "": "Stays open",
    "discount": "Discount granted",
    "difference": "Small difference",
    "charge": "Bank charge",
    "deduction": "Deduction, for a reason",
}


class SplitForm(forms.Form):
    """For each item so much of the money, and what becomes of the rest of it."""

    def __init__(
        self, data=None, *, line: BankLine, items: list[OpenItem], suggested: dict[int, Decimal] | None = None
    ):
        super().__init__(data)
        self.line = line
        self.items = items
        reasons = [("", "Why?"), *ReasonCode.objects.filter(in_use=True).values_list("code", "name")]
        for item in items:
            amount = AmountField(label=f"For {item.number}", required=False)
            if suggested and item.pk in suggested:
                amount.initial = suggested[item.pk].quantize(step(item.currency))
            if item.amount < 0:
                amount.widget.attrs["data-credit"] = "1"
            self.fields[f"amount-{item.pk}"] = amount
            if item.amount > 0:
                self.fields[f"rest-{item.pk}"] = forms.ChoiceField(
                    label=f"Rest of {item.number}", choices=LET_GO.items(), required=False
                )
                self.fields[f"reason-{item.pk}"] = forms.ChoiceField(
                    label=f"Why {item.number} is paid short", choices=reasons, required=False
                )

    def rows(self):
        """The items with their inputs, for the table."""
        for item in self.items:
            rest = self[f"rest-{item.pk}"] if item.amount > 0 else None
            reason = self[f"reason-{item.pk}"] if item.amount > 0 else None
            yield item, self[f"amount-{item.pk}"], rest, reason

    def clean(self):
        for item in self.items:
            if self.cleaned_data.get(f"rest-{item.pk}") == "deduction" and not self.cleaned_data.get(
                f"reason-{item.pk}"
            ):
                self.add_error(f"reason-{item.pk}", "Say why it is paid short.")
        return self.cleaned_data

    def parts(self) -> list[Part]:
        """What was typed, as the act takes it; the rest is what is open beyond the amount."""
        reasons = {reason.code: reason for reason in ReasonCode.objects.filter(in_use=True)}
        parts = []
        for item in self.items:
            amount = self.cleaned_data.get(f"amount-{item.pk}")
            if not amount:
                continue
            if item.amount < 0:
                parts.append(Part(item, -amount))
                continue
            rest = self.cleaned_data.get(f"rest-{item.pk}")
            let_go = {rest: item.open_amount - amount} if rest and amount < item.open_amount else {}
            reason = reasons.get(self.cleaned_data.get(f"reason-{item.pk}", "")) if rest == "deduction" else None
            parts.append(Part(item, amount, reason=reason, **let_go))
        return parts


def taken(form: SplitForm) -> Decimal:
    """How much of the line the typed amounts take; credits give some back."""
    return sum((part.amount for part in form.parts()), Decimal(0))
