"""Cross Industry Invoice D16B (UN/CEFACT), as EN 16931-3-3 binds the model to it and Factur-X carries it."""

import re
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

from lxml import etree

from o2c.invoicing.einvoices.binding import (
    Attr,
    Binding,
    Fixed,
    Group,
    Inner,
    Leaf,
    Leaves,
    Many,
    One,
    Otherwise,
    Reading,
    Writing,
    found,
    part,
    place,
    read_all,
    write_all,
)
from o2c.invoicing.einvoices.forms import DAY_CII, FILE, FLAG, ID, PLAIN, Id, Text, text_of
from o2c.invoicing.einvoices.model import (
    CREDIT_NOTES,
    Account,
    Address,
    Adjustment,
    Attribute,
    Card,
    Contact,
    Delivery,
    Document,
    EInvoice,
    Line,
    Note,
    Party,
    Payment,
    Period,
    Preceding,
    Problem,
    Tax,
    Totals,
)

ROOT = "CrossIndustryInvoice"
STANDARD = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{STANDARD}{ROOT}:100",
    "ram": f"{STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{STANDARD}UnqualifiedDataType:100",
    "qdt": f"{STANDARD}QualifiedDataType:100",
}
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 ]{8,40}", re.IGNORECASE)
# When the tax is due: UNCL 2475 here, and UNCL 2005 in the model.
TAX_POINTS = {"5": "3", "29": "35", "72": "432"}


class TaxPoint(Text):
    def read(self, element):
        said = super().read(element)
        return TAX_POINTS.get(said, said)

    def write(self, element, value, writing) -> None:
        super().write(element, {ours: theirs for theirs, ours in TAX_POINTS.items()}.get(value, value), writing)


class TaxId(Text):
    def __init__(self, scheme: str):
        self.scheme = scheme

    def write(self, element, value, writing) -> None:
        super().write(element, value, writing)
        element.set("schemeID", self.scheme)


def tax_id(field: str, scheme: str) -> Group:
    def of_scheme(element) -> bool:
        return any(each.get("schemeID", "").strip() == scheme for each in found(element, "ID"))

    return Group("SpecifiedTaxRegistration", (Leaf("ID", field, TaxId(scheme)),), where=of_scheme)


def is_iban(number: str) -> bool:
    return IBAN.fullmatch(number) is not None


def has_scheme(identifier) -> bool:
    return bool(identifier.scheme)


def has_none(identifier) -> bool:
    return not identifier.scheme


def document_type(element) -> str:
    return (element.findtext("TypeCode") or "").strip()


DAY = "udt:DateTimeString"
IDS = (Leaves("ID", "ids", Id(""), only=has_none), Leaves("GlobalID", "ids", ID, only=has_scheme))
ADDRESS = One(
    "PostalTradeAddress",
    "address",
    Address,
    (
        Leaf("PostcodeCode", "postal_code"),
        Leaf("LineOne", "street"),
        Leaf("LineTwo", "additional"),
        Leaf("LineThree", "third"),
        Leaf("CityName", "city"),
        Leaf("CountryID", "country"),
        Leaf("CountrySubDivisionName", "subdivision"),
    ),
)
TAX_REGISTRATION = tax_id("tax_registration", "FC")
SELLER = (
    *IDS,
    Leaf("Name", "name"),
    Leaf("Description", "legal_form"),
    Leaf("SpecifiedLegalOrganization/ID", "registration", ID),
    Leaf("SpecifiedLegalOrganization/TradingBusinessName", "trading_name"),
    One(
        "DefinedTradeContact",
        "contact",
        Contact,
        (
            Leaf("PersonName", "name", other="DepartmentName"),
            Leaf("TelephoneUniversalCommunication/CompleteNumber", "phone"),
            Leaf("EmailURIUniversalCommunication/URIID", "email"),
        ),
    ),
    ADDRESS,
    Leaf("URIUniversalCommunication/URIID", "endpoint", ID),
    tax_id("vat_id", "VA"),
    TAX_REGISTRATION,
)
# EN 16931 has neither a legal form of a buyer nor a tax number beside its VAT id.
BUYER = tuple(
    binding for binding in SELLER if binding is not TAX_REGISTRATION and getattr(binding, "field", "") != "legal_form"
)
PERIOD = One(
    "BillingSpecifiedPeriod",
    "period",
    Period,
    (Leaf(f"StartDateTime/{DAY}", "start", DAY_CII), Leaf(f"EndDateTime/{DAY}", "end", DAY_CII)),
)
VAT = Fixed("TypeCode", "VAT")
CATEGORY = (VAT, Leaf("CategoryCode", "category"), Leaf("RateApplicablePercent", "rate", PLAIN))
LINE_ADJUSTMENT = (
    Leaf("ChargeIndicator/udt:Indicator", "is_charge", FLAG),
    Leaf("CalculationPercent", "percent", PLAIN),
    Leaf("BasisAmount", "base", PLAIN),
    Leaf("ActualAmount", "amount", PLAIN),
    Leaf("ReasonCode", "reason_code"),
    Leaf("Reason", "reason"),
)
ADJUSTMENT = (*LINE_ADJUSTMENT, Group("CategoryTradeTax", CATEGORY))
TAX = (
    Leaf("CalculatedAmount", "tax", PLAIN),
    VAT,
    Leaf("ExemptionReason", "reason"),
    Leaf("BasisAmount", "taxable", PLAIN),
    Leaf("CategoryCode", "category"),
    Leaf("ExemptionReasonCode", "reason_code"),
    Leaf("TaxPointDate/udt:DateString", "tax_point_on", DAY_CII),
    Leaf("DueDateTypeCode", "tax_point_code", TaxPoint()),
    Leaf("RateApplicablePercent", "rate", PLAIN),
)
PAYMENT = (
    Leaf("TypeCode", "code"),
    Leaf("Information", "text"),
    One(
        "ApplicableTradeSettlementFinancialCard",
        "card",
        Card,
        (Leaf("ID", "number"), Leaf("CardholderName", "holder")),
    ),
    Leaf("PayerPartyDebtorFinancialAccount/IBANID", "debited"),
    Inner(
        "account",
        Account,
        (
            Leaf("PayeePartyCreditorFinancialAccount/IBANID", "number", only=is_iban),
            Leaf("PayeePartyCreditorFinancialAccount/AccountName", "name"),
            Leaf("PayeePartyCreditorFinancialAccount/ProprietaryID", "number", only=lambda value: not is_iban(value)),
            Leaf("PayeeSpecifiedCreditorFinancialInstitution/BICID", "bic"),
        ),
    ),
)


class Taxes(Binding):
    """The taxes, each of which says when it is due, which EN 16931 says once."""

    many = Many("ApplicableTradeTax", "taxes", Tax, TAX)
    once = (
        Leaf("ApplicableTradeTax/TaxPointDate/udt:DateString", "tax_point_on", DAY_CII),
        Leaf("ApplicableTradeTax/DueDateTypeCode", "tax_point_code", TaxPoint()),
    )

    def read(self, element, into, reading, at):
        self.many.read(element, into, reading, at)
        read_all(self.once, element, into, reading, at)

    def write(self, parent, source, writing):
        for tax in source.taxes:
            element, _ = writing.reach(parent, "ApplicableTradeTax", is_leaf=False, anew=True)
            due = {"tax_point_on": source.tax_point_on, "tax_point_code": source.tax_point_code}
            write_all(TAX, element, SimpleNamespace(**vars(tax), **due), writing)
        return bool(source.taxes)


class TaxAmounts(Binding):
    """The tax in the invoice's currency, and that in the accounting currency."""

    def read(self, element, into, reading, at):
        own = (element.getparent().findtext("InvoiceCurrencyCode") or "").strip()
        for each in found(element, "TaxTotalAmount"):
            currency = each.get("currencyID", "").strip()
            field = "accounting_tax" if own and currency and currency != own else "tax"
            if into.get(field) is None:
                into[field] = reading.value(PLAIN, each, f"{at}/{field}")
            elif field == "tax":
                text = "There is more than one total of the tax (BT-110)."
                reading.problems.append(Problem("BR-CO-15", place(each), text))

    def write(self, parent, source, writing):
        amounts = ((source.tax, writing.currency), (source.accounting_tax, writing.tax_currency))
        for amount, currency in amounts:
            if amount is not None:
                element, _ = writing.reach(parent, "TaxTotalAmount", is_leaf=True, anew=True)
                PLAIN.write(element, amount, writing)
                element.set("currencyID", currency)
        return any(amount is not None for amount, _ in amounts)


class Freight(Binding):
    """Freight of the extended profile, which to EN 16931 is a charge like others, and is written as one."""

    many = Many(
        "SpecifiedLogisticsServiceCharge",
        "adjustments",
        Adjustment,
        (
            Leaf("Description", "reason"),
            Leaf("AppliedAmount", "amount", PLAIN),
            Group(
                "AppliedTradeTax",
                (VAT, Leaf("CategoryCode", "category"), Leaf("RateApplicablePercent", "rate", PLAIN)),
            ),
        ),
    )

    def read(self, element, into, reading, at):
        freight: dict = {}
        self.many.read(element, freight, reading, f"{at}/freight")
        charges = tuple(replace(each, is_charge=True) for each in freight["adjustments"])
        into["adjustments"] = (*into.get("adjustments", ()), *charges)

    def write(self, parent, source, writing):
        return False


def referenced(field: str, kind: str, form=None) -> Group:
    """A reference among the additional documents, by the type that it has."""
    leaf = Leaf("IssuerAssignedID", field, form) if form else Leaf("IssuerAssignedID", field)
    return Group("AdditionalReferencedDocument", (leaf, Fixed("TypeCode", kind, match=True)))


class Object(Binding):
    """What is invoiced (BT-18, BT-128): its scheme is an element beside it."""

    def read(self, element, into, reading, at):
        for each in found(element, "AdditionalReferencedDocument"):
            if document_type(each) == "130" and (number := each.find("IssuerAssignedID")) is not None:
                identifier = reading.value(Id(""), number, f"{at}/object")
                scheme = each.find("ReferenceTypeCode")
                reading.used.update(each)
                into.setdefault("object", type(identifier)(identifier.value, "" if scheme is None else text_of(scheme)))

    def write(self, parent, source, writing):
        if not source.object:
            return False
        element, _ = writing.reach(parent, "AdditionalReferencedDocument", is_leaf=False, anew=True)
        scheme = SimpleNamespace(number=source.object.value, scheme=source.object.scheme)
        leaves = (Leaf("IssuerAssignedID", "number"), Fixed("TypeCode", "130"), Leaf("ReferenceTypeCode", "scheme"))
        return write_all(leaves, element, scheme, writing)


LINE = Many(
    "IncludedSupplyChainTradeLineItem",
    "lines",
    Line,
    (
        Leaf("AssociatedDocumentLineDocument/LineID", "id"),
        Leaf("AssociatedDocumentLineDocument/IncludedNote/Content", "note"),
        Group(
            "SpecifiedTradeProduct",
            (
                Leaf("GlobalID", "standard_code", ID),
                Leaf("SellerAssignedID", "seller_code"),
                Leaf("BuyerAssignedID", "buyer_code"),
                Leaf("Name", "name"),
                Leaf("Description", "description"),
                Many(
                    "ApplicableProductCharacteristic",
                    "attributes",
                    Attribute,
                    (Leaf("Description", "name"), Leaf("Value", "value")),
                ),
                Leaves("DesignatedProductClassification/ClassCode", "classifications", Id("listID", "listVersionID")),
                Leaf("OriginTradeCountry/ID", "origin"),
            ),
        ),
        Group(
            "SpecifiedLineTradeAgreement",
            (
                Leaf("BuyerOrderReferencedDocument/LineID", "order_line"),
                Group(
                    "GrossPriceProductTradePrice",
                    (
                        Leaf("ChargeAmount", "gross_price", PLAIN),
                        Group(
                            "AppliedTradeAllowanceCharge",
                            (Fixed("ChargeIndicator/udt:Indicator", "false"), Leaf("ActualAmount", "discount", PLAIN)),
                        ),
                    ),
                ),
                Group(
                    "NetPriceProductTradePrice",
                    (
                        Leaf("ChargeAmount", "price", PLAIN),
                        Leaf("BasisQuantity", "base_quantity", PLAIN),
                        Attr("BasisQuantity", "unitCode", "base_unit"),
                    ),
                ),
                Otherwise(Attr("GrossPriceProductTradePrice/BasisQuantity", "unitCode", "base_unit")),
                Otherwise(Leaf("GrossPriceProductTradePrice/BasisQuantity", "base_quantity", PLAIN)),
            ),
        ),
        Group(
            "SpecifiedLineTradeDelivery",
            (Leaf("BilledQuantity", "quantity", PLAIN), Attr("BilledQuantity", "unitCode", "unit")),
        ),
        Group(
            "SpecifiedLineTradeSettlement",
            (
                Group("ApplicableTradeTax", CATEGORY),
                PERIOD,
                Many("SpecifiedTradeAllowanceCharge", "adjustments", Adjustment, LINE_ADJUSTMENT),
                Leaf("SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", "net", PLAIN),
                Object(),
                Leaf("ReceivableSpecifiedTradeAccountingAccount/ID", "accounting"),
            ),
        ),
    ),
)
AGREEMENT = (
    Leaf("BuyerReference", "buyer_reference"),
    One("SellerTradeParty", "seller", Party, SELLER),
    One("BuyerTradeParty", "buyer", Party, BUYER),
    One(
        "SellerTaxRepresentativeTradeParty",
        "representative",
        Party,
        (Leaf("Name", "name"), ADDRESS, tax_id("vat_id", "VA")),
    ),
    Leaf("SellerOrderReferencedDocument/IssuerAssignedID", "sales_order"),
    Leaf("BuyerOrderReferencedDocument/IssuerAssignedID", "order"),
    Leaf("ContractReferencedDocument/IssuerAssignedID", "contract"),
    Many(
        "AdditionalReferencedDocument",
        "documents",
        Document,
        (
            Leaf("IssuerAssignedID", "reference"),
            Leaf("URIID", "url"),
            Fixed("TypeCode", "916"),
            Leaf("Name", "description"),
            Leaf("AttachmentBinaryObject", "attachment", FILE),
        ),
        where=lambda element: document_type(element) not in ("50", "130"),
    ),
    referenced("tender", "50"),
    Object(),
    Group("SpecifiedProcuringProject", (Leaf("ID", "project"), Fixed("Name", "Project reference"))),
)
DELIVERY = (
    Inner(
        "delivery",
        Delivery,
        (
            Leaf("ShipToTradeParty/ID", "location", ID, only=has_none),
            Leaf("ShipToTradeParty/GlobalID", "location", ID, only=has_scheme),
            Leaf("ShipToTradeParty/Name", "name"),
            One("ShipToTradeParty/PostalTradeAddress", "address", Address, ADDRESS.bindings),
            Leaf(f"ActualDeliverySupplyChainEvent/OccurrenceDateTime/{DAY}", "on", DAY_CII),
        ),
    ),
    Leaf("DespatchAdviceReferencedDocument/IssuerAssignedID", "despatch_advice"),
    Leaf("ReceivingAdviceReferencedDocument/IssuerAssignedID", "receiving_advice"),
)
SETTLEMENT = (
    Leaf("CreditorReferenceID", "creditor"),
    Leaf("PaymentReference", "remittance"),
    Leaf("TaxCurrencyCode", "tax_currency"),
    Leaf("InvoiceCurrencyCode", "currency"),
    One(
        "PayeeTradeParty",
        "payee",
        Party,
        (*IDS, Leaf("Name", "name"), Leaf("SpecifiedLegalOrganization/ID", "registration", ID)),
    ),
    Many("SpecifiedTradeSettlementPaymentMeans", "payments", Payment, PAYMENT),
    Taxes(),
    PERIOD,
    Many("SpecifiedTradeAllowanceCharge", "adjustments", Adjustment, ADJUSTMENT),
    Freight(),
    Leaf("SpecifiedTradePaymentTerms/Description", "terms"),
    Leaf(f"SpecifiedTradePaymentTerms/DueDateDateTime/{DAY}", "due_on", DAY_CII),
    Leaf("SpecifiedTradePaymentTerms/DirectDebitMandateID", "mandate"),
    One(
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "totals",
        Totals,
        (
            Leaf("LineTotalAmount", "lines", PLAIN),
            Leaf("ChargeTotalAmount", "charges", PLAIN),
            Leaf("AllowanceTotalAmount", "allowances", PLAIN),
            Leaf("TaxBasisTotalAmount", "net", PLAIN),
            TaxAmounts(),
            Leaf("RoundingAmount", "rounding", PLAIN),
            Leaf("GrandTotalAmount", "gross", PLAIN),
            Leaf("TotalPrepaidAmount", "prepaid", PLAIN),
            Leaf("DuePayableAmount", "payable", PLAIN),
        ),
    ),
    Many(
        "InvoiceReferencedDocument",
        "preceding",
        Preceding,
        (Leaf("IssuerAssignedID", "number"), Leaf("FormattedIssueDateTime/qdt:DateTimeString", "issued_on", DAY_CII)),
    ),
    Leaf("ReceivableSpecifiedTradeAccountingAccount/ID", "accounting"),
)
BINDINGS = (
    Group(
        "rsm:ExchangedDocumentContext",
        (
            Leaf("BusinessProcessSpecifiedDocumentContextParameter/ID", "process"),
            Leaf("GuidelineSpecifiedDocumentContextParameter/ID", "profile"),
        ),
    ),
    Group(
        "rsm:ExchangedDocument",
        (
            Leaf("ID", "number"),
            Leaf("TypeCode", "type_code"),
            Leaf(f"IssueDateTime/{DAY}", "issued_on", DAY_CII),
            Many("IncludedNote", "notes", Note, (Leaf("Content", "text"), Leaf("SubjectCode", "subject"))),
        ),
    ),
    Group(
        "rsm:SupplyChainTradeTransaction",
        (
            LINE,
            Group("ApplicableHeaderTradeAgreement", AGREEMENT),
            Group("ApplicableHeaderTradeDelivery", DELIVERY, always=True),
            Group("ApplicableHeaderTradeSettlement", SETTLEMENT),
        ),
    ),
)


def read(root, reading: Reading) -> EInvoice:
    """The invoice in an element whose names are local ones."""
    invoice = part(SimpleNamespace(kind=EInvoice, bindings=BINDINGS), root, reading, "")
    totals = invoice.totals
    if totals.tax is None and invoice.taxes and not any(tax.tax for tax in invoice.taxes):
        totals = replace(totals, tax=Decimal("0.00"))  # which CII may leave out, and UBL may not
    return EInvoice(**vars(invoice) | {"is_credit_note": invoice.type_code in CREDIT_NOTES, "totals": totals})


def write(invoice: EInvoice) -> etree._Element:
    root = etree.Element(f"{{{NAMESPACES['rsm']}}}{ROOT}", nsmap=NAMESPACES)
    writing = Writing(NAMESPACES, lambda name, is_leaf: "ram", invoice.currency, invoice.tax_currency)
    write_all(BINDINGS, root, invoice, writing)
    return root
