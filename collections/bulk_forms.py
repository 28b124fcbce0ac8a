"""What is typed for many tasks at once."""

from datetime import date, timedelta
from uuid import uuid4

from django import forms

from o2c.collections.forms import AssigneeField, text_field
from o2c.collections.models import Activity, Task
from o2c.core.forms import DayField
from o2c.core.models import User


class BulkForm(forms.Form):
    """The tasks that were ticked, and a key of the form's own: sent twice, it is done once."""

    chosen = forms.ModelMultipleChoiceField(
        Task.objects.none(),
        widget=forms.MultipleHiddenInput,
        error_messages={"required": "Tick some tasks in the list first."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, user: User, chosen: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = Task.objects.for_user(user)
        self.fields["chosen"].initial = [pk for pk in chosen if pk.isdecimal()]
        self.fields["key"].initial = uuid4()


class DayForm(BulkForm):
    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()


class SnoozeForm(DayForm):
    until = DayField(label="Until")

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, today=today, **kwargs)
        self.fields["until"].initial = today + timedelta(days=3)


class RemindForm(DayForm):
    until = DayField(label="Put the tasks away until", required=False, help_text="Empty: they stay in the list.")


class DoneForm(BulkForm):
    outcome = forms.ChoiceField(label="Outcome", choices=[("", "–"), *Activity.Outcome.choices], required=False)
    note = text_field(label="Note", required=False)


class GiveForm(BulkForm):
    to = AssigneeField(label="Who takes them")

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["to"].offer(None, user)
