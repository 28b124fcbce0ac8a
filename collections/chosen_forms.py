"""What is typed for several of a customer's items at once."""

from uuid import uuid4

from django import forms

from o2c.collections.dispute_forms import OpenForm
from o2c.collections.forms import text_field
from o2c.core.forms import DayField
from o2c.invoicing.models import OpenItem, WriteOff
from o2c.invoicing.send_form import ReaderField
from o2c.orders.models import Customer


class DisputeItemsForm(OpenForm):
    """All of each: how much of one is said on its own page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["amount"]


class HoldItemsForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)
    until = DayField(label="Last day", required=False, help_text="Empty: until somebody lifts it.")


class WriteOffItemsForm(forms.Form):
    kind = forms.ChoiceField(
        label="What it is", choices=WriteOff.Kind.choices, widget=forms.RadioSelect, initial=WriteOff.Kind.SMALL
    )
    reason = forms.CharField(label="Why", max_length=300)

    def __init__(self, *args, items: list[OpenItem], **kwargs):
        super().__init__(*args, **kwargs)
        if any(item.amount < 0 for item in items):
            self.fields["kind"].widget = forms.HiddenInput()  # what we owe is nobody's bad debt


class SendAgainForm(forms.Form):
    """To whom, and a key of the form's own: sent twice, it goes once."""

    contact = ReaderField()
    note = text_field(label="In your words", required=False, help_text="Stands above the list of what goes along.")
    with_statement = forms.BooleanField(label="With the statement of account", required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, customer: Customer, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contact"].offer(customer.pk)
        self.fields["key"].initial = uuid4()
