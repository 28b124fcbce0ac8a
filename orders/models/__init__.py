"""Who sells, who buys, on what terms, at what prices, what was ordered, and sent."""

from o2c.orders.models.credit import CreditDecision, CreditLimit, CreditPolicy, CreditReview
from o2c.orders.models.deliveries import Carrier, Delivery, DeliveryLine
from o2c.orders.models.orders import Incoterm, Order, OrderLine, OrderProblem
from o2c.orders.models.parties import (
    SATURDAY,
    SUNDAY,
    Account,
    ClosingDay,
    Contact,
    Customer,
    CustomerBankAccount,
    EarlyPaymentDiscount,
    EntityAccess,
    Holiday,
    HolidayYear,
    Instalment,
    LegalEntity,
    PaymentTerms,
    usual_weekend,
)
from o2c.orders.models.prices import (
    Contract,
    ContractPrice,
    ListPrice,
    PriceList,
    PriceListChoice,
    Product,
)
from o2c.orders.models.tracking import CarrierSecret, TrackingEvent

__all__ = [
    "SATURDAY",
    "SUNDAY",
    "Account",
    "Carrier",
    "CarrierSecret",
    "ClosingDay",
    "Contact",
    "Contract",
    "ContractPrice",
    "CreditDecision",
    "CreditLimit",
    "CreditPolicy",
    "CreditReview",
    "Customer",
    "CustomerBankAccount",
    "Delivery",
    "DeliveryLine",
    "EarlyPaymentDiscount",
    "EntityAccess",
    "Holiday",
    "HolidayYear",
    "Incoterm",
    "Instalment",
    "LegalEntity",
    "ListPrice",
    "Order",
    "OrderLine",
    "OrderProblem",
    "PaymentTerms",
    "PriceList",
    "PriceListChoice",
    "Product",
    "TrackingEvent",
    "usual_weekend",
]
