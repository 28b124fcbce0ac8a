"""Master data in the API: legal entities, customers, accounts, contacts, payment terms, products, prices, contracts.

Other parts of the API name customers and legal entities by what is in `naming`.
"""

from django.urls import path

from o2c.orders.api import accounts, contacts, contracts, credit, customers, entities, price_lists, products, terms
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
    path("products", products.Products.as_view(), name="products"),
    path("products/<int:pk>", products.OneProduct.as_view(), name="product"),
    path(f"products/{EXTERNAL}", products.ExternalProduct.as_view(), name="external-product"),
    path("price-lists", price_lists.PriceLists.as_view(), name="price-lists"),
    path("price-lists/<int:pk>", price_lists.OnePriceList.as_view(), name="price-list"),
    path(f"price-lists/{EXTERNAL}", price_lists.ExternalPriceList.as_view(), name="external-price-list"),
    path("price-lists/<int:pk>/prices", price_lists.ListPrices.as_view(), name="list-prices"),
    path("list-prices/<int:pk>/end", price_lists.EndListPrice.as_view(), name="end-list-price"),
    path("accounts/<int:pk>/price", price_lists.AccountPrice.as_view(), name="account-price"),
    path("accounts/<int:pk>/price-lists", price_lists.AccountLists.as_view(), name="account-price-lists"),
    path("contracts", contracts.Contracts.as_view(), name="contracts"),
    path("contracts/<int:pk>", contracts.OneContract.as_view(), name="contract"),
    path(f"contracts/{EXTERNAL}", contracts.ExternalContract.as_view(), name="external-contract"),
    path("contracts/<int:pk>/activate", contracts.ActivateContract.as_view(), name="activate-contract"),
    path("contracts/<int:pk>/end", contracts.EndContract.as_view(), name="end-contract"),
    path("contracts/<int:pk>/renew", contracts.RenewContract.as_view(), name="renew-contract"),
    path("contracts/<int:pk>/prices", contracts.ContractPrices.as_view(), name="contract-prices"),
    path("contract-prices/<int:pk>/end", contracts.EndContractPrice.as_view(), name="end-contract-price"),
    path("credit-limits", credit.CreditLimits.as_view(), name="credit-limits"),
    path("credit-limits/<int:pk>", credit.OneCreditLimit.as_view(), name="credit-limit"),
    path("credit-limits/<int:pk>/end", credit.EndCreditLimit.as_view(), name="end-credit-limit"),
    path("legal-entities/<int:pk>/credit-policy", credit.OneCreditPolicy.as_view(), name="credit-policy"),
]
