"""What an auditor asks for."""

from ipaddress import ip_address

from django import forms

from o2c.core.forms import DayField
from o2c.orders.models import Customer, LegalEntity
from o2c.web.audit.parts import KINDS, parts
from o2c.web.audit.trail import Asked


class AuditFilter(forms.Form):
    """Which rows of the trail. What cannot be understood is said at its field, and nothing is shown."""

    who = forms.CharField(label="Who", required=False, max_length=150)
    what = forms.ChoiceField(label="What", required=False)
    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Legal entity", required=False, to_field_name="code", empty_label="All"
    )
    customer = forms.CharField(label="Customer number", required=False, max_length=40)
    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)
    address = forms.CharField(label="Address", required=False, max_length=45)
    request = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    act = forms.UUIDField(required=False, widget=forms.HiddenInput)
    id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, data, *, user):
        super().__init__(data)
        self.user = user
        self.fields["entity"].queryset = LegalEntity.objects.for_user(user).order_by("code")
        groups = {kind: [(part.name, part.title) for part in parts().values() if part.kind == kind] for kind in KINDS}
        self.fields["what"].choices = [
            ("", "Everything"),
            *(
                (title, [(kind, f"All {title.lower()}"), *sorted(groups[kind], key=lambda choice: choice[1])])
                if len(groups[kind]) > 1
                else (kind, title)
                for kind, title in KINDS.items()
            ),
        ]

    def clean_customer(self) -> Customer | None:
        number = self.cleaned_data["customer"].strip()
        if not number:
            return None
        found = Customer.objects.for_user(self.user).filter(number=number).first()
        if found is None:
            raise forms.ValidationError("There is no such customer.")
        return found

    def clean_address(self) -> str:
        text = self.cleaned_data["address"].strip()
        try:
            return str(ip_address(text)) if text else ""
        except ValueError:
            raise forms.ValidationError("Such as 192.0.2.7 or 2001:db8::7.") from None

    def asked(self) -> Asked:
        facts = self.cleaned_data
        what = facts["what"]
        return Asked(
            who=facts["who"].strip(),
            kind=what if what in KINDS else "",
            of=what if what in parts() else "",
            object_id=facts["id"],
            entity=facts["entity"],
            customer=facts["customer"],
            since=facts["since"],
            until=facts["until"],
            address=facts["address"],
            request=facts["request"],
            act=facts["act"],
        )
