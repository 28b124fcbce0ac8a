"""What people type of inquiries: what is asked, what is answered, and who answers what by when."""

import uuid
from datetime import time

from django import forms

from o2c.collections import texts
from o2c.collections.forms import AssigneeField, SeenForm
from o2c.collections.inquiries import answering, routing
from o2c.collections.inquiries.answering import Desk, Draft
from o2c.collections.models import Inquiry, InquiryAnswer
from o2c.core.forms import AmountField
from o2c.core.models import User
from o2c.core.money import plain
from o2c.invoicing.models import OpenItem, ReasonCode
from o2c.orders.models import Contact, LegalEntity

HOW = InquiryAnswer.How
LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French")]


def _named(item: OpenItem) -> str:
    owed = f"{plain(item.open_amount, item.currency)} {item.currency} open" if item.open_amount else "settled"
    return f"{item.number}, {owed}"


class ItemsField(forms.ModelMultipleChoiceField):
    """Items of the customer that it is about."""

    def __init__(self, **more):
        super().__init__(
            OpenItem.objects.none(),
            label="About",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **more,
        )
        self.label_from_instance = _named


class OpenForm(forms.Form):
    """What a customer asks, with one of its legal entities."""

    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Asks", to_field_name="code", empty_label=None)
    kind = forms.ChoiceField(label="Kind", choices=Inquiry.Kind.choices)
    subject = forms.CharField(label="What is asked?", max_length=200)
    text = forms.CharField(
        label="In the customer’s words", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    channel = forms.ChoiceField(label="It came by", choices=Inquiry.Channel.choices, initial=Inquiry.Channel.PHONE)
    contact = forms.ModelChoiceField(Contact.objects.none(), label="Who asks", required=False, empty_label="Not said")
    items = ItemsField()
    to = AssigneeField(label="Who answers", required=False)

    def __init__(self, *args, entities: list[LegalEntity], customer, items, user: User, of_mail: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.filter(pk__in=[each.pk for each in entities])
        self.fields["contact"].queryset = Contact.objects.filter(customer=customer, in_use=True).order_by("name")
        self.fields["items"].queryset = items
        self.fields["to"].offer(None, user)
        self.fields["to"].choices = [("", "Who the kind says"), *self.fields["to"].choices[1:]]
        if len(entities) == 1:
            self.fields["entity"].widget = forms.HiddenInput()
            self.initial.setdefault("entity", entities[0].code)
        if not items.exists():
            del self.fields["items"]
        if of_mail:  # the mail says so
            del self.fields["channel"], self.fields["text"]


class ChangeForm(SeenForm):
    kind = forms.ChoiceField(label="Kind", choices=Inquiry.Kind.choices)
    subject = forms.CharField(label="What is asked", max_length=200)
    to = AssigneeField(label="Who answers")
    items = ItemsField()

    def __init__(self, *args, inquiry: Inquiry, items, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = items
        self.fields["to"].offer(inquiry.entity, user)
        holder = AssigneeField.value_of(inquiry.owner or inquiry.queue)
        if holder and holder not in dict(self.fields["to"].choices):
            self.fields["to"].choices = [(holder, str(inquiry.owner or inquiry.queue)), *self.fields["to"].choices]
        self.initial = {
            "kind": inquiry.kind,
            "subject": inquiry.subject,
            "to": holder,
            "items": list(inquiry.items.values_list("item_id", flat=True)),
            "seen": inquiry.updated_at.isoformat(),
        }


class CloseForm(SeenForm):
    note = forms.CharField(label="Why?", max_length=300, required=False)

    def __init__(self, *args, needs_reason: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].required = needs_reason


class DisputeForm(SeenForm):
    """What becomes a dispute."""

    item = forms.ModelChoiceField(OpenItem.objects.none(), label="Document", empty_label=None)
    code = forms.ModelChoiceField(
        ReasonCode.objects.none(), label="Reason", to_field_name="code", required=False, empty_label="Not said"
    )
    reason = forms.CharField(label="What does the customer contest?", max_length=200)
    amount = AmountField(label="How much of it", required=False, help_text="Empty: all of it. The rest is chased on.")

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].queryset = ReasonCode.objects.filter(in_use=True).order_by("name")
        self.fields["item"].queryset = items
        self.fields["item"].label_from_instance = _named


class AnswerForm(SeenForm):
    """An answer beside what it will look like; `key` makes it go out once, however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    language = forms.ChoiceField(choices=LANGUAGES, widget=forms.HiddenInput)
    how = forms.ChoiceField(label="How", choices=HOW.choices, widget=forms.RadioSelect)
    to = forms.ChoiceField(label="To", required=False)
    subject = forms.CharField(label="Subject", max_length=texts.LONGEST_SUBJECT, required=False)
    text = forms.CharField(
        label="Text", max_length=texts.LONGEST_PART, widget=forms.Textarea(attrs={"rows": 14}),
        help_text="A paragraph that names a field without a value is left out.",
    )  # fmt: skip
    invoices = forms.ModelMultipleChoiceField(
        None, label="Invoices that go along", required=False, widget=forms.CheckboxSelectMultiple
    )
    statement = forms.BooleanField(label="The statement of account goes along", required=False)

    def __init__(self, data, *, desk: Desk, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["to"].choices = [(each.value, _addressed(each)) for each in desk.readers]
        field = self.fields["invoices"]
        field.queryset = answering.papers(desk.inquiry)
        field.choices = [(each.pk, f"{each.number}, {plain(each.gross_total, each.currency)} {each.currency}")
                         for each in desk.offered]  # fmt: skip
        if not desk.offered:
            del self.fields["invoices"]
        if not desk.readers:
            del self.fields["to"]

    @classmethod
    def begun(cls, desk: Desk, draft: Draft) -> "AnswerForm":
        """As it is shown first."""
        initial = {**vars(draft), "invoices": [each.pk for each in draft.invoices]}
        return cls(
            None, desk=desk, initial=initial | {"key": uuid.uuid4(), "seen": desk.inquiry.updated_at.isoformat()}
        )  # fmt: skip

    def clean(self):
        facts = super().clean()
        if facts.get("how") == HOW.MAIL and not facts.get("subject", "").strip() and "subject" not in self.errors:
            self.add_error("subject", "Write something here.")
        return facts

    def draft(self) -> Draft:
        facts = self.cleaned_data
        by_mail = facts["how"] == HOW.MAIL
        return Draft(
            how=facts["how"],
            subject=facts.get("subject", ""),
            text=facts["text"].replace("\r\n", "\n"),
            language=facts["language"],
            to=facts.get("to", "") if by_mail else "",
            invoices=tuple(facts.get("invoices") or ()) if by_mail else (),
            statement=bool(facts.get("statement")) if by_mail else False,
        )


def _addressed(reader: answering.Reader) -> str:
    named = f"{reader.name} <{reader.email}>" if reader.name else reader.email
    return f"{named}, who wrote last" if reader.value == answering.BY_MAIL else named


class NoteForm(forms.Form):
    text = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class InquiryFilter(forms.Form):
    """Which inquiries a list shows. What cannot be understood is not applied."""

    show = forms.ChoiceField(label="State", required=False)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *Inquiry.Kind.choices])
    entity = forms.ChoiceField(label="Legal entity", required=False)
    customer = forms.CharField(label="Customer number", required=False, max_length=40)

    def __init__(self, data, *, shows: dict[str, str], entities: list[LegalEntity]):
        super().__init__(data)
        self.fields["show"].choices = list(shows.items())
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]


class HoursForm(forms.Form):
    opens = forms.TimeField(label="Open from", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label="Until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean(self):
        facts = super().clean()
        opens, closes = facts.get("opens"), facts.get("closes")
        if isinstance(opens, time) and isinstance(closes, time) and closes <= opens:
            self.add_error("closes", "It closes after it opens.")
        return facts


class RuleForm(forms.Form):
    """What a legal entity says of a kind."""

    target_hours = forms.IntegerField(
        label="Hours of business to answer", min_value=1, max_value=routing.MOST_HOURS,
        help_text="From the question, in the legal entity's calendar.",
    )  # fmt: skip
    to = AssigneeField(label="Who answers", required=False)
    escalate_after = forms.IntegerField(
        label="Escalated after", min_value=1, max_value=routing.MOST_HOURS, help_text="Hours of business past that."
    )
    escalate_to = AssigneeField(label="To whom", required=False, help_text="Who sees the legal entity; else its queue.")

    def __init__(self, *args, entity: LegalEntity, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(entity, user)
        self.fields["escalate_to"].offer(entity, user)
        self.fields["escalate_to"].choices = [
            ("", "The legal entity's queue"), *self.fields["escalate_to"].choices[1:]
        ]  # fmt: skip
