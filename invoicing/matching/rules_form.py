"""How an administrator sets the thresholds of matching."""

from decimal import Decimal

from django import forms

from o2c.core.forms import AmountField


class MatchingRulesForm(forms.Form):
    """Scores are between 0 and 1; amounts are in the legal entity's base currency."""

    apply_from = forms.DecimalField(
        label="Applied by itself from a score of",
        min_value=Decimal(0), max_value=Decimal(1), max_digits=4, decimal_places=3,
        help_text="And only where nothing speaks against it. 1 for never.",
    )  # fmt: skip
    propose_from = forms.DecimalField(
        label="Proposed from a score of",
        min_value=Decimal(0), max_value=Decimal(1), max_digits=4, decimal_places=3,
        help_text="Below it the line is left without a proposal.",
    )  # fmt: skip
    small_difference = AmountField(
        label="A small difference is up to", help_text="So much less is written off without a word."
    )
    bank_charge = AmountField(
        label="A bank may have kept up to", help_text="By itself only where the bank says so; else it is proposed."
    )
    discount_grace_days = forms.IntegerField(
        label="Days of grace for an early-payment discount", min_value=0, max_value=60
    )

    def clean(self):
        facts = super().clean()
        applied, proposed = facts.get("apply_from"), facts.get("propose_from")
        if applied is not None and proposed is not None and proposed > applied:
            self.add_error("propose_from", "What is applied by itself is proposed too: at most the score above.")
        for name in ("small_difference", "bank_charge"):
            if (facts.get(name) or 0) < 0:
                self.add_error(name, "At least nothing.")
        return facts
