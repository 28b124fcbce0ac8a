"""What people type on the pages of remittance advice."""

from django import forms


class LineForm(forms.Form):
    """Which bank line an advice is of: one of those that may be."""

    line = forms.IntegerField(min_value=1, max_value=2**63 - 1)
