"""What people type on the pages of bank statements."""

from django import forms

from o2c.core.forms import Choices, DayField
from o2c.invoicing.bank.setting_aside import ACCOUNTS
from o2c.invoicing.models import BankAccount, BankStatement

AGES = {"": "Any age", "1": "Over 1 day", "7": "Over 7 days", "30": "Over 30 days", "90": "Over 90 days"}


def account_choices(accounts: list[BankAccount]) -> list[tuple[str, str]]:
    return [(str(each.pk), f"{each.entity.code} · {each.name} · {each.currency}") for each in accounts]


class LineFilter(forms.Form):
    """Which lines a list shows. What cannot be understood is not applied."""

    q = forms.CharField(label="Text, name or amount", required=False, max_length=100)
    account = forms.ChoiceField(label="Account", required=False)
    way = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "Both"), ("in", "Came in"), ("out", "Went out")]
    )
    age = forms.ChoiceField(label="Waits", required=False, choices=AGES.items())

    def __init__(self, data, *, accounts: list[BankAccount]):
        super().__init__(data)
        self.fields["account"].choices = [("", "All"), *account_choices(accounts)]


class StatementFilter(forms.Form):
    account = forms.ChoiceField(label="Account", required=False)
    kind = forms.ChoiceField(
        label="Kind",
        required=False,
        choices=[("", "All"), *((kind, kind.title()) for kind in BankStatement.Kind.values)],
    )
    flagged = forms.BooleanField(label="Flagged only", required=False)

    def __init__(self, data, *, accounts: list[BankAccount]):
        super().__init__(data)
        self.fields["account"].choices = [("", "All"), *account_choices(accounts)]


class PeriodFilter(forms.Form):
    """Whose days are reconciled, and which."""

    account = forms.ChoiceField(label="Account", required=False)
    from_on = DayField(label="From", required=False)
    until_on = DayField(label="Until", required=False)
    wrong = forms.BooleanField(label="Differences only", required=False)

    def __init__(self, data, *, accounts: list[BankAccount]):
        super().__init__(data)
        self.fields["account"].choices = [("", "All"), *account_choices(accounts)]


class SetAsideForm(forms.Form):
    account = forms.ChoiceField(label="What is it?", choices=ACCOUNTS.items(), widget=Choices)
    reason = forms.CharField(label="Why", max_length=200, help_text="Who looks at the line later reads this.")
    on = DayField(label="On")
