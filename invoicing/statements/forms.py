"""What people type about statements of account."""

from datetime import date, time

from django import forms

from o2c.core.forms import Choices, DayField
from o2c.core.models import User
from o2c.invoicing.models import StatementRun, StatementSchedule
from o2c.invoicing.statements import figures
from o2c.orders.models import Account, LegalEntity

Kind, Every, AsOf = StatementRun.Kind, StatementSchedule.Every, StatementSchedule.AsOf
WEEKDAYS = [
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (7, "Sunday"),
]
DAYS = [(31, "The last day"), *((day, str(day)) for day in range(1, 31))]


def segments(user: User) -> list[tuple[str, str]]:
    """Those of the accounts that the user sees."""
    named = Account.objects.for_user(user).exclude(segment="").values_list("segment", flat=True)
    return [("", "All"), *((name, name) for name in named.distinct().order_by("segment"))]


class WhatForm(forms.Form):
    """What is to be made for whom, alike for a run and a schedule."""

    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Legal entity", to_field_name="code", empty_label=None
    )
    kind = forms.ChoiceField(label="What it tells", choices=Kind.choices, widget=Choices, initial=Kind.OPEN_ITEMS)
    who = forms.ChoiceField(
        label="For", choices=StatementRun.Who.choices, help_text="Of activity, something open also means a movement."
    )
    segment = forms.ChoiceField(label="Segment", required=False)
    channel = forms.ChoiceField(label="How", choices=StatementRun.Channel.choices, widget=Choices, initial="email")

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")
        self.fields["segment"].choices = segments(user)


class RunForm(WhatForm):
    as_of = DayField(label="As of")
    from_on = DayField(
        label="Activity from", required=False, help_text="Only of an activity; empty: a month before the day above."
    )
    again = forms.BooleanField(label="Send them again", required=False)

    field_order = ["entity", "kind", "as_of", "from_on", "who", "segment", "channel", "again"]

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        if "again" not in (data or {}):  # only asked where they went out before
            del self.fields["again"]


class ScheduleForm(WhatForm):
    every = forms.ChoiceField(label="How often", choices=Every.choices, widget=Choices, initial=Every.MONTH)
    weekday = forms.TypedChoiceField(
        label="Weekday, where weekly", choices=WEEKDAYS, coerce=int, required=False, empty_value=None
    )
    day_of_month = forms.TypedChoiceField(
        label="Day, where monthly", choices=DAYS, coerce=int, required=False, empty_value=None,
        help_text="In shorter months the last day stands for a later one.",
    )  # fmt: skip
    at = forms.TimeField(
        label="At", initial=time(6), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the legal entity’s clock.",
    )  # fmt: skip
    as_of = forms.ChoiceField(label="As of", choices=AsOf.choices)

    field_order = ["entity", "kind", "every", "weekday", "day_of_month", "at", "as_of", "who", "segment", "channel"]

    def clean(self) -> dict:
        asked = super().clean()
        weekly = asked.get("every") == Every.WEEK
        unused, needed = ("day_of_month", "weekday") if weekly else ("weekday", "day_of_month")
        asked[unused] = None
        if asked.get("every") and not asked.get(needed) and needed not in self.errors:
            self.add_error(needed, "Choose the day.")
        if weekly and asked.get("as_of") == AsOf.MONTH_BEFORE:
            self.add_error("as_of", "Only a monthly schedule tells of the month before.")
        return asked


class ChangeScheduleForm(ScheduleForm):
    """The legal entity stays: another one's statements are another schedule."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["entity"]


class OneForm(forms.Form):
    """One customer's statement, made now."""

    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Legal entity", to_field_name="code", empty_label=None
    )
    kind = forms.ChoiceField(label="What it tells", choices=Kind.choices, widget=Choices, initial=Kind.OPEN_ITEMS)
    as_of = DayField(label="As of")
    from_on = DayField(
        label="Activity from", required=False, help_text="Only of an activity; empty: a month before the day above."
    )
    file = forms.ChoiceField(label="As", choices=[("pdf", "PDF"), ("csv", "CSV")], widget=Choices, initial="pdf")

    def __init__(self, *args, entities: list[LegalEntity], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = LegalEntity.objects.filter(pk__in=[entity.pk for entity in entities])
        if len(entities) == 1:
            self.fields["entity"].widget = forms.HiddenInput()
            self.fields["entity"].initial = entities[0].code

    def clean(self) -> dict:
        asked = super().clean()
        first, last = asked.get("from_on"), asked.get("as_of")
        if asked.get("kind") != Kind.ACTIVITY:
            asked["from_on"] = None
        elif isinstance(last, date):
            asked["from_on"] = first or figures.month_before(last)
            if asked["from_on"] > last:
                self.add_error("from_on", "The activity would begin after it ends.")
        return asked
