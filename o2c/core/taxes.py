"""The categories of value-added tax that are sold under."""

from django.db import models


class TaxCategory(models.TextChoices):
    """The VAT categories of EN 16931 (UNCL 5305) that we invoice."""

    STANDARD = "S", "Standard rate"
    ZERO = "Z", "Zero rated"
    EXEMPT = "E", "Exempt"
    REVERSE_CHARGE = "AE", "Reverse charge"
    INTRA_COMMUNITY = "K", "Intra-community supply"
    EXPORT = "G", "Export"
    OUTSIDE = "O", "Outside the scope of tax"
