from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "o2c.invoicing"
    label = "invoicing"
