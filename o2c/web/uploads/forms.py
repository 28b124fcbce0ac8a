"""What is said beside a file that is sent."""

from django import forms

from o2c.core.forms import Choices
from o2c.core.imports.kinds import Kind
from o2c.core.imports.mapping import LONGEST_SOURCE
from o2c.core.models import User
from o2c.orders.models import LegalEntity
from o2c.web.uploads.keeping import FIELD


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label="What is in it?", widget=Choices)
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    source = forms.CharField(
        label="Source",
        max_length=LONGEST_SOURCE,
        required=False,
        help_text="Where the file comes from, such as sap or shop. Left empty: the source of the last such file.",
    )
    file = forms.FileField(label="File", allow_empty_file=True, widget=forms.FileInput(attrs={"class": "drop"}))

    def __init__(self, *args, user: User, kinds: list[Kind], sources: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        self.fields["kind"].choices = [(kind.name, kind.title) for kind in kinds]
        if len(kinds) == 1:
            self.fields["kind"].initial = kinds[0].name
        entities = LegalEntity.objects.for_user(user).order_by("code")
        self.fields["entity"].queryset = entities
        if entities.count() == 1:
            self.fields["entity"].empty_label = None
        else:
            self.fields["entity"].empty_label = "Choose…"
        self.fields["source"].widget.attrs |= {"list": "sources", "autocomplete": "off"}
        self.sources = sources
        assert FIELD in self.fields
