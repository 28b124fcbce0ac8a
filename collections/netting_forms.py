"""What is typed about nettings: how much of which item and payable, and what is agreed."""

from decimal import Decimal

from django import forms

from o2c.collections.netting import agreeing
from o2c.collections.netting.eligible import Candidate, Sides
from o2c.core.forms import AmountField, Choices, DayField
from o2c.core.money import step
from o2c.invoicing.models import Netting, NettingAgreement
from o2c.orders.models import LegalEntity

MB = 1024 * 1024


class SharesForm(forms.Form):
    """How much of each item and payable is netted, as suggested to begin with, and why."""

    reason = forms.CharField(label="Why", max_length=300, initial="By agreement")

    def __init__(self, data=None, *, sides: Sides, currency: str):
        super().__init__(data)
        self.sides, self.currency = sides, currency
        items, owed = sides.suggested()
        for side, rows, shares in (("item", sides.items, items), ("payable", sides.payables, owed)):
            for row in rows:
                if not row.why:
                    field = AmountField(label=f"Of {row.number}", required=False, initial=shares.get(row.id))
                    if field.initial is not None:
                        field.initial = field.initial.quantize(step(currency))
                    if side == "payable":
                        field.widget.attrs["data-credit"] = "1"
                    self.fields[f"{side}-{row.id}"] = field

    def _rows(self, side: str, rows: list[Candidate]):
        return [(row, None if row.why else self[f"{side}-{row.id}"]) for row in rows]

    @property
    def item_rows(self):
        return self._rows("item", self.sides.items)

    @property
    def payable_rows(self):
        return self._rows("payable", self.sides.payables)

    def shares(self, side: str) -> dict[int, Decimal]:
        """What is typed of a side, by id; what was suggested where nothing was typed yet, and nothing of bad input."""
        rows = self.sides.items if side == "item" else self.sides.payables
        found = {}
        for row in rows:
            name = f"{side}-{row.id}"
            if name in self.fields:
                amount = self.cleaned_data.get(name) if self.is_bound else self.fields[name].initial
                if amount:
                    found[row.id] = amount
        return found

    def totals(self) -> tuple[Decimal, Decimal, Decimal]:
        """What both sides come to, and what the payables are more by."""
        ours, theirs = (sum(self.shares(side).values(), Decimal(0)) for side in ("item", "payable"))
        return ours, theirs, theirs - ours


class UndoForm(forms.Form):
    because = forms.CharField(label="Why", max_length=300, widget=forms.TextInput(attrs={"autofocus": True}))


class AgreementForm(forms.Form):
    """What is agreed; the signed paper may be added."""

    reference = forms.CharField(
        label="Called", required=False, max_length=60, help_text="The contract's number or name, where it has one."
    )
    nets = forms.ChoiceField(label="What is netted", choices=NettingAgreement.Nets.choices, widget=Choices)
    until = DayField(label="Until", required=False, help_text="Its last day; empty: until it is ended.")
    paper = forms.FileField(
        label="Signed paper", required=False, help_text=f"PDF, JPEG or PNG; up to {agreeing.LARGEST // MB} MB.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )  # fmt: skip

    def clean_paper(self) -> tuple[str, bytes] | None:
        file = self.cleaned_data["paper"]
        if not file:
            return None
        if file.size > agreeing.LARGEST:
            raise forms.ValidationError("The signed paper is larger than 10 MB.")
        return file.name, file.read()


class NewAgreementForm(AgreementForm):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    since = DayField(label="Since")

    field_order = ["entity", "since", "until", "nets", "reference", "paper"]

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].initial = entities.first()
        self.fields["entity"].empty_label = None


class NettingFilterForm(forms.Form):
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), *Netting.State.choices])
    customer = forms.CharField(label="Customer", required=False, max_length=100)
