"""Money to look at. It is changed by acts only, and the database refuses everything else."""

from django.contrib import admin

from o2c.core.admin import Edited, Shown
from o2c.invoicing.models import (
    AgingBucketSet,
    BankDetailChange,
    Deduction,
    Entry,
    ExchangeRate,
    LedgerAccount,
    Netting,
    OpenItem,
    Receipt,
    Refund,
    WriteOff,
)


@admin.register(AgingBucketSet)
class AgingBucketSetAdmin(Edited):
    list_display = ["code", "name", "bounds"]


@admin.register(ExchangeRate)
class ExchangeRateAdmin(Shown):
    list_display = ["on", "currency", "rate"]
    list_filter = ["currency"]


@admin.register(LedgerAccount)
class LedgerAccountAdmin(Shown):
    list_display = ["entity", "role", "code", "name"]


@admin.register(OpenItem)
class OpenItemAdmin(Shown):
    list_display = ["number", "entity", "customer_id", "kind", "due_on", "currency", "amount", "open_amount"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(Receipt)
class ReceiptAdmin(Shown):
    list_display = ["number", "entity", "customer_id", "method", "currency", "amount", "received_on", "reversed_on"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(Entry)
class EntryAdmin(Shown):
    list_display = ["id", "entity", "kind", "text", "effective_on", "known_on", "recorded_at", "actor"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(WriteOff)
class WriteOffAdmin(Shown):
    list_display = ["id", "entity", "item_id", "kind", "state", "currency", "amount", "asker", "asked_at"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(Refund)
class RefundAdmin(Shown):
    list_display = ["id", "entity", "customer_id", "state", "currency", "amount", "iban", "asker", "asked_at"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(Netting)
class NettingAdmin(Shown):
    list_display = ["id", "entity", "customer_id", "state", "currency", "amount", "asker", "asked_at"]
    list_select_related = ["entity"]
    ordering = ["-id"]


@admin.register(BankDetailChange)
class BankDetailChangeAdmin(Shown):
    list_display = ["id", "customer_id", "state", "iban", "asker", "asked_at", "called_number"]
    ordering = ["-id"]


@admin.register(Deduction)
class DeductionAdmin(Shown):
    list_display = ["id", "entity", "item_id", "reason", "state", "currency", "amount", "opened_on", "ended_on"]
    list_select_related = ["entity", "reason"]
    ordering = ["-id"]
