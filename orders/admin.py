"""Master data of customers and terms. Groups are changed by `o2c.orders.customers.move`, not here."""

from django.contrib import admin

from o2c.core.admin import Edited, EditedInline, Shown, ShownInline
from o2c.orders.models import (
    Account,
    Contact,
    Customer,
    CustomerBankAccount,
    EarlyPaymentDiscount,
    EntityAccess,
    Instalment,
    LegalEntity,
    PaymentTerms,
)


@admin.register(LegalEntity)
class LegalEntityAdmin(Edited):
    """Opened with its books by the command; here only what may change afterwards."""

    list_display = ["code", "name", "country", "base_currency", "time_zone", "email"]
    readonly_fields = ["code", "base_currency"]

    def has_add_permission(self, request):
        return False


@admin.register(EntityAccess)
class EntityAccessAdmin(Shown):
    list_display = ["user", "entity"]


class DiscountInline(EditedInline):
    model = EarlyPaymentDiscount


class InstalmentInline(EditedInline):
    model = Instalment


@admin.register(PaymentTerms)
class PaymentTermsAdmin(Edited):
    list_display = ["code", "name", "kind", "days", "day_of_month"]
    inlines = [DiscountInline, InstalmentInline]


class ContactInline(EditedInline):
    model = Contact


class BankAccountInline(ShownInline):
    """Where a customer is paid back changes with a call and a second person only: `o2c.invoicing.cash.details`."""

    model = CustomerBankAccount


@admin.register(Customer)
class CustomerAdmin(Edited):
    list_display = ["number", "name", "country", "vat_id"]
    search_fields = ["number", "name", "vat_id"]
    readonly_fields = ["number", "parent", "payer", "source", "created_at"]
    inlines = [ContactInline, BankAccountInline]

    def has_add_permission(self, request):
        return False


@admin.register(Account)
class AccountAdmin(Edited):
    list_display = [
        "customer",
        "entity",
        "segment",
        "terms",
        "credit_limit",
        "currency",
        "collector",
        "channel",
        "standing",
    ]
    list_select_related = ["customer", "entity", "terms", "collector"]
    list_filter = ["entity", "channel", "standing"]
    search_fields = ["customer__number", "customer__name"]
    readonly_fields = ["customer", "entity", "currency", "credit_limit"]

    def has_add_permission(self, request):
        return False
