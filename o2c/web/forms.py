"""What people type on the roof's own pages."""

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator

from o2c.core import clock
from o2c.core.api.scopes import SCOPES
from o2c.core.forms import DayField, ManyChoices
from o2c.core.models import Role, User
from o2c.orders.models import LegalEntity


class PersonForm(forms.Form):
    """Who a person is, what they may do and which legal entities they see."""

    username = forms.CharField(label="User name", max_length=150, validators=[UnicodeUsernameValidator()])
    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)
    email = forms.EmailField(label="E-mail", help_text="The link to set a password goes there.")
    roles = forms.MultipleChoiceField(label="Roles", choices=Role.choices, widget=ManyChoices)
    all_entities = forms.BooleanField(
        label="Sees every legal entity", required=False, help_text="Also ones opened later."
    )
    entities = forms.ModelMultipleChoiceField(
        LegalEntity.objects.none(), label="Sees these legal entities", required=False, widget=ManyChoices
    )

    def __init__(self, *args, entities, everything: bool, person: User | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entities"].queryset = entities
        if not everything:
            del self.fields["all_entities"]  # nobody gives away what they do not see themselves
        if person is not None:
            del self.fields["username"]

    def clean(self):
        facts = super().clean()
        if not facts.get("all_entities") and not facts.get("entities") and "entities" not in self.errors:
            every = ", or every legal entity" if "all_entities" in self.fields else ""
            self.add_error("entities", f"Choose at least one{every}.")
        return facts

    def clean_username(self):
        name = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("There is somebody of this name already.")
        return name


class ProfileForm(forms.Form):
    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)
    language = forms.ChoiceField(
        label="Numbers and days are written as in",
        choices=settings.LANGUAGES,
        help_text="The pages themselves are in English.",
    )


class ApiKeyForm(forms.Form):
    """A program that may call the API: what it may do, with which legal entities, and until when."""

    name = forms.CharField(label="Name", max_length=100, help_text="What it is for; names it in the audit trail.")
    scopes = forms.MultipleChoiceField(
        label="May", choices=[(name, f"{scope.allows} ({name})") for name, scope in SCOPES.items()], widget=ManyChoices
    )
    all_entities = forms.BooleanField(
        label="Sees every legal entity", required=False, help_text="Also ones opened later."
    )
    entities = forms.ModelMultipleChoiceField(
        LegalEntity.objects.none(), label="Sees these legal entities", required=False, widget=ManyChoices
    )
    last_day = DayField(label="Last day", required=False, help_text="Empty: until it is revoked. The day ends in UTC.")
    requests_a_minute = forms.IntegerField(
        label="Requests a minute", min_value=1, max_value=2**31 - 1, required=False, help_text="Empty: the usual limit."
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entities"].queryset = LegalEntity.objects.for_user(user).order_by("code")
        if not user.all_entities:
            del self.fields["all_entities"]  # nobody gives away what they do not see themselves

    def clean_last_day(self):
        day = self.cleaned_data["last_day"]
        if day is not None and day < clock.today():
            raise forms.ValidationError("This day is over.")
        return day

    def clean(self):
        facts = super().clean()
        if not facts.get("all_entities") and not facts.get("entities") and "entities" not in self.errors:
            self.add_error("entities", "Choose at least one.")
        return facts


class RotateForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label="The secret it has now is good",
        choices=[("0", "No longer"), ("1", "An hour more"), ("24", "A day more"), ("168", "A week more")],
        initial="24",
        coerce=int,
        widget=forms.RadioSelect,
    )


class ResolveForm(forms.Form):
    """What became of a message whose fate we do not know."""

    verdict = forms.ChoiceField(
        label="What became of it?",
        choices=[
            ("sent", "It arrived: count it as sent"),
            ("queued", "It did not: send it again"),
            ("cancelled", "It did not: leave it unsent"),
        ],
        widget=forms.RadioSelect,
    )
