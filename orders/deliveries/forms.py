"""What people type about deliveries and carriers."""

from decimal import Decimal

from django import forms

from o2c.core import formats
from o2c.core.forms import DayField, VersionedForm
from o2c.core.units import unit_name
from o2c.orders.forms import FineField
from o2c.orders.models import Carrier, Delivery, DeliveryLine, OrderLine


class DeliveryFilter(forms.Form):
    q = forms.CharField(label="Number, tracking, customer", required=False, max_length=100)
    entity = forms.ChoiceField(label="Entity", required=False)

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].choices = [("", "All"), *((each.code, each.code) for each in entities)]


def carrier_field() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Carrier.objects.filter(in_use=True), label="Carrier", required=False, empty_label="None yet"
    )


class PlanDeliveryForm(forms.Form):
    """A quantity for each line of an order, at first what is left of it."""

    def __init__(self, *args, lines: list[OrderLine], rests: dict[int, Decimal], **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            rest = rests[line.pk]
            self.fields[f"line_{line.pk}"] = FineField(
                label=f"{line.position}. {line.description or line.given}"[:80],
                required=False,
                initial=f"{rest.normalize():f}",
                help_text=f"{unit_name(line.unit, quantity=rest)}, {formats.exactly(rest)} left",
            )
        self.fields["planned_on"] = DayField(label="To leave on", required=False)
        self.fields["carrier"] = carrier_field()
        self.fields["note"] = forms.CharField(label="Note", required=False, max_length=2000)

    def parts(self) -> list[tuple[OrderLine, Decimal]]:
        said = [(line, self.cleaned_data.get(f"line_{line.pk}")) for line in self.lines]
        return [(line, quantity) for line, quantity in said if quantity]


class ChangeDeliveryForm(VersionedForm):
    carrier = carrier_field()
    tracking_number = forms.CharField(label="Tracking number", required=False, max_length=100)
    note = forms.CharField(label="Note", required=False, max_length=2000)

    def __init__(self, *args, row: Delivery, lines: list[DeliveryLine], **kwargs):
        super().__init__(*args, row=row, **kwargs)
        self.lines = lines if row.state == Delivery.State.PLANNED else []
        for line in self.lines:
            self.fields[f"line_{line.pk}"] = FineField(
                label=f"{line.position}. {line.order_line.description or line.order_line.given}"[:80],
                initial=f"{line.quantity.normalize():f}",
                help_text=unit_name(line.order_line.unit, quantity=line.quantity),
            )
        if self.lines:
            self.fields["planned_on"] = DayField(label="To leave on", required=False, initial=row.planned_on)

    def quantities(self) -> dict[int, Decimal]:
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}


class ShipForm(forms.Form):
    on = DayField(label="Left on", required=False, help_text="Today where left empty.")
    carrier = carrier_field()
    tracking_number = forms.CharField(label="Tracking number", required=False, max_length=100)


class DeliverForm(forms.Form):
    on = DayField(label="Arrived on", required=False, help_text="Today where left empty.")


class ProveForm(forms.Form):
    by = forms.CharField(label="Taken in by", max_length=200)
    on = DayField(label="On", required=False, help_text="The day it arrived where left empty.")
    file = forms.FileField(
        label="Signed paper", required=False, allow_empty_file=True, help_text="PDF, PNG or JPEG; up to 10 MB.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )  # fmt: skip


class CancelDeliveryForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)


class CarrierForm(VersionedForm):
    code = forms.CharField(label="Code", max_length=20)
    name = forms.CharField(label="Name", max_length=100)
    own_fleet = forms.BooleanField(label="Our own fleet", required=False)
    tracking_url = forms.CharField(
        label="Tracking address", required=False, max_length=300,
        help_text="{number} stands for the tracking number: https://track.example/{number}.",
    )  # fmt: skip

    def __init__(self, *args, row: Carrier | None = None, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        if row is not None:
            self.fields["in_use"] = forms.BooleanField(label="In use", required=False, initial=row.in_use)
