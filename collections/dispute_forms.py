"""What people type of disputes: what is contested, what was found, and how it ends."""

from decimal import Decimal

from django import forms

from o2c.collections.disputes import routing
from o2c.collections.forms import AssigneeField, SeenForm, text_field
from o2c.collections.models import Dispute
from o2c.core.forms import AmountField, DayField
from o2c.core.models import User
from o2c.core.money import plain
from o2c.invoicing import correspondents
from o2c.invoicing.models import OpenItem, ReasonCode, WriteOff
from o2c.orders.models import LegalEntity

HOW = Dispute.Resolution
NOBODY = "nobody"


def reasons(dispute: Dispute | None = None):
    """The reasons that can be given; the one that a case has stays possible."""
    found = ReasonCode.objects.filter(in_use=True)
    if dispute is not None and dispute.code_id:
        found |= ReasonCode.objects.filter(pk=dispute.code_id)
    return found.order_by("name")


class CodeField(forms.ModelChoiceField):
    def __init__(self, **more):
        super().__init__(ReasonCode.objects.none(), label="Reason", to_field_name="code", **more)


class OpenForm(forms.Form):
    code = CodeField(required=False, empty_label="Not said")
    reason = forms.CharField(label="What does the customer contest?", max_length=200)
    amount = AmountField(label="How much of it", required=False, help_text="Empty: all of it. The rest is chased on.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].queryset = reasons()


class OpenOfForm(OpenForm):
    """Of one of a customer's items."""

    item = forms.ModelChoiceField(OpenItem.objects.none(), label="Document", empty_label=None)
    field_order = ("item", "code", "reason", "amount")

    def __init__(self, *args, items: list[OpenItem], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].queryset = OpenItem.objects.filter(pk__in=[item.pk for item in items]).order_by("due_on")
        self.fields["item"].label_from_instance = lambda item: (
            f"{item.number}, {plain(item.open_amount, item.currency)} {item.currency} due {item.due_on}"
        )


class ChangeForm(SeenForm):
    state = forms.ChoiceField(label="State", choices=[(each.value, each.label) for each in Dispute.WORKED])
    code = CodeField(required=False, empty_label="Not said")
    reason = forms.CharField(label="In the customer's words", max_length=200)
    amount = AmountField(label="Contested", required=False, help_text="Empty: all of it.")
    cause = forms.ChoiceField(
        label="What we found", required=False, choices=[("", "Not known yet"), *Dispute.Cause.choices]
    )
    to = AssigneeField(label="Who settles it")
    due_on = DayField(label="By", required=False)

    def __init__(self, *args, dispute: Dispute, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].queryset = reasons(dispute)
        self.fields["to"].offer(dispute.entity, user)
        holder = f"user-{dispute.owner_id}" if dispute.owner_id else f"queue-{dispute.queue_id}"
        if dispute.owner_id and holder not in dict(self.fields["to"].choices):
            self.fields["to"].choices = [(holder, str(dispute.owner)), *self.fields["to"].choices]
        item = dispute.item
        self.initial = {
            "state": dispute.state,
            "code": dispute.code.code if dispute.code else "",
            "reason": dispute.reason,
            "amount": None if dispute.amount is None else plain(dispute.amount, item.currency),
            "cause": dispute.cause,
            "to": holder,
            "due_on": dispute.due_on,
            "seen": dispute.updated_at.isoformat(),
            **self.initial,
        }


class ResolveForm(SeenForm):
    """One way for a case to end, with what belongs to it."""

    amount = AmountField(label="How much")
    kind = forms.ChoiceField(label="As", choices=WriteOff.Kind.choices, widget=forms.RadioSelect)
    cause = forms.ChoiceField(
        label="What we found", required=False, choices=[("", "Not known"), *Dispute.Cause.choices]
    )
    note = forms.CharField(label="Why", max_length=300)
    tell_to = forms.ChoiceField(label="Write to", required=False)
    letter = text_field(label="What is written", required=False, help_text="By e-mail. Empty: nobody is written to.")

    PARTS = {
        HOW.CREDITED: ("amount", "cause", "note"),
        HOW.WRITTEN_OFF: ("amount", "kind", "cause", "note"),
        HOW.REPLACED: ("cause", "note"),
        HOW.REJECTED: ("cause", "note", "tell_to", "letter"),
    }

    def __init__(self, *args, dispute: Dispute, how: str, contested: Decimal, **kwargs):
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {*self.PARTS[how], "seen"}:
            del self.fields[name]
        self.initial = {
            "amount": plain(contested, dispute.item.currency),
            "kind": WriteOff.Kind.SMALL,
            "cause": dispute.cause,
            "seen": dispute.updated_at.isoformat(),
        }
        if how in (HOW.CREDITED, HOW.REPLACED):
            self.fields["note"].label = "What stands on the credit note"
        if "amount" in self.fields:
            self.fields["amount"].label = f"How much, in {dispute.item.currency}"
        if "tell_to" in self.fields:
            self.readers = correspondents.readers(dispute.customer_id)
            names = [(str(each.pk), f"{each.name}, {each.email}") for each in self.readers]
            self.fields["tell_to"].choices = names
            if not names:
                del self.fields["tell_to"], self.fields["letter"]

    def clean_tell_to(self):
        chosen = self.cleaned_data["tell_to"]
        return next((each for each in self.readers if str(each.pk) == chosen), None)

    def clean(self):
        facts = super().clean()
        if "letter" in self.fields and not facts.get("letter"):
            facts.pop("tell_to", None)
        return facts


class WithdrawnForm(SeenForm):
    note = forms.CharField(label="What came of it?", max_length=300, required=False)


class CaseNoteForm(forms.Form):
    text = text_field(label="Note")


class RuleForm(forms.Form):
    """What a reason says of the disputes that have it."""

    target_days = forms.IntegerField(
        label="Business days to settle it", min_value=1, max_value=routing.MOST_DAYS,
        help_text="From the day it is opened, in the legal entity's calendar.",
    )  # fmt: skip
    to = AssigneeField(label="Who settles it", required=False)
    escalate_after = forms.IntegerField(
        label="Escalated after", min_value=1, max_value=routing.MOST_DAYS, help_text="Business days past that."
    )
    escalate_to = AssigneeField(label="To whom", required=False, help_text="Who sees the legal entity; else its queue.")

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(None, user)
        self.fields["escalate_to"].offer(None, user)
        self.fields["escalate_to"].choices = [
            ("", "The legal entity's queue"), *self.fields["escalate_to"].choices[1:]
        ]  # fmt: skip


class DismissForm(forms.Form):
    note = forms.CharField(label="Why not?", max_length=300)


class AcceptForm(forms.Form):
    note = forms.CharField(label="Who checks it, and how", max_length=300, required=False)


class DisputeFilter(forms.Form):
    """Which disputes a list shows. What cannot be understood is not applied."""

    show = forms.ChoiceField(label="State", required=False)
    code = forms.ChoiceField(label="Reason", required=False)
    owner = forms.ChoiceField(label="With", required=False)
    entity = forms.ChoiceField(label="Legal entity", required=False)
    customer = forms.CharField(label="Customer number", required=False, max_length=40)
    late = forms.BooleanField(label="Past its deadline", required=False)

    def __init__(self, data, *, shows: dict[str, str], entities: list[LegalEntity], holders: list[tuple[str, str]]):
        super().__init__(data)
        self.fields["show"].choices = list(shows.items())
        self.fields["code"].choices = [("", "All"), *ReasonCode.objects.order_by("name").values_list("code", "name")]
        self.fields["owner"].choices = [("", "Everybody"), ("me", "Me"), *holders]
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]
