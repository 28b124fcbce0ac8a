"""Advices as payers write them, made here."""

UBL = """<?xml version="1.0" encoding="UTF-8"?>
<RemittanceAdvice xmlns="urn:oasis:names:specification:ubl:schema:xsd:RemittanceAdvice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:UBLVersionID>2.1</cbc:UBLVersionID>
  <cbc:ID>RA-77</cbc:ID>
  <cbc:IssueDate>2026-03-01</cbc:IssueDate>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:TotalDebitAmount currencyID="EUR">1190.00</cbc:TotalDebitAmount>
  <cbc:TotalCreditAmount currencyID="EUR">90.00</cbc:TotalCreditAmount>
  <cbc:TotalPaymentAmount currencyID="EUR">1100.00</cbc:TotalPaymentAmount>
  <cbc:PaymentOrderReference>ORD-1</cbc:PaymentOrderReference>
  <cac:AccountingCustomerParty><cbc:SupplierAssignedAccountID>C1</cbc:SupplierAssignedAccountID>
    <cac:Party><cac:PartyName><cbc:Name>Acme GmbH</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
  <cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification><cbc:ID>V-9</cbc:ID></cac:PartyIdentification>
    <cac:PartyName><cbc:Name>Company DE1</cbc:Name></cac:PartyName></cac:Party></cac:AccountingSupplierParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cbc:PaymentDueDate>2026-03-02</cbc:PaymentDueDate>
    <cbc:PaymentID>E2E-4711</cbc:PaymentID>
    <cac:PayerFinancialAccount><cbc:ID>DE89 3704 0044 0532 0130 00</cbc:ID></cac:PayerFinancialAccount>
  </cac:PaymentMeans>
  <cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID>
    <cbc:DebitLineAmount currencyID="EUR">1190.00</cbc:DebitLineAmount>
    <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>INV-1001</cbc:ID>
      <cbc:IssueDate>2026-02-01</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>
  </cac:RemittanceAdviceLine>
  <cac:RemittanceAdviceLine><cbc:ID>2</cbc:ID>
    <cbc:CreditLineAmount currencyID="EUR">90.00</cbc:CreditLineAmount>
    <cac:BillingReference><cac:CreditNoteDocumentReference><cbc:ID>CN-7</cbc:ID></cac:CreditNoteDocumentReference></cac:BillingReference>
  </cac:RemittanceAdviceLine>
</RemittanceAdvice>
"""


def x12(*body: str, control: str = "0001") -> bytes:
    """An interchange of one 820 with these segments in it."""
    isa = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*U*00401*000000001*0*P*>"
    inner = [f"ST*820*{control}", *body]
    inner.append(f"SE*{len(inner) + 1}*{control}")
    return "~\n".join([isa, "GS*RA*S*R*20260301*1200*1*X*004010", *inner, "GE*1*1", "IEA*1*000000001", ""]).encode()


X12 = x12(
    "BPR*C*940*C*ACH*CTX*01*021000021*DA*123456*1512345678**01*021000089*DA*9876*20260302",
    "TRN*1*TRACE-0815*1512345678",
    "CUR*PR*USD",
    "N1*PR*Acme Inc*92*C1",
    "N1*PE*Company DE1*92*V-9",
    "ENT*1",
    "ADX*-25*L8",
    "RMR*IV*INV-1001**500*520*20",
    "DTM*003*20260201",
    "RMR*IV*INV-1002**480*500**01*-20",
    "RMR*CM*CN-7**-15",
)

REMADV = (
    b"UNA:+.? '\n"
    b"UNB+UNOC:3+4012345000009:14+4098765000000:14+260301:1200+77'\n"
    b"UNH+1+REMADV:D:96A:UN:EAN003'\n"
    b"BGM+481+AV?'77+9'\n"
    b"DTM+137:20260301:102'\n"
    b"DTM+138:20260302:102'\n"
    b"RFF+PQ:E2E-4711'\n"
    b"FII+OR+DE89370400440532013000'\n"
    b"NAD+PR+4012345000009::9++Acme GmbH'\n"
    b"NAD+PE+V-9::91++Company DE1'\n"
    b"CUX+2:EUR'\n"
    b"DOC+380+INV-1001'\n"
    b"MOA+39:1190:EUR'\n"
    b"MOA+52:23.80'\n"
    b"MOA+12:1116.20'\n"
    b"DTM+137:20260201:102'\n"
    b"AJT+12'\n"
    b"MOA+165:50'\n"
    b"FTX+ABO+++two cartons broken'\n"
    b"DOC+381+CN-7'\n"
    b"MOA+12:90'\n"
    b"UNS+S'\n"
    b"MOA+12:1026.20:EUR'\n"
    b"UNT+22+1'\n"
    b"UNZ+1+77'\n"
)

CSV = (
    "Zahlungsreferenz;Zahlungsdatum;Kundennummer;Zahler;IBAN;Rechnungsnummer;Rechnungsdatum;Bruttobetrag;Skonto;Abzug;"
    "Grund;Zahlbetrag;Währung\n"
    "E2E-4711;02.03.2026;C1;Acme GmbH;DE89370400440532013000;INV-1001;25.02.2026;1.190,00;23,80;;;1.166,20;EUR\n"
    "E2E-4711;02.03.2026;C1;Acme GmbH;DE89370400440532013000;INV-1002;26.02.2026;500,00;0,00;-50,00;BROKEN;450,00;EUR\n"
    "E2E-4712;02.03.2026;C2;Beta AG;;INV-2001;27.02.2026;80,00;0,00;;;80,00;EUR\n"
).encode()
