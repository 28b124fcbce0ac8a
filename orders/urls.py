from django.urls import path

from o2c.orders.views import contracts, credit, price_lists, products

urlpatterns = [
    path("products/", products.products, name="products"),
    path("products/new/", products.new_product, name="new_product"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/edit/", products.edit_product, name="edit_product"),
    path("price-lists/", price_lists.price_lists, name="price_lists"),
    path("price-lists/new/", price_lists.new_price_list, name="new_price_list"),
    path("price-lists/<int:pk>/", price_lists.price_list, name="price_list"),
    path("price-lists/<int:pk>/edit/", price_lists.edit_price_list, name="edit_price_list"),
    path("price-lists/<int:pk>/prices/new/", price_lists.say_list_price, name="say_list_price"),
    path("list-prices/<int:pk>/end/", price_lists.end_list_price, name="end_list_price"),
    path("accounts/<int:pk>/price-list/", price_lists.choose_price_list, name="choose_price_list"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<int:pk>/", contracts.contract, name="contract"),
    path("contracts/<int:pk>/edit/", contracts.edit_contract, name="edit_contract"),
    path("contracts/<int:pk>/activate/", contracts.activate_contract, name="activate_contract"),
    path("contracts/<int:pk>/end/", contracts.end_contract, name="end_contract"),
    path("contracts/<int:pk>/renew/", contracts.renew_contract, name="renew_contract"),
    path("contracts/<int:pk>/discard/", contracts.discard_contract, name="discard_contract"),
    path("contracts/<int:pk>/prices/new/", contracts.say_contract_price, name="say_contract_price"),
    path("contract-prices/<int:pk>/end/", contracts.end_contract_price, name="end_contract_price"),
    path("customers/<int:pk>/prices/", contracts.customer_prices, name="customer_prices"),
    path("customers/<int:pk>/contracts/new/", contracts.new_contract, name="new_contract"),
    path("accounts/<int:pk>/limits/", credit.credit_limits, name="credit_limits"),
    path("accounts/<int:pk>/limits/new/", credit.say_limit, name="say_limit"),
    path("credit-limits/<int:pk>/end/", credit.end_limit, name="end_limit"),
    path("credit/policies/", credit.credit_policies, name="credit_policies"),
    path("credit/policies/<int:pk>/", credit.credit_policy, name="credit_policy"),
]
