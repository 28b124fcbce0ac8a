"""What is typed and dragged on the manager's board."""

from datetime import date

from django import forms
from django.db.models import QuerySet

from o2c.collections.bulk_forms import BulkForm
from o2c.collections.forms import AssigneeField
from o2c.collections.models import Target, Team
from o2c.core.forms import AmountField, DayField
from o2c.core.models import User
from o2c.orders.models import LegalEntity


class MoveForm(BulkForm):
    """Some tasks, or all of a person or a queue (`of`), and who gets them."""

    of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=30)
    to = AssigneeField(label="Who takes them")
    accounts = forms.BooleanField(
        label="With their accounts", required=False,
        help_text="They look after the customers from now on: future tasks follow.",
    )  # fmt: skip

    def __init__(self, *args, user: User, of: str, accounts: bool, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["to"].offer(None, user)
        self.fields["of"].initial = of
        self.names = dict(self.fields["to"].choices)
        self.whose = self.names.get(of, "")
        if self.whose:
            self.fields["chosen"].required = False
        if not accounts:
            del self.fields["accounts"]

    def clean_of(self):
        """A person or queue of those that the user may give tasks to; None for some tasks only."""
        said = self.cleaned_data["of"]
        if not said:
            return None
        if said not in self.names:
            raise forms.ValidationError("There is nobody whose tasks these would be.")
        return self.fields["to"].clean(said)

    def clean(self):
        facts = super().clean()
        if facts.get("of") and facts.get("of") == facts.get("to"):
            self.add_error("to", "They have these tasks already.")
        return facts


class OfField(forms.ChoiceField):
    """A team, or a person who works tasks."""

    def offer(self, people: QuerySet[User], teams: QuerySet[Team]) -> None:
        self.choices = [
            *((f"team-{team.pk}", f"Team: {team.name}") for team in teams),
            *((f"user-{person.pk}", str(person)) for person in people),
        ]

    def clean(self, value) -> User | Team | None:
        value = super().clean(value)
        kind, _, pk = value.partition("-")
        return (User if kind == "user" else Team).objects.get(pk=pk) if value else None


class TargetForm(forms.Form):
    of = OfField(label="Of whom")
    what = forms.ChoiceField(label="What", choices=Target.What.choices)
    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Legal entity", to_field_name="code", required=False, empty_label="–",
        help_text="Whose money, in its base currency; leave it out for tasks and customers.",
    )  # fmt: skip
    amount = AmountField(label="How much", required=False, help_text="Empty: none any more.")
    from_on = DayField(label="From")

    def __init__(
        self,
        *args,
        people: QuerySet[User],
        teams: QuerySet[Team],
        entities: QuerySet[LegalEntity],
        today: date,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.fields["of"].offer(people, teams)
        self.fields["entity"].queryset = entities
        self.fields["from_on"].initial = today
        self.fields["from_on"].widget.attrs["min"] = today.isoformat()
