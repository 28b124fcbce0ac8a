"""UBL 2.1 (OASIS), Invoice and CreditNote, as EN 16931-3-2 binds the model to them and Peppol uses them."""

import re
from types import SimpleNamespace

from lxml import etree

from o2c.invoicing.einvoices.binding import (
    Attr,
    Binding,
    Fixed,
    Group,
    Leaf,
    Leaves,
    Many,
    One,
    Passed,
    Reading,
    Writing,
    found,
    made,
    part,
    place,
    read_all,
    write_all,
)
from o2c.invoicing.einvoices.forms import AMOUNT, DAY_ISO, FILE, FLAG, ID, PLAIN, TEXT, Id, text_of
from o2c.invoicing.einvoices.model import (
    Account,
    Address,
    Adjustment,
    Attribute,
    Card,
    Contact,
    Delivery,
    Document,
    EInvoice,
    Identifier,
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

ROOTS = {"Invoice": False, "CreditNote": True}
SCHEMAS = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {"cac": f"{SCHEMAS}CommonAggregateComponents-2", "cbc": f"{SCHEMAS}CommonBasicComponents-2"}
SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)
SEPA = "SEPA"  # the scheme of the creditor's identifier (BT-90)
NOT_AVAILABLE = "NA"  # what stands where UBL wants what EN 16931 does not
NOT_DEFINED = "1"  # UNCL 4461: a way to pay that is not said
COLLECTED = {"49", "59"}


def is_sepa(element) -> bool:
    return element.get("schemeID", "").upper() == SEPA


def is_vat(element) -> bool:
    return any(text_of(each).upper() == "VAT" for each in found(element, "TaxScheme/ID"))


def document_type(element) -> str:
    return (element.findtext("DocumentTypeCode") or "").strip()


VAT = Fixed("TaxScheme/ID", "VAT")
ADDRESS = (
    Leaf("StreetName", "street"),
    Leaf("AdditionalStreetName", "additional"),
    Leaf("CityName", "city"),
    Leaf("PostalZone", "postal_code"),
    Leaf("CountrySubentity", "subdivision"),
    Leaf("AddressLine/Line", "third"),
    Leaf("Country/IdentificationCode", "country"),
)
IDS = Leaves("PartyIdentification/ID", "ids", ID, where=lambda element: not is_sepa(element))
VAT_ID = Group("PartyTaxScheme", (Leaf("CompanyID", "vat_id"), Fixed("TaxScheme/ID", "VAT", match=True)))
TAX_REGISTRATION = Group(
    "PartyTaxScheme",
    (Leaf("CompanyID", "tax_registration"), Fixed("TaxScheme/ID", "TAX")),
    where=lambda element: not is_vat(element),
)
SELLER = (
    Leaf("EndpointID", "endpoint", ID),
    IDS,
    Leaf("PartyName/Name", "trading_name"),
    One("PostalAddress", "address", Address, ADDRESS),
    VAT_ID,
    TAX_REGISTRATION,
    Leaf("PartyLegalEntity/RegistrationName", "name"),
    Leaf("PartyLegalEntity/CompanyID", "registration", ID),
    Leaf("PartyLegalEntity/CompanyLegalForm", "legal_form"),
    One(
        "Contact",
        "contact",
        Contact,
        (Leaf("Name", "name"), Leaf("Telephone", "phone"), Leaf("ElectronicMail", "email")),
    ),
)
# EN 16931 has neither a legal form of a buyer nor a tax number beside its VAT id.
BUYER = tuple(
    binding for binding in SELLER if binding is not TAX_REGISTRATION and getattr(binding, "field", "") != "legal_form"
)
PAYEE = (IDS, Leaf("PartyName/Name", "name"), Leaf("PartyLegalEntity/CompanyID", "registration", ID))
REPRESENTATIVE = (Leaf("PartyName/Name", "name"), One("PostalAddress", "address", Address, ADDRESS), VAT_ID)
DELIVERY = (
    Leaf("ActualDeliveryDate", "on", DAY_ISO),
    Leaf("DeliveryLocation/ID", "location", ID),
    One("DeliveryLocation/Address", "address", Address, ADDRESS),
    Leaf("DeliveryParty/PartyName/Name", "name"),
)
PERIOD = (Leaf("StartDate", "start", DAY_ISO), Leaf("EndDate", "end", DAY_ISO))
LINE_ADJUSTMENT = (
    Leaf("ChargeIndicator", "is_charge", FLAG),
    Leaf("AllowanceChargeReasonCode", "reason_code"),
    Leaf("AllowanceChargeReason", "reason"),
    Leaf("MultiplierFactorNumeric", "percent", PLAIN),
    Leaf("Amount", "amount", AMOUNT),
    Leaf("BaseAmount", "base", AMOUNT),
)
CATEGORY = (Leaf("ID", "category"), Leaf("Percent", "rate", PLAIN))
ADJUSTMENT = (*LINE_ADJUSTMENT, Group("TaxCategory", (*CATEGORY, VAT)))
TAX = (
    Leaf("TaxableAmount", "taxable", AMOUNT),
    Leaf("TaxAmount", "tax", AMOUNT),
    Group(
        "TaxCategory",
        (*CATEGORY, Leaf("TaxExemptionReasonCode", "reason_code"), Leaf("TaxExemptionReason", "reason"), VAT),
    ),
)
TOTALS = (
    Leaf("LineExtensionAmount", "lines", AMOUNT),
    Leaf("TaxExclusiveAmount", "net", AMOUNT),
    Leaf("TaxInclusiveAmount", "gross", AMOUNT),
    Leaf("AllowanceTotalAmount", "allowances", AMOUNT),
    Leaf("ChargeTotalAmount", "charges", AMOUNT),
    Leaf("PrepaidAmount", "prepaid", AMOUNT),
    Leaf("PayableRoundingAmount", "rounding", AMOUNT),
    Leaf("PayableAmount", "payable", AMOUNT),
)
MEANS = (
    Leaf("PaymentMeansCode", "code"),
    Attr("PaymentMeansCode", "name", "text"),
    Leaf("PaymentDueDate", "due_on", DAY_ISO),
    Leaf("PaymentID", "remittance"),
    One(
        "CardAccount",
        "card",
        Card,
        (Leaf("PrimaryAccountNumberID", "number"), Fixed("NetworkID", NOT_AVAILABLE), Leaf("HolderName", "holder")),
    ),
    One(
        "PayeeFinancialAccount",
        "account",
        Account,
        (Leaf("ID", "number"), Leaf("Name", "name"), Leaf("FinancialInstitutionBranch/ID", "bic")),
    ),
    Leaf("PaymentMandate/ID", "mandate"),
    Leaf("PaymentMandate/PayerFinancialAccount/ID", "debited"),
)


class Notes(Binding):
    """Notes with their subject before them, as the CEN writes it: "#AAI#text"."""

    def read(self, element, into, reading, at):
        notes = []
        for each in found(element, "Note"):
            text = reading.value(TEXT, each, f"{at}/notes/{len(notes)}")
            subject = SUBJECT.fullmatch(text)
            notes.append(Note(subject[2].strip(), subject[1]) if subject else Note(text))
        into["notes"] = tuple(notes)

    def write(self, parent, source, writing):
        for note in source.notes:
            element, _ = writing.reach(parent, "Note", is_leaf=True, anew=True)
            TEXT.write(element, f"#{note.subject}#{note.text}" if note.subject else note.text, writing)
        return bool(source.notes)


class Order(Binding):
    """The buyer's order and the seller's; UBL has the second only beside the first."""

    leaves = (Leaf("OrderReference/ID", "order"), Leaf("OrderReference/SalesOrderID", "sales_order"))

    def read(self, element, into, reading, at):
        read_all(self.leaves, element, into, reading, at)
        if into.get("sales_order") and into.get("order") == NOT_AVAILABLE:
            into["order"] = ""

    def write(self, parent, source, writing):
        order = source.order or (NOT_AVAILABLE if source.sales_order else "")
        return write_all(self.leaves, parent, SimpleNamespace(order=order, sales_order=source.sales_order), writing)


class Creditor(Binding):
    """The creditor's identifier (BT-90), which UBL has among those of the seller or the payee."""

    paths = ("AccountingSupplierParty/Party/PartyIdentification/ID", "PayeeParty/PartyIdentification/ID")

    def read(self, element, into, reading, at):
        for each in (each for path in self.paths for each in found(element, path) if is_sepa(each)):
            into.setdefault("creditor", reading.value(TEXT, each, f"{at}/creditor"))

    def write(self, parent, source, writing):
        if not source.creditor:
            return False
        party, _ = writing.reach(parent, "AccountingSupplierParty/Party", is_leaf=False)
        own = etree.Element(writing.tag("PartyIdentification", False))
        ID.write(etree.SubElement(own, writing.tag("ID", True)), Identifier(source.creditor, SEPA), writing)
        before = {writing.tag("EndpointID", True), own.tag}
        party.insert(sum(child.tag in before for child in party), own)
        return True


class Means(Binding):
    """Ways to pay. What EN 16931 says once for all of them, UBL says in them; without any, one that says no more."""

    def __init__(self, is_credit_note: bool):
        self.many = Many("PaymentMeans", "payments", Payment, MEANS)
        self.once = [Leaf("PaymentMeans/PaymentID", "remittance"), Leaf("PaymentMeans/PaymentMandate/ID", "mandate")]
        self.is_credit_note = is_credit_note
        if is_credit_note:
            self.once.append(Leaf("PaymentMeans/PaymentDueDate", "due_on", DAY_ISO))

    def read(self, element, into, reading, at):
        self.many.read(element, into, reading, at)
        read_all(self.once, element, into, reading, at)

    def write(self, parent, source, writing):
        due_on = source.due_on if self.is_credit_note else None
        needed = source.remittance or source.mandate or due_on
        payments = source.payments or ((Payment(NOT_DEFINED),) if needed else ())
        collected = [number for number, each in enumerate(payments) if each.debited or each.code in COLLECTED]
        by_mandate = collected[0] if collected else 0
        for number, payment in enumerate(payments):
            all_of_it = SimpleNamespace(
                **vars(payment),
                due_on=due_on if number == 0 else None,
                remittance=source.remittance,
                mandate=source.mandate if number == by_mandate else "",
            )
            element, _ = writing.reach(parent, "PaymentMeans", is_leaf=False, anew=True)
            write_all(MEANS, element, all_of_it, writing)
        return bool(payments)


class Sums(Binding):
    """The taxes and the totals. There is a TaxTotal in the invoice's currency, and one in the accounting currency."""

    subtotals = Many("TaxSubtotal", "taxes", Tax, TAX)

    def read(self, element, into, reading, at):
        totals = {}
        own, accounting = self.told(element, into)
        taxes: list[Tax] = []
        for each in own:
            reading.places.setdefault(f"{at}/taxes", each)
            self.subtotals.read(each, into, reading, at)
            taxes += into["taxes"]
        into["taxes"] = tuple(taxes)
        if len(own) > 1:
            reading.problems.append(
                Problem("BR-CO-15", place(own[1]), "There is more than one total of the tax (BT-110).")
            )
        for field, some in (("tax", own), ("accounting_tax", accounting)):
            for each in some[:1]:
                read_all((Leaf("TaxAmount", field, PLAIN),), each, totals, reading, f"{at}/totals")
        for each in found(element, "LegalMonetaryTotal"):
            reading.places.setdefault(f"{at}/totals", each)
            read_all(TOTALS, each, totals, reading, f"{at}/totals")
        into["totals"] = made(Totals, totals)

    def told(self, element, into) -> tuple[list, list]:
        """The TaxTotals of the invoice's currency, and those of the accounting currency."""
        by_currency: dict[str, list] = {}
        for each in found(element, "TaxTotal"):
            amount = each.find("TaxAmount")
            currency = "" if amount is None else amount.get("currencyID", "").strip()
            by_currency.setdefault(currency, []).append(each)
        every = [each for some in by_currency.values() for each in some]
        broken_down = [each for each in every if each.find("TaxSubtotal") is not None]
        own = by_currency.get(into.get("currency") or "") or broken_down or every[:1]
        return own, [each for each in by_currency.get(into.get("tax_currency") or "", ()) if each not in own]

    def write(self, parent, source, writing):
        totals = source.totals
        if totals.tax is not None or source.taxes:
            element, _ = writing.reach(parent, "TaxTotal", is_leaf=False, anew=True)
            Leaf("TaxAmount", "tax", AMOUNT).write(element, totals, writing)
            self.subtotals.write(element, source, writing)
        if totals.accounting_tax is not None:
            element, _ = writing.reach(parent, "TaxTotal", is_leaf=False, anew=True)
            amount, _ = writing.reach(element, "TaxAmount", is_leaf=True)
            PLAIN.write(amount, totals.accounting_tax, writing)
            amount.set("currencyID", source.tax_currency)
        element, _ = writing.reach(parent, "LegalMonetaryTotal", is_leaf=False, anew=True)
        return write_all(TOTALS, element, totals, writing)


def line(is_credit_note: bool) -> Many:
    quantity = "CreditedQuantity" if is_credit_note else "InvoicedQuantity"
    return Many(
        "CreditNoteLine" if is_credit_note else "InvoiceLine",
        "lines",
        Line,
        (
            Leaf("ID", "id"),
            Leaf("Note", "note"),
            Leaf(quantity, "quantity", PLAIN),
            Attr(quantity, "unitCode", "unit"),
            Leaf("LineExtensionAmount", "net", AMOUNT),
            Leaf("AccountingCost", "accounting"),
            One("InvoicePeriod", "period", Period, PERIOD),
            Leaf("OrderLineReference/LineID", "order_line"),
            Group("DocumentReference", (Leaf("ID", "object", ID), Fixed("DocumentTypeCode", "130", match=True))),
            Many("AllowanceCharge", "adjustments", Adjustment, LINE_ADJUSTMENT),
            Group(
                "Item",
                (
                    Leaf("Description", "description"),
                    Leaf("Name", "name"),
                    Leaf("BuyersItemIdentification/ID", "buyer_code"),
                    Leaf("SellersItemIdentification/ID", "seller_code"),
                    Leaf("StandardItemIdentification/ID", "standard_code", ID),
                    Leaf("OriginCountry/IdentificationCode", "origin"),
                    Leaves(
                        "CommodityClassification/ItemClassificationCode",
                        "classifications",
                        Id("listID", "listVersionID"),
                    ),
                    Group("ClassifiedTaxCategory", (*CATEGORY, VAT)),
                    Many(
                        "AdditionalItemProperty",
                        "attributes",
                        Attribute,
                        (Leaf("Name", "name"), Leaf("Value", "value")),
                    ),
                ),
            ),
            Group(
                "Price",
                (
                    Leaf("PriceAmount", "price", AMOUNT),
                    Leaf("BaseQuantity", "base_quantity", PLAIN),
                    Attr("BaseQuantity", "unitCode", "base_unit"),
                    Group(
                        "AllowanceCharge",
                        (
                            Fixed("ChargeIndicator", "false"),
                            Leaf("Amount", "discount", AMOUNT),
                            Leaf("BaseAmount", "gross_price", AMOUNT),
                        ),
                    ),
                ),
            ),
        ),
    )


def document(is_credit_note: bool) -> tuple[Binding, ...]:
    tax_point = Leaf("TaxPointDate", "tax_point_on", DAY_ISO)
    originator = Leaf("OriginatorDocumentReference/ID", "tender")
    contract = Leaf("ContractDocumentReference/ID", "contract")
    own_types = {"130", "50"} if is_credit_note else {"130"}
    supporting = (
        Group("AdditionalDocumentReference", (Leaf("ID", "object", ID), Fixed("DocumentTypeCode", "130", match=True))),
        Many(
            "AdditionalDocumentReference",
            "documents",
            Document,
            (
                Leaf("ID", "reference"),
                Passed("DocumentTypeCode"),
                Leaf("DocumentDescription", "description"),
                Leaf("Attachment/EmbeddedDocumentBinaryObject", "attachment", FILE),
                Leaf("Attachment/ExternalReference/URI", "url"),
            ),
            where=lambda element: document_type(element) not in own_types,
        ),
    )
    project = Group("AdditionalDocumentReference", (Leaf("ID", "project"), Fixed("DocumentTypeCode", "50", match=True)))
    head: tuple[Binding, ...] = (
        (tax_point, Leaf("CreditNoteTypeCode", "type_code"), Notes())
        if is_credit_note
        else (Leaf("DueDate", "due_on", DAY_ISO), Leaf("InvoiceTypeCode", "type_code"), Notes(), tax_point)
    )
    references: tuple[Binding, ...] = (
        (contract, project, *supporting, originator)
        if is_credit_note
        else (originator, contract, *supporting, Leaf("ProjectReference/ID", "project"))
    )
    return (
        Passed("UBLVersionID"),
        Leaf("CustomizationID", "profile"),
        Leaf("ProfileID", "process"),
        Leaf("ID", "number"),
        Leaf("IssueDate", "issued_on", DAY_ISO),
        *head,
        Leaf("DocumentCurrencyCode", "currency"),
        Leaf("TaxCurrencyCode", "tax_currency"),
        Leaf("AccountingCost", "accounting"),
        Leaf("BuyerReference", "buyer_reference"),
        One("InvoicePeriod", "period", Period, PERIOD),
        Leaf("InvoicePeriod/DescriptionCode", "tax_point_code"),
        Order(),
        Many(
            "BillingReference",
            "preceding",
            Preceding,
            (
                Leaf("InvoiceDocumentReference/ID", "number"),
                Leaf("InvoiceDocumentReference/IssueDate", "issued_on", DAY_ISO),
            ),
        ),
        Leaf("DespatchDocumentReference/ID", "despatch_advice"),
        Leaf("ReceiptDocumentReference/ID", "receiving_advice"),
        *references,
        One("AccountingSupplierParty/Party", "seller", Party, SELLER),
        Creditor(),
        One("AccountingCustomerParty/Party", "buyer", Party, BUYER),
        One("PayeeParty", "payee", Party, PAYEE),
        One("TaxRepresentativeParty", "representative", Party, REPRESENTATIVE),
        One("Delivery", "delivery", Delivery, DELIVERY),
        Means(is_credit_note),
        Leaf("PaymentTerms/Note", "terms"),
        Many("AllowanceCharge", "adjustments", Adjustment, ADJUSTMENT),
        Sums(),
        line(is_credit_note),
    )


BINDINGS = {is_credit_note: document(is_credit_note) for is_credit_note in (False, True)}


def read(root, reading: Reading) -> EInvoice:
    """The invoice in an element whose names are local ones."""
    is_credit_note = ROOTS[root.tag]
    whole = SimpleNamespace(kind=EInvoice, bindings=BINDINGS[is_credit_note])
    invoice = part(whole, root, reading, "")
    return EInvoice(**vars(invoice) | {"is_credit_note": is_credit_note})


def write(invoice: EInvoice) -> etree._Element:
    name = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespaces = {None: f"{SCHEMAS}{name}-2"} | NAMESPACES
    root = etree.Element(f"{{{namespaces[None]}}}{name}", nsmap=namespaces)
    writing = Writing(
        namespaces, lambda name, is_leaf: "cbc" if is_leaf else "cac", invoice.currency, invoice.tax_currency
    )
    write_all(BINDINGS[invoice.is_credit_note], root, invoice, writing)
    return root
