"""What collectors and their managers type."""

from contextlib import suppress
from datetime import date, datetime, timedelta

from django import forms
from django.db.models import Q, QuerySet

from o2c.collections import teams
from o2c.collections.models import Activity, Agency, Queue
from o2c.core.forms import DayField
from o2c.core.models import User
from o2c.invoicing.forms import SplitsForm
from o2c.orders.models import Customer, EntityAccess, LegalEntity


def text_field(**more) -> forms.CharField:
    return forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), **more)


class SeenForm(forms.Form):
    """`seen` is the version of the case that the form was filled in by."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_seen(self) -> datetime | None:
        with suppress(ValueError):
            return datetime.fromisoformat(self.cleaned_data["seen"])
        return None


class AboutForm(forms.Form):
    """Something about a customer with one of the legal entities; the choice shows only where there is one."""

    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="With", to_field_name="code")

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.filter(pk__in=[entity.pk for entity in entities])
        self.fields["entity"].initial = entities[0].code
        if len(entities) == 1:
            self.fields["entity"].widget = forms.HiddenInput()
        self.order_fields([name for name in self.fields if name != "entity"] + ["entity"])


class CallForm(AboutForm):
    outcome = forms.ChoiceField(label="How did it end?", choices=Activity.Outcome.choices, widget=forms.RadioSelect)
    text = text_field(label="What was said", required=False)


class NoteForm(AboutForm):
    text = text_field(label="Note")


class HoldForm(AboutForm):
    reason = forms.CharField(label="Why", max_length=200)
    until = DayField(label="Last day", required=False, help_text="Empty: until somebody lifts it.")
    everywhere = forms.BooleanField(label="With every legal entity", required=False)

    def __init__(self, *args, everywhere: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not everywhere:
            del self.fields["everywhere"]


class LeaveOutForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)
    until = DayField(label="Until", required=False, help_text="Empty: this once. Else it is on hold up to that day.")


class ClosingForm(forms.Form):
    note = forms.CharField(label="What came of it?", max_length=200, required=False)


class SnoozeForm(forms.Form):
    until = DayField(label="Until")
    note = forms.CharField(label="Why", max_length=200, required=False)

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = today + timedelta(days=3)
        self.fields["until"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()


class DoneForm(forms.Form):
    outcome = forms.ChoiceField(label="Outcome", choices=[("", "–"), *Activity.Outcome.choices], required=False)
    note = text_field(label="Note", required=False)


class PromiseForm(SplitsForm):
    """By when the customer pays, and how much of which item."""

    pay_by = DayField(label="Pays by")

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pay_by"].initial = today + timedelta(days=7)
        self.fields["pay_by"].widget.attrs["min"] = today.isoformat()

    def visible(self):
        return [self["pay_by"]]


def workers(entity: LegalEntity | None, user: User) -> QuerySet[User]:
    """Who works tasks of a legal entity, or of any that the user sees."""
    entities = LegalEntity.objects.for_user(user) if entity is None else [entity]
    seeing = Q(all_entities=True) | Q(pk__in=EntityAccess.objects.filter(entity__in=entities).values("user_id"))
    return User.objects.filter(seeing, is_active=True, roles__overlap=teams.WORKERS).order_by("username")


class AssigneeField(forms.ChoiceField):
    """A person who works tasks, or a queue."""

    def offer(self, entity: LegalEntity | None, user: User) -> None:
        people = [(f"user-{worker.pk}", str(worker)) for worker in workers(entity, user)]
        queues = [(f"queue-{queue.pk}", f"Queue: {queue.name}") for queue in Queue.objects.order_by("name")]
        self.choices = [*([] if self.required else [("", "The customer's collector")]), *people, *queues]

    @staticmethod
    def value_of(chosen: User | Queue | None) -> str:
        """What the form shows where this is chosen."""
        if chosen is None:
            return ""
        return f"{'user' if isinstance(chosen, User) else 'queue'}-{chosen.pk}"

    def clean(self, value) -> User | Queue | None:
        value = super().clean(value)
        if not value:
            return None
        kind, _, pk = value.partition("-")
        return (User if kind == "user" else Queue).objects.get(pk=pk)


class AssignForm(forms.Form):
    to = AssigneeField(label="Who takes it")

    def __init__(self, *args, entity: LegalEntity | None, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(entity, user)


class PeriodFilter(forms.Form):
    """Figures by something, of the days of a period. What cannot be understood is not applied."""

    by = forms.ChoiceField(label="By", required=False)
    since = DayField(label="Since", required=False)
    until = DayField(label="Until", required=False)
    entity = forms.ChoiceField(label="Legal entity", required=False)

    def __init__(self, data, *, by: dict[str, str], since: str, entities: list[LegalEntity]):
        super().__init__(data)
        self.fields["by"].choices = list(by.items())
        self.fields["since"].label = since
        self.fields["entity"].choices = [("", "All"), *((entity.code, entity.code) for entity in entities)]


class AbsenceForm(forms.Form):
    """Who is away, and who works on their tasks."""

    user = forms.ModelChoiceField(User.objects.none(), label="Who is away", empty_label=None)
    first_on = DayField(label="From")
    last_on = DayField(label="Until", help_text="The last day away.")
    cover = forms.ModelChoiceField(
        User.objects.none(), label="Covered by", empty_label="–",
        help_text="Works on their tasks meanwhile, which stay theirs.",
    )  # fmt: skip

    def __init__(self, *args, people: QuerySet[User], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = self.fields["cover"].queryset = people
        self.fields["first_on"].initial = today
        for name in ("first_on", "last_on"):
            self.fields[name].widget.attrs["min"] = today.isoformat()


class TaskForm(forms.Form):
    """Something to do about a customer."""

    customer = forms.CharField(label="Customer number", max_length=40)
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="With", to_field_name="code")
    why = forms.CharField(label="What is to be done", max_length=300)
    due_on = DayField(label="Due on")
    to = AssigneeField(label="Who does it", required=False)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")
        self.fields["to"].offer(None, user)

    def clean_customer(self) -> Customer:
        number = self.cleaned_data["customer"].strip()
        customer = Customer.objects.for_user(self.user).filter(number=number).first()
        if customer is None:
            raise forms.ValidationError(f"There is no customer with the number {number}.")
        return customer

    def clean(self):
        facts = super().clean()
        customer, entity = facts.get("customer"), facts.get("entity")
        if customer and entity and not customer.accounts.filter(entity=entity).exists():
            self.add_error("entity", f"{customer.name} has no account with {entity.code}.")
        return facts


class AgencyForm(forms.Form):
    entity = forms.ModelChoiceField(None, label="Legal entity", to_field_name="code", empty_label=None)
    code = forms.SlugField(label="Code", max_length=20, help_text="Short, such as NORD. It stays.")
    name = forms.CharField(label="Name", max_length=100)
    kind = forms.ChoiceField(label="Kind", choices=Agency.Kind.choices)
    email = forms.EmailField(label="E-mail", required=False)
    reference = forms.CharField(
        label="Our client number", max_length=40, required=False, help_text="By which they know us."
    )
    format = forms.ChoiceField(label="Lists as", choices=Agency.Format.choices)
    fee_percent = forms.DecimalField(
        label="Its share in percent", max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False,
        help_text="Of what is paid while it has the case.",
    )  # fmt: skip
    with_papers = forms.BooleanField(label="Invoices and letters go along", required=False, initial=True)
    in_use = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, *args, entities, known: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        if known:
            del self.fields["entity"], self.fields["code"]
