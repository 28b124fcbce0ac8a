"""Master data in the API: legal entities, customers, accounts, contacts and payment terms.

Other parts of the API name customers and legal entities by what is in `naming`.
"""

from django.urls import path

from o2c.orders.api import accounts, contacts, customers, entities, terms
from o2c.orders.api.naming import EXTERNAL

urlpatterns = [
    path("legal-entities", entities.Entities.as_view(), name="entities"),
    path("legal-entities/<int:pk>", entities.OneEntity.as_view(), name="entity"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/<int:pk>", customers.OneCustomer.as_view(), name="customer"),
    path(f"customers/{EXTERNAL}", customers.ExternalCustomer.as_view(), name="external-customer"),
    path("accounts", accounts.Accounts.as_view(), name="accounts"),
    path("accounts/<int:pk>", accounts.OneAccount.as_view(), name="account"),
    path(f"accounts/{EXTERNAL}", accounts.ExternalAccount.as_view(), name="external-account"),
    path("contacts", contacts.Contacts.as_view(), name="contacts"),
    path("contacts/<int:pk>", contacts.OneContact.as_view(), name="contact"),
    path(f"contacts/{EXTERNAL}", contacts.ExternalContact.as_view(), name="external-contact"),
    path("payment-terms", terms.ManyTerms.as_view(), name="terms-list"),
    path("payment-terms/<int:pk>", terms.OneTerms.as_view(), name="terms"),
]
