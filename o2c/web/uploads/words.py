"""What the fields of files are called: in English, German, French and Spanish, and by the systems they come from.

Those are SAP (its tables' KUNNR, BELNR, ZFBDT … and the names of S/4HANA's interfaces), Dynamics 365 and Business
Central, Odoo and QuickBooks. A name with a kind before it stands in for the general one.
"""

from o2c.core.imports.guess import Clue

COUNTRY = "[A-Za-z]{2}"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
IBAN = r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]{10,36}"
LANGUAGE = r"[A-Za-z]{2}([-_][A-Za-z]{2})?"
LETTERS = r".*[^\W\d_].*"
PHONE = r"[0-9+()/ .x-]{5,40}"


def _clue(words: str, pattern: str = "") -> Clue:
    return Clue(tuple(" ".join(word.split()) for word in words.split(",") if word.strip()), pattern)


CUSTOMER_NUMBERS = """
    customer number, customer no, customer id, customer code, customer account, cust no, cust id, cust number,
    account number, account no, debtor, debtor number, debtor no, client number, client id, client no, bill to
    customer no, sold to, sold to party, payer, Kundennummer, Kunden-Nr, Kdnr, Kunde, Debitor, Debitorennummer,
    Debitoren-Nr, Personenkonto, Konto, numéro client, code client, n° client, compte client, compte tiers,
    client, número de cliente, código de cliente, cod cliente, cliente, NIF cliente, KUNNR, KUNAG, KUNRG,
    CustAccount, AccountNum, InvoiceAccount, OrderAccount, CustomerAccount, partner_id, partner, partner ref,
    business partner, business partner number
"""
DOCUMENT_NUMBERS = """
    invoice number, invoice no, invoice id, invoice num, invoice, inv no, document number, document no, document
    id, document, doc no, doc number, reference number, bill number, bill no, voucher, voucher number, item
    number, Rechnungsnummer, Rechnungs-Nr, Rechnung, RgNr, Re-Nr, Belegnummer, Beleg-Nr, Belegnr, Beleg, numéro de
    facture, n° facture, facture, numéro de pièce, n° pièce, pièce, número de factura, n° factura, núm factura,
    factura, número de documento, XBLNR, VBELN, BELNR, AccountingDocument, BillingDocument, InvoiceId,
    DocumentNum, num, move name, document reference, external document no, LastTransVoucher
"""
ORDER_NUMBERS = """
    order, order number, order no, order id, sales order, sales order number, sales order no, document number, Auftrag,
    Auftragsnummer, Auftrags-Nr, Verkaufsbeleg, commande, numéro de commande, n° commande, pedido, número de pedido,
    VBELN, SalesOrder, SalesId, SalesOrderNumber, order name
"""

WORDS: dict[str, Clue] = {
    # --- Open items
    "customer": _clue(CUSTOMER_NUMBERS),
    "number": _clue(DOCUMENT_NUMBERS),
    "customer_name": _clue(
        """
        customer name, client name, debtor name, company name, company, name, Kundenname, Debitorname, Firma,
        nom du client, nom client, raison sociale, nombre del cliente, nombre cliente, razón social, NAME1,
        CustomerName, Customer full name, partner name, invoice_partner_display_name, display name
        """,
        LETTERS,
    ),
    "external_id": _clue(
        """
        external id, external key, source id, record id, unique id, guid, uuid, id, RecId, Fremdschlüssel, Id
        externe, identifiant, id externo, entry no, transaction id
        """
    ),
    "kind": _clue(
        """
        document type, doc type, transaction type, type, invoice type, Belegart, Dokumentart, type de pièce,
        type de document, tipo de documento, tipo, BLART, FKART, AccountingDocumentType, BillingDocumentType,
        TransType, move_type
        """
    ),
    "issued_on": _clue(
        """
        invoice date, document date, issue date, date of issue, issued, issued on, doc date, bill date,
        billing date, date, Rechnungsdatum, Belegdatum, Ausstellungsdatum, Re-Datum, Datum, date de facture,
        date facture, date d'émission, date de pièce, date comptable, fecha de factura, fecha factura, fecha
        de emisión, fecha documento, fecha, BLDAT, FKDAT, DocumentDate, BillingDocumentDate, InvoiceDate,
        TransDate, transaction date, BUDAT, Buchungsdatum, PostingDate
        """
    ),
    "due_on": _clue(
        """
        due date, due, due on, net due date, payment due, payment due date, maturity, maturity date,
        Fälligkeit, Fälligkeitsdatum, fällig am, fällig, Nettofälligkeit, Zahlbar bis, échéance, date
        d'échéance, date échéance, fecha de vencimiento, fecha vencimiento, vencimiento, FAEDT, NETDT,
        NetDueDate, DueDate, invoice_date_due, date_maturity
        """
    ),
    "currency": _clue(
        """
        currency code, ccy, curr, transaction currency, document currency, currency id, Währung, Währungscode,
        Waehrung, Belegwährung, devise, code devise, monnaie, moneda, divisa, código de moneda, WAERS, WAERK,
        TransactionCurrency, CurrencyCode, currency_id, company currency, Munt, Valuta
        """
    ),
    "amount": _clue(
        """
        invoice amount, amount, total amount, total, invoice total, gross amount, original amount, document
        amount, amount in document currency, amount in transaction currency, invoice value, gross, amount due,
        value, Rechnungsbetrag, Betrag, Bruttobetrag, Gesamtbetrag, Belegbetrag, Summe, montant, montant ttc,
        montant facture, total ttc, montant total, importe, importe total, importe factura, monto, WRBTR,
        DMBTR, NETWR, TotalNetAmount, AmountInTransactionCurrency, AmountInCompanyCodeCurrency, InvoiceAmount,
        AmountCur, AmountMST, amount_total_signed, amount_total, Amount (LCY), Bedrag
        """
    ),
    "open_amount": _clue(
        """
        open amount, open balance, outstanding, outstanding amount, balance due, remaining amount, amount
        remaining, amount open, residual, residual amount, unpaid amount, balance, remaining balance, offener
        Betrag, offen, Restbetrag, Saldo, offene Summe, reste à payer, montant restant, solde, restant dû,
        saldo pendiente, importe pendiente, pendiente, saldo, amount_residual, amount_residual_signed,
        RemainAmount, RemainingAmount, RemainAmountCur
        """
    ),
    "settled_on": _clue(
        """
        settled date, settlement date, settled on, paid on, paid date, payment date, date paid, clearing date,
        closed, closed date, cleared on, last payment date, Zahlungsdatum, bezahlt am, Ausgleichsdatum,
        Ausgleich, Zahldatum, date de paiement, date paiement, date de règlement, réglé le, date lettrage,
        fecha de pago, fecha pago, fecha de cobro, AUGDT, ClearingDate, SettledDate, LastSettleDate, closed at
        date
        """
    ),
    "settled_amount": _clue(
        """
        settled amount, paid amount, amount paid, payment amount, paid, received amount, bezahlter Betrag,
        bezahlt, Zahlbetrag, Zahlungsbetrag, montant payé, montant réglé, importe pagado, pagado,
        SettleAmountCur, amount received
        """
    ),
    "disputed": _clue(
        """
        dispute, in dispute, is disputed, disputed invoice, strittig, Reklamation, in Klärung, Klärungsfall,
        litige, en litige, contesté, en disputa, disputa, disputada, en litigio, dispute flag
        """
    ),
    # --- Customers
    "customers.number": _clue(
        CUSTOMER_NUMBERS
        + """,
        number, no, code, id, Nummer, numéro, número, ref, Customer
        """
    ),
    "name": _clue(
        """
        customer name, company name, company, full name, legal name, business name, account name, debtor name,
        Kundenname, Firma, Firmenname, Name 1, Bezeichnung, nom, raison sociale, nom du client, dénomination,
        nombre, razón social, nombre del cliente, empresa, NAME1, OrganizationBPName1,
        BusinessPartnerFullName, BusinessPartnerName, CustomerName, OrganizationName, display name, customer
        """,
        LETTERS,
    ),
    "vat_id": _clue(
        """
        vat, vat number, vat no, vat registration no, vat registration number, tax id, tax number, tax
        registration number, USt-IdNr, USt-ID, Umsatzsteuer-ID, UID, Steuernummer, n° tva, numéro de tva, tva
        intracommunautaire, NIF, CIF, NIF CIF, número de iva, STCEG, VATNum, VATRegistration, TaxExemptNumber
        """
    ),
    "eori": _clue(
        """
        eori, eori number, eori no, EORI-Nummer, EORI-Nr, Zollnummer, numéro eori, número eori, customs number
        """
    ),
    "peppol_address": _clue(
        """
        peppol id, peppol, peppol participant, participant id, e-invoice address, electronic address, endpoint,
        endpoint id, Peppol-ID, E-Rechnungsadresse, adresse électronique
        """
    ),
    "country": _clue(
        """
        country code, country iso, country region code, iso country, Land, Länderkennzeichen, Ländercode, LKZ,
        pays, code pays, país, código de país, LAND1, CountryRegionId, AddressCountryRegionISOCode,
        country_id, country_code
        """,
        COUNTRY,
    ),
    "language": _clue(
        """
        language code, lang, locale, correspondence language, Sprache, Korrespondenzsprache, langue, idioma,
        SPRAS, LanguageId, CorrespondenceLanguage
        """,
        LANGUAGE,
    ),
    "street": _clue(
        """
        address, street address, address line 1, address 1, address1, street name, billing street, Straße,
        Strasse, Anschrift, Adresse, rue, adresse 1, calle, dirección, domicilio, STRAS, StreetName,
        AddressStreet
        """
    ),
    "postal_code": _clue(
        """
        post code, postcode, zip, zip code, zip postal code, PLZ, Postleitzahl, code postal, cp, código
        postal, PSTLZ, ZipCode, AddressZipCode, PostalCode
        """
    ),
    "city": _clue(
        """
        town, locality, city name, Ort, Stadt, Wohnort, ville, commune, ciudad, población, localidad, ORT01,
        CityName, AddressCity
        """
    ),
    "parent": _clue(
        """
        parent customer, parent account, parent company, group head, head office, Muttergesellschaft, Konzern,
        Zentrale, société mère, groupe, matriz, empresa matriz, parent_id, KONZS, InvoiceAccount, bill to
        customer
        """
    ),
    "iban": _clue(
        """
        account iban, bank iban, bank account, Bankverbindung, compte bancaire, cuenta bancaria
        """,
        IBAN,
    ),
    "contact_name": _clue(
        """
        contact, contact person, primary contact, attention, attn, Ansprechpartner, Kontakt, Kontaktperson,
        interlocuteur, persona de contacto, contacto, ContactPersonName
        """,
        LETTERS,
    ),
    "email": _clue(
        """
        e-mail, e mail, mail, email address, e-mail address, invoice email, main email, E-Mail-Adresse,
        Mailadresse, adresse e-mail, courriel, adresse mail, correo, correo electrónico, SMTP_ADDR,
        PrimaryContactEmail, EmailAddress
        """,
        EMAIL,
    ),
    "phone": _clue(
        """
        telephone, phone number, phone no, tel, main phone, mobile, Telefon, Telefonnummer, Tel-Nr, téléphone,
        n° de téléphone, teléfono, móvil, TELF1, PrimaryContactPhone, PhoneNumber
        """,
        PHONE,
    ),
    "segment": _clue(
        """
        customer group, customer segment, category, class, Kundengruppe, Segment, Branche, groupe de clients,
        catégorie, grupo de clientes, categoría, KDGRP, KTOKD, CustGroup, CustomerGroupId, customer type
        """
    ),
    "terms": _clue(
        """
        payment terms, payment term, terms of payment, terms code, payment terms code, net days,
        Zahlungsbedingung, Zahlungsbedingungen, Zahlungsziel, Zahlungskonditionen, conditions de paiement,
        délai de paiement, condiciones de pago, plazo de pago, forma de pago, ZTERM, PaymTermId, PaymentTerms,
        property_payment_term_id, CustomerPaymentTerms
        """
    ),
    "credit_limit": _clue(
        """
        credit line, limit, credit max, Kreditlimit, Kreditlinie, limite de crédit, plafond de crédit, encours
        autorisé, límite de crédito, KLIMK, CreditMax, CreditLimit, Credit Limit (LCY)
        """
    ),
    "collector": _clue(
        """
        collector name, credit controller, account manager, responsible, Sachbearbeiter, Mahnsachbearbeiter,
        chargé de recouvrement, gestor de cobros, gestor, BUSAB, CollectionsContact
        """
    ),
    "channel": _clue(
        """
        dunning channel, preferred channel, contact by, Versandweg, canal, medio
        """
    ),
    "policy": _clue(
        """
        dunning policy, dunning procedure, Mahnverfahren, relance, procédure de relance, MAHNA
        """
    ),
    "standing": _clue(
        """
        blocked, block, on hold, account status, customer status, Sperre, gesperrt, Kontosperre, bloqué, blocage,
        bloqueado, bloqueo, SPERR, CASSD, OnHoldStatus
        """
    ),
    "standing_reason": _clue(
        """
        block reason, reason for block, hold reason, Sperrgrund, motif de blocage, motivo de bloqueo
        """
    ),
    "is_consumer": _clue(
        """
        private person, consumer, individual, Privatperson, Privatkunde, Verbraucher, particulier, particular,
        persona física, STKZN
        """
    ),
    # --- Contacts
    "contacts.customer": _clue(CUSTOMER_NUMBERS),
    "contacts.name": _clue(
        """
        contact name, full name, contact person, contact, person, Ansprechpartner, Kontaktperson, nom, nom
        complet, nombre, nombre completo, persona de contacto, ContactPersonName, display name
        """,
        LETTERS,
    ),
    "role": _clue(
        """
        function, job title, position, title, department, Funktion, Rolle, Abteilung, fonction, rôle, cargo,
        rol
        """
    ),
    "in_use": _clue(
        """
        active, is active, enabled, aktiv, actif, activo, current
        """
    ),
    # --- Products
    "products.number": _clue(
        """
        product number, product no, product code, product id, product, item number, item no, item code, item, article
        number, article no, article, material, material number, SKU, part number, Artikelnummer, Artikel-Nr, Artikel,
        Materialnummer, Material, Produktnummer, référence, référence article, code article, article, código de
        artículo, código, artículo, referencia, MATNR, ItemId, ItemNumber, ProductNumber, default_code, internal
        reference
        """
    ),
    "products.name": _clue(
        """
        product name, item name, article name, description, name, Bezeichnung, Artikelbezeichnung, Materialkurztext,
        Produktname, désignation, libellé, nom, descripción, nombre, MAKTX, ItemName, ProductName, display name
        """,
        LETTERS,
    ),
    # --- List prices
    "list": _clue(
        "price list, pricelist, price group, list code, Preisliste, Preisgruppe, liste de prix, tarif, lista de"
        " precios, tarifa, PLTYP, PriceGroupId, pricelist_id"
    ),
    "from_quantity": _clue(
        """
        from quantity, minimum quantity, min quantity, min qty, break quantity, scale quantity, ab Menge, Staffelmenge,
        Mindestmenge, quantité minimale, cantidad mínima, KSTBM, QuantityAmountFrom, min_quantity
        """
    ),
    "valid_from": _clue(
        "valid from, starting date, start date, from date, effective date, gültig ab, gültig von, valable du, válido"
        " desde, DATAB, FromDate, date_start"
    ),
    "valid_until": _clue(
        "valid until, valid to, ending date, end date, to date, gültig bis, valable jusqu'au, válido hasta, DATBI,"
        " ToDate, date_end"
    ),
    # --- Orders, and deliveries of them
    "orders.customer": _clue(CUSTOMER_NUMBERS),
    "orders.number": _clue("our order number, order confirmation, order confirmation number, AB-Nummer, AB-Nr"),
    "orders.external_id": _clue(ORDER_NUMBERS),
    "ordered_on": _clue(
        """
        order date, ordered on, ordered, document date, created on, creation date, pricing date, date, Bestelldatum,
        Auftragsdatum, Belegdatum, Datum, date de commande, fecha de pedido, fecha, AUDAT, ERDAT, SalesOrderDate,
        date_order, OrderDate
        """
    ),
    "wanted_on": _clue(
        """
        requested delivery date, requested date, wanted on, delivery date, ship date, requested ship date, Wunschtermin,
        Wunschlieferdatum, Liefertermin, date de livraison souhaitée, fecha de entrega solicitada, VDATU,
        RequestedDeliveryDate, commitment_date, ReceiptDateRequested, ShippingDateRequested
        """
    ),
    "orders.customer_reference": _clue(
        """
        customer reference, customer order, customer order number, purchase order, purchase order number, po number, po
        no, po, your reference, Kundenreferenz, Bestellnummer, Bestellnummer des Kunden, Ihre Bestellung, référence
        client, bon de commande, pedido del cliente, BSTKD, BSTNK, PurchaseOrderByCustomer, client_order_ref,
        CustomerRequisitionNumber
        """
    ),
    "contract": _clue("contract, contract number, Vertrag, Vertragsnummer, Kontrakt, numéro de contrat, contrato"),
    "ship_to_name": _clue("ship to name, delivery name, ship to, Lieferadresse Name, Warenempfänger", LETTERS),
    "ship_to_street": _clue("ship to street, ship to address, delivery street, delivery address, Lieferstraße"),
    "ship_to_postal_code": _clue(
        "ship to postal code, ship to zip, ship to post code, delivery postal code, Liefer-PLZ"
    ),
    "ship_to_city": _clue("ship to city, delivery city, Lieferort"),
    "ship_to_country": _clue("ship to country, delivery country, Lieferland, pays de livraison", COUNTRY),
    "incoterm": _clue(
        "incoterms, delivery terms, Lieferbedingung, Lieferbedingungen, condition de livraison, INCO1,"
        " IncotermsClassification, DlvTerm",
        "[A-Za-z]{3}",
    ),
    "incoterm_place": _clue("incoterms place, incoterms location, INCO2, IncotermsLocation1"),
    "confirmed": _clue("confirmed, is confirmed, bestätigt, confirmé, confirmado"),
    "position": _clue(
        """
        position, line, line number, line no, item number, item no, pos, Pos-Nr, Positionsnummer, ligne, n° ligne,
        línea, POSNR, SalesOrderItem, LineNum, LineNumber, sequence
        """
    ),
    "orders.quantity": _clue(
        """
        order quantity, ordered quantity, requested quantity, Auftragsmenge, Bestellmenge, quantité commandée, cantidad
        pedida, KWMENG, RequestedQuantity, SalesQty, product_uom_qty, qty, Menge, Anzahl, quantité, qté, cantidad
        """
    ),
    "orders.line_net": _clue(
        "net amount, line net, line amount, line total, net value, Positionswert, Nettowert, montant ligne, NETWR,"
        " LineAmount, price_subtotal"
    ),
    "deliveries.number": _clue("our delivery number, Lieferscheinnummer, Lieferschein-Nr"),
    "deliveries.external_id": _clue(
        """
        delivery, delivery number, delivery no, delivery note, shipment, shipment number, despatch number, packing slip,
        Lieferung, Liefernummer, Lieferschein, bon de livraison, livraison, albarán, VBELN, DeliveryDocument,
        PackingSlipId, picking name
        """
    ),
    "order": _clue(
        ORDER_NUMBERS
        + """,
        reference document, referenced order, order reference, source document, origin, VGBEL, ReferenceSDDocument
        """
    ),
    "order_line": _clue(
        """
        order line, order line number, order item, order position, reference item, Auftragsposition, ligne de commande,
        VGPOS, ReferenceSDDocumentItem, sales line
        """
    ),
    "deliveries.quantity": _clue(
        """
        delivered quantity, shipped quantity, quantity shipped, actual quantity, Liefermenge, Menge, quantité livrée,
        cantidad entregada, LFIMG, ActualDeliveryQuantity, qty done, qty, Anzahl, quantité, cantidad
        """
    ),
    "planned_on": _clue("planned on, planned date, planned goods issue, Wareausgang geplant, WADAT, scheduled date"),
    "shipped_on": _clue(
        """
        shipped on, ship date, shipping date, shipped date, despatch date, goods issue date, actual goods issue,
        Versanddatum, Warenausgang, Warenausgangsdatum, date d'expédition, fecha de envío, WADAT_IST,
        ActualGoodsMovementDate, DeliveryDate, date done
        """
    ),
    "proved_on": _clue("proof of delivery date, pod date, proved on, signed on, Abliefernachweis, PODAT"),
    "proved_by": _clue("signed by, received by, taken in by, Empfänger, quittiert von, reçu par, recibido por"),
    "carrier": _clue("carrier code, carrier, forwarder, Spediteur, Frachtführer, transporteur, transportista"),
    "tracking_number": _clue(
        "tracking, tracking number, tracking no, tracking id, waybill, Sendungsnummer, numéro de suivi, número de"
        " seguimiento, BOLNR, carrier tracking ref"
    ),
    # --- Billing documents of another system
    "billing-documents.item": _clue("open item, accounting document, journal entry, Buchhaltungsbeleg"),
    "delivery": _clue(
        """
        delivery, delivery number, delivery note, delivery document, packing slip, reference document, Lieferung,
        Lieferschein, Lieferscheinnummer, livraison, bon de livraison, albarán, VGBEL, ReferenceSDDocument
        """
    ),
    "delivery_line": _clue(
        "delivery line, delivery item, delivery position, reference item, Lieferposition, VGPOS,"
        " ReferenceSDDocumentItem"
    ),
    "billing-documents.order": _clue(
        "order, order number, sales order, Auftrag, Auftragsnummer, commande, pedido, AUBEL"
    ),
    "billing-documents.order_line": _clue("order line, order item, sales order item, Auftragsposition, AUPOS"),
    "cancels": _clue("cancels, is cancellation, reversal, Storno, annulation, anulación"),
    # --- Receipts
    "received_on": _clue(
        """
        payment date, receipt date, received, received on, date received, value date, booking date, posting
        date, transaction date, date, Zahlungseingang, Zahlungsdatum, Eingangsdatum, Wertstellung,
        Buchungstag, Buchungsdatum, Valutadatum, Valuta, Datum, date de paiement, date d'encaissement, date de
        valeur, date opération, fecha de cobro, fecha de pago, fecha valor, fecha, VALUT, PostingDate,
        payment_date, TransDate
        """
    ),
    "receipts.amount": _clue(
        """
        payment amount, amount received, amount, received amount, paid amount, amount paid, total, Zahlbetrag,
        Betrag, Zahlungsbetrag, montant, montant reçu, montant réglé, importe, importe cobrado, WRBTR,
        AmountCur, AmountInTransactionCurrency, Bedrag
        """
    ),
    "receipts.external_id": _clue(
        """
        payment number, payment no, payment id, receipt number, receipt no, receipt id, transaction id,
        document number, voucher, id, Zahlungsnummer, Belegnummer, numéro de paiement, n° paiement, número de
        pago, BELNR, AccountingDocument, entry no, transaction reference number
        """
    ),
    "reference": _clue(
        """
        payment reference, remittance, remittance information, description, memo, purpose, text, narrative,
        details, message, communication, Verwendungszweck, Zahlungsreferenz, Buchungstext, Referenz, libellé,
        référence, motif, referencia, concepto, SGTXT, PaymentReference, Omschrijving
        """
    ),
    "receipts.customer": _clue(CUSTOMER_NUMBERS),
    # --- Payables
    "as_of": _clue(
        """
        as of, as of date, as at, key date, open at key date, reporting date, balance date, status date, export date,
        Stichtag, Stand, Stand vom, date d'arrêté, arrêté au, situation au, fecha de corte, fecha clave, a fecha de,
        KeyDate, ToDate, AsOfDate
        """
    ),
    "blocked": _clue(
        """
        blocked, payment block, payment blocked, on hold, payment hold, Zahlsperre, Zahlungssperre, gesperrt,
        blocage paiement, bloqué, bloqueo de pago, bloqueado, ZLSPR, PaymentBlockingReason, OnHold
        """
    ),
    "method": _clue(
        """
        payment method, method, Zahlungsart, Zahlweg, mode de paiement, forma de pago, ZLSCH, PaymMode
        """
    ),
    "item": _clue(
        DOCUMENT_NUMBERS
        + """,
        applied to, applies to doc no, paid invoice
        """
    ),
    # --- Bank statements as tables, as banks of Germany, the Netherlands, Belgium, Britain and America name them
    "account": _clue(
        """
        our account, own account, account, account number, Auftragskonto, IBAN Auftragskonto, IBAN
        Auftraggeberkonto, Kontonummer Auftragskonto, Konto, Kontonummer, Rekening, Rekeningnummer, IBAN/BBAN, compte,
        numéro de compte, cuenta, Account No
        """,
        r"[A-Za-z0-9 '/.-]{4,60}",
    ),
    "booked_on": _clue(
        """
        booking date, posting date, posted date, booked on, transaction date, date, entry date, Buchungstag,
        Buchungsdatum, Buchung, Datum, Boekdatum, Transactiedatum, date de comptabilisation, date opération,
        fecha operación, fecha, Date Processed
        """
    ),
    "value_on": _clue(
        "value date, Valuta, Valutadatum, Wertstellung, Wertstellungsdatum, Rentedatum, date de valeur, fecha valor"
    ),
    "bank-lines.amount": _clue(
        """
        amount, transaction amount, Betrag, Betrag (EUR), Betrag (€), Umsatz, Bedrag, Bedrag (EUR), Transactiebedrag,
        montant, importe, Amount (GBP), Amount (USD), value
        """
    ),
    "credit": _clue(
        "credit, credit amount, paid in, money in, deposit, deposits, Haben, Gutschrift, bij, crédit, abono, inflow"
    ),
    "debit": _clue(
        """
        debit, debit amount, paid out, money out, withdrawal, withdrawals, Soll, Lastschrift, debet, débit, cargo,
        outflow
        """
    ),
    "direction": _clue(
        "direction, credit/debit, debit/credit, dr/cr, cr/dr, Af Bij, Soll/Haben, S/H, debit or credit, sens, Details"
    ),
    "party_name": _clue(
        """
        counterparty, counterparty name, name, Beguenstigter/Zahlungspflichtiger, Begünstigter/Zahlungspflichtiger,
        Name Zahlungsbeteiligter, Auftraggeber/Empfänger, Auftraggeber/Begünstigter, Empfänger, Naam / Omschrijving,
        Naam tegenpartij, Naam, nom de la contrepartie, bénéficiaire, beneficiario, partner name
        """,
        LETTERS,
    ),
    "payer": _clue("payer, Zahlungspflichtige*r, Zahlungspflichtiger, Auftraggeber, from name, sender", LETTERS),
    "payee": _clue("payee, Zahlungsempfänger*in, Zahlungsempfänger, to name, recipient", LETTERS),
    "party_account": _clue(
        """
        counterparty account, counterparty IBAN, IBAN Zahlungsbeteiligter, Kontonummer/IBAN, Kontonummer, Tegenrekening,
        Tegenrekening IBAN/BBAN, rekeningnummer tegenpartij, IBAN, counterparty, compte de la contrepartie
        """,
        r"[A-Za-z0-9 /.-]{4,60}",
    ),
    "party_bic": _clue(
        """
        BIC, BIC (SWIFT-Code), BIC (SWIFT-Code) Zahlungsbeteiligter, BIC tegenpartij, counterparty BIC, swift, BLZ
        """,
        "[A-Za-z0-9 ]{8,20}",
    ),
    "remittance": _clue(
        """
        remittance, remittance information, Verwendungszweck, transaction description, description, payment reference,
        reference, Mededelingen, Omschrijving, Omschrijving-1, Vrije mededeling, memo, narrative, communication,
        libellé, concepto, particulars
        """
    ),
    "remittance_2": _clue("Omschrijving-2, Verwendungszweck 2, description 2, gestructureerde mededeling, memo 2"),
    "remittance_3": _clue("Omschrijving-3, Verwendungszweck 3, description 3, memo 3"),
    "bank_text": _clue(
        "transaction type, type, Buchungstext, Umsatzart, Umsatztyp, Mutatiesoort, type d'opération, tipo de movimiento"
    ),
    "end_to_end_id": _clue("end to end id, end-to-end reference, EndToEndId, Kundenreferenz (End-to-End), EREF"),
    "customer_reference": _clue(
        "customer reference, Kundenreferenz, check or slip #, check number, cheque number, Betalingskenmerk"
    ),
    "mandate_id": _clue("mandate, mandate id, mandate reference, Mandatsreferenz, Machtigingskenmerk"),
    "bank_reference": _clue(
        """
        bank reference, transaction id, transaction reference, entry reference, Bankreferenz, Buchungsreferenz,
        Volgnr, Transactiereferentie, Id transakce, FITID, transaction number
        """
    ),
    "balance": _clue(
        """
        balance, running balance, balance after, Saldo, Saldo nach Buchung, Saldo na mutatie, Saldo na trn, solde,
        saldo posterior, Running Bal.
        """
    ),
    "bank-lines.currency": _clue(
        "currency, Währung, Waehrung, Munt, devise, divisa, moneda, ccy, account currency, Buchungswährung"
    ),
    "status": _clue("status, state, booking status, Info, Buchungsstatus"),
    # --- Exchange rates
    # --- Invoices, line by line
    "corrects": _clue(
        """
        corrects, corrected invoice, original invoice, preceding invoice, reversed document, credited invoice,
        Bezugsrechnung, Ursprungsrechnung, facture d origine, facture rectifiée, factura rectificada, REBZG,
        reversed_entry_id, BillingDocumentIsCancelled
        """
    ),
    "delivered_on": _clue(
        """
        delivery date, delivered on, date of supply, service date, tax point date, Lieferdatum, Leistungsdatum,
        date de livraison, fecha de entrega, FBUDA, ServicesRenderedDate, delivery_date
        """
    ),
    "period_from": _clue("period from, period start, service from, Leistungszeitraum von, début de période, BT-73"),
    "period_until": _clue("period until, period to, period end, service to, Leistungszeitraum bis, fin de période"),
    "deliver_to_country": _clue(
        "delivery country, ship to country, Lieferland, Bestimmungsland, pays de livraison, país de entrega", COUNTRY
    ),
    "order_reference": _clue(
        """
        purchase order, purchase order number, po number, po no, po, customer order, customer po, your reference,
        order reference, Bestellnummer, Bestellung, Ihre Bestellung, numéro de commande, bon de commande,
        número de pedido, pedido, BSTKD, BSTNK, PurchaseOrderByCustomer, client_order_ref, PurchOrderFormNum
        """
    ),
    "buyer_reference": _clue("buyer reference, Leitweg-ID, Leitweg, référence acheteur, referencia del comprador"),
    "contract_reference": _clue("contract, contract number, Vertrag, Vertragsnummer, numéro de contrat, contrato"),
    "exemption_reason": _clue("exemption reason, tax exemption reason, Befreiungsgrund, motif d exonération"),
    "note": _clue("note, notes, remark, remarks, comment, Bemerkung, Hinweis, remarque, commentaire, nota, narration"),
    "prepaid": _clue("prepaid, prepayment, prepaid amount, deposit, Anzahlung, acompte, anticipo"),
    "rounding": _clue("rounding, rounding amount, Rundung, arrondi, redondeo"),
    "product": _clue(
        """
        product, product code, product number, item code, item id, item no, material, material number, sku, article,
        article number, Artikel, Artikelnummer, Materialnummer, référence article, code article, artículo, MATNR,
        ItemId, default_code, product_id
        """
    ),
    "description": _clue(
        """
        description, line description, item description, text, line text, Bezeichnung, Beschreibung, Positionstext,
        Artikelbezeichnung, désignation, libellé, descripción, ARKTX, BillingDocumentItemText, LineTxt
        """
    ),
    "quantity": _clue(
        """
        quantity, qty, invoiced quantity, billed quantity, Menge, Anzahl, quantité, qté, cantidad, FKIMG,
        BillingQuantity, invoice line quantity
        """
    ),
    "unit": _clue(
        """
        unit, unit of measure, uom, quantity unit, unit code, Einheit, Mengeneinheit, ME, unité, unidad, VRKME, MEINS,
        BillingQuantityUnit, SalesUnit, product_uom_id
        """
    ),
    "price": _clue(
        """
        price, unit price, net price, sales price, Preis, Einzelpreis, Stückpreis, Nettopreis, prix unitaire, prix,
        precio, precio unitario, NETPR, SalesPrice, price_unit
        """
    ),
    "price_per": _clue("price unit, price per, price base quantity, per, Preiseinheit, KPEIN, PriceUnit"),
    "discount_percent": _clue(
        "discount percent, discount %, line discount, line discount percent, discount, Rabatt, Rabatt %, remise,"
        " remise %, descuento, LinePercent"
    ),
    "tax_category": _clue(
        "tax category, vat category, tax category code, Steuerkategorie, catégorie de tva", "[A-Za-z]{1,2}"
    ),
    "tax_rate": _clue(
        """
        tax rate, vat rate, vat percent, vat %, tax percent, tax %, Steuersatz, MwSt-Satz, MwSt %, USt %, taux de tva,
        taux tva, tipo de iva, iva %, MSATZ, TaxPercent
        """
    ),
    "line_net": _clue(
        """
        line net, line amount, line total, net line amount, net value, Positionswert, Nettowert, Positionsbetrag,
        montant ligne, montant ht ligne, importe línea, NETWR, LineAmount, price_subtotal
        """
    ),
    "net_total": _clue(
        "net total, total net, subtotal, total excl tax, Nettosumme, Nettobetrag, total ht, base imponible"
    ),
    "tax_total": _clue(
        "tax total, total tax, vat amount, tax amount, Steuerbetrag, MwSt-Betrag, montant tva, cuota iva"
    ),
    "gross_total": _clue(
        "gross total, invoice total, total incl tax, grand total, total amount, Bruttosumme, Bruttobetrag,"
        " Rechnungsbetrag, total ttc, importe total, amount_total"
    ),
    "exchange-rates.date": _clue(
        """
        date, rate date, valid from, effective date, Datum, Kursdatum, gültig ab, fecha, GDATU, StartDate
        """
    ),
    "exchange-rates.from": _clue(
        """
        from currency, source currency, currency, base currency, von Währung, devise source, de, FCURR
        """
    ),
    "exchange-rates.to": _clue(
        """
        to currency, target currency, quote currency, nach Währung, devise cible, a, TCURR
        """
    ),
    "rate": _clue(
        """
        exchange rate, fx rate, conversion rate, Kurs, Wechselkurs, taux, taux de change, tipo de cambio,
        UKURS
        """
    ),
}
