"""Commercial invoices that went with exports."""

from django.db import models
from django.db.models.functions import Now

from o2c.core.models import Document
from o2c.orders.models import Delivery
from o2c.orders.scope import EntityScoped


class OfDelivery(EntityScoped):
    entity_path = "delivery__entity"


class CustomsInvoice(models.Model):
    """The paper that customs get with a delivery, as it was given out; the latest of a delivery counts."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.PROTECT, db_index=False, related_name="customs_invoices")
    document = models.ForeignKey(Document, models.PROTECT, db_index=False, related_name="+")
    digest = models.CharField(max_length=32, help_text="Of the delivery's lines that it is of.")
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.CharField(max_length=150)

    objects = OfDelivery.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["delivery", "-id"], name="customs_invoice_by_delivery"),
            # a document that is let go of is looked for here too
            models.Index(fields=["document"], name="customs_invoice_by_document"),
        ]
