"""What people choose of metrics."""

from django import forms

from o2c.analytics.metrics.months import CUTS
from o2c.analytics.metrics.showing import SHOWN
from o2c.orders.models import LegalEntity

SPANS = ((7, "7 months"), (SHOWN, "13 months"), (25, "25 months"))
BY = (("", "Nobody: the whole book"), *((cut, cut.capitalize()) for cut in CUTS))


class MetricsForm(forms.Form):
    """Of which legal entity, and over how many months."""

    entity = forms.ModelChoiceField(
        LegalEntity.objects.none(), label="Entity", to_field_name="code", required=False, empty_label=None
    )
    months = forms.TypedChoiceField(label="Span", choices=SPANS, coerce=int, required=False, empty_value=SHOWN)

    def __init__(self, data, *, entities):
        first = entities.first()
        usual = {"entity": first.code if first else "", "months": str(SHOWN)}
        # what is not said is shown as what is usual
        super().__init__({**usual, **data.dict()} if data else None)
        self.fields["entity"].queryset = entities
        self.usual = {"entity": first, "months": SHOWN, "by": ""}
        self.initial = {"entity": first and first.code, "months": SHOWN}

    @property
    def asked(self) -> dict:
        """What was asked for, what is usual where nothing was said or it makes no sense."""
        said = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return {name: said.get(name) or usual for name, usual in self.usual.items()}

    @property
    def status(self) -> int:
        return 200 if not self.is_bound or self.is_valid() else 422


class MetricForm(MetricsForm):
    by = forms.ChoiceField(label="Cut by", choices=BY, required=False)
