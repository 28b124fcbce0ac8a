"""What people type on the roof's own pages."""

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator

from o2c.core.forms import ManyChoices
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

    def __init__(self, *args, entities, person: User | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entities"].queryset = entities
        if person is not None:
            del self.fields["username"]

    def clean(self):
        facts = super().clean()
        if not facts.get("all_entities") and not facts.get("entities") and "entities" not in self.errors:
            self.add_error("entities", "Choose at least one, or every legal entity.")
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
