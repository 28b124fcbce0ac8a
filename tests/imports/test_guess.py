"""Guessing maps: what the values decide is decided, with the evidence; what they leave open is asked, never tossed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.core.imports import conventions, guess, looking, mapping, values
from o2c.core.imports.guess import plain
from o2c.core.imports.mapping import Refused
from o2c.invoicing.loading import OPEN_ITEMS
from o2c.orders.loading import CUSTOMERS
from o2c.web.uploads.words import WORDS
from tests.imports.files_given import real
from tests.invoicing.test_loading_real import IBM, IBM_DMY, IBM_ZEROS

DAYS = st.dates(date(1990, 1, 1), date(2068, 12, 31))
WAYS = ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%d/%m/%y", "%m/%d/%y", "%d %B %Y"]


def tally(texts) -> dict[str, int]:
    counted: dict[str, int] = {}
    for text in texts:
        counted[text] = counted.get(text, 0) + 1
    return counted


def guessed(tmp_path, content: str | bytes, kind=OPEN_ITEMS):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return guess.propose(kind, looking.look(path), WORDS)


# --- Days and amounts


@given(st.lists(DAYS, min_size=1, max_size=40), st.sampled_from(WAYS))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_chosen_date_format_reads_every_day_as_it_was_meant(days, way):
    """Whatever days are written whichever way: the format is found, or asked for with the right one to choose."""
    reading = conventions.date_format(tally(day.strftime(way) for day in days))
    if reading.chosen:
        read = values.day_reader(reading.chosen)
        assert [read(day.strftime(way)) for day in days] == [day.isoformat() for day in days]
    else:
        right = [
            each
            for each in reading.options
            if [values.day_reader(each)(day.strftime(way)) for day in days] == [day.isoformat() for day in days]
        ]
        assert right
        assert len(reading.options) > 1


@given(st.lists(DAYS, min_size=1, max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_days_that_fit_both_ways_are_never_decided(days):
    """As long as no day is past the twelfth, nobody can tell."""
    ambiguous = [day.replace(day=min(day.day, 12)) for day in days]
    reading = conventions.date_format(tally(day.strftime("%d/%m/%Y") for day in ambiguous))
    assert reading.chosen is None
    assert set(reading.options) == {"%d/%m/%Y", "%m/%d/%Y"}
    assert "can be read as" in reading.reason


def test_one_day_past_the_twelfth_decides_and_is_named():
    texts = tally(["03/04/2013"] * 500 + ["11/12/2013"] * 400 + ["04/25/2013"])
    reading = conventions.date_format(texts)
    assert reading.chosen == "%m/%d/%Y"
    assert "'04/25/2013' can be read in no other way" in reading.reason


def test_days_that_contradict_each_other_are_asked():
    reading = conventions.date_format(tally(["25/04/2013"] * 3 + ["04/25/2013"] + ["01/02/2013"] * 50))
    assert reading.chosen is None
    assert "contradict" in reading.reason
    assert "3 only as DD/MM/YYYY" in reading.reason


def test_a_few_bad_rows_do_not_make_a_question_of_thousands():
    start = date(2013, 1, 1)
    texts = [(start + timedelta(days=n % 365)).strftime("%d/%m/%Y") for n in range(2000)] + ["04/31/2013", "soon"]
    assert conventions.date_format(tally(texts)).chosen == "%d/%m/%Y"


def test_two_digit_years_may_be_three_things():
    assert set(conventions.date_format({"01/02/03": 9}).options) == {"%d/%m/%y", "%m/%d/%y", "%y/%m/%d"}
    assert conventions.date_format({"25/02/03": 9, "01/02/45": 1}).chosen == "%d/%m/%y"


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("2013-04-25T00:00:00.000Z", "%Y-%m-%d"),
        ("2013-04-25 14:30", "%Y-%m-%d %H:%M"),
        ("20130425", "%Y%m%d"),
        ("25-Apr-13", "%d-%b-%y"),
        ("25. April 2013", "%d. %B %Y"),
        ("2013.04.25.", "%Y.%m.%d."),
    ],
)
def test_the_usual_ways_of_writing_a_day(text, way):
    assert conventions.date_format({text: 1}).chosen == way
    assert values.day_reader(way)(text) == "2013-04-25"


@given(st.lists(st.decimals("-99999.99", "99999.99", places=2), min_size=1, max_size=40), st.sampled_from(".,"))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_chosen_decimal_sign_reads_every_amount_as_it_was_meant(amounts, sign):
    written = [f"{amount:,.2f}" for amount in amounts]
    if sign == ",":
        written = [text.translate(str.maketrans(".,", ",.")) for text in written]
    reading = conventions.decimal(tally(written))
    assert reading.chosen == sign
    assert [Decimal(values.amount(text, sign)) for text in written] == amounts


@given(st.lists(st.integers(1, 999), min_size=1), st.lists(st.integers(0, 999), min_size=1), st.sampled_from(".,"))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_three_digits_after_one_sign_are_asked_unless_the_currency_decides(whole, rest, sign):
    written = tally(f"{a}{sign}{b:03}" for a, b in zip(whole, rest, strict=False))
    assert conventions.decimal(written).chosen is None
    of_cents = conventions.decimal(written, places=2)
    trailing_zero = all(text.endswith("0") for text in written)
    assert of_cents.chosen == ({".": ",", ",": "."}[sign] if not trailing_zero else None)


def test_whole_numbers_read_the_same_either_way():
    assert conventions.decimal({"12": 3, "-7": 1}).chosen == "."


# --- Names


@pytest.mark.parametrize("name", ["InvoiceDate", "invoice_date", "Invoice date", "INVOICE-DATE", "invoice  Date"])
def test_names_are_compared_without_what_writers_differ_in(name):
    assert plain(name) == "invoice date"


@given(st.text(max_size=40))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_name_can_be_compared(name):
    assert plain(plain(name)) == plain(name)


ROWS = 12


def sheet(columns: dict[str, str], delimiter: str = ";") -> str:
    """A file of some rows: in the values, # is the row's number."""
    lines = [delimiter.join(columns)]
    lines += [delimiter.join(value.replace("#", f"{n:02}") for value in columns.values()) for n in range(1, ROWS + 1)]
    return "\n".join(lines)


ITEMS = {
    "German": ({"Kundennr.": "D-#", "Rechnungsnummer": "R-#", "Belegdatum": "25.04.20#", "Fälligkeit": "25.05.20#",
                "Währung": "EUR", "Bruttobetrag": "1.0#,50", "Offener Betrag": "0,#"},
               {"customer": "Kundennr.", "number": "Rechnungsnummer", "issued_on": "Belegdatum", "due_on": "Fälligkeit",
                "currency": "Währung", "amount": "Bruttobetrag", "open_amount": "Offener Betrag"}, "%d.%m.%Y", ","),
    "French": ({"Code client": "C#", "N° facture": "F#", "Date de facture": "25/04/20#", "Date d'échéance": "25/05/20#",
                "Devise": "EUR", "Montant TTC": "1 0#,50", "Reste à payer": "0,#"},
               {"customer": "Code client", "number": "N° facture", "issued_on": "Date de facture",
                "due_on": "Date d'échéance", "currency": "Devise", "amount": "Montant TTC",
                "open_amount": "Reste à payer"}, "%d/%m/%Y", ","),
    "Spanish": ({"Código de cliente": "C#", "Número de factura": "F#", "Fecha de emisión": "25-04-20#",
                 "Fecha vencimiento": "25-05-20#", "Moneda": "EUR", "Importe total": "10#,50", "Pendiente": "0,#"},
                {"customer": "Código de cliente", "number": "Número de factura", "issued_on": "Fecha de emisión",
                 "due_on": "Fecha vencimiento", "currency": "Moneda", "amount": "Importe total",
                 "open_amount": "Pendiente"}, "%d-%m-%Y", ","),
    "SAP tables": ({"KUNNR": "00000010#", "BELNR": "18000000#", "BLDAT": "201304#", "FAEDT": "20130525",
                    "AUGDT": "00000000", "WAERS": "EUR", "WRBTR": "10#.50", "BUKRS": "1000"},
                   {"customer": "KUNNR", "number": "BELNR", "issued_on": "BLDAT", "due_on": "FAEDT",
                    "settled_on": "AUGDT", "currency": "WAERS", "amount": "WRBTR"}, "%Y%m%d", "."),
    "S/4HANA": ({"Customer": "1000#", "AccountingDocument": "18000#", "DocumentDate": "2025-04-#T00:00:00.000Z",
                 "NetDueDate": "2025-05-#T00:00:00.000Z", "TransactionCurrency": "INR",
                 "AmountInTransactionCurrency": "10#.50", "CompanyCode": "ABCD"},
                {"customer": "Customer", "number": "AccountingDocument", "issued_on": "DocumentDate",
                 "due_on": "NetDueDate", "currency": "TransactionCurrency", "amount": "AmountInTransactionCurrency"},
                "%Y-%m-%d", "."),
    "Dynamics": ({"CustAccount": "US-0#", "InvoiceId": "CIV-#", "TransDate": "4/25/20#", "DueDate": "5/25/20#",
                  "CurrencyCode": "USD", "AmountCur": "10#.50", "RemainAmountCur": "0.#"},
                 {"customer": "CustAccount", "number": "InvoiceId", "issued_on": "TransDate", "due_on": "DueDate",
                  "currency": "CurrencyCode", "amount": "AmountCur", "open_amount": "RemainAmountCur"},
                 "%m/%d/%Y", "."),
    "Odoo": ({"partner_id": "Deco #", "name": "INV/2025/#", "invoice_date": "2025-04-#",
              "invoice_date_due": "2025-05-#", "currency_id": "EUR", "amount_total_signed": "10#.50",
              "amount_residual_signed": "0.#"},
             {"customer": "partner_id", "issued_on": "invoice_date", "due_on": "invoice_date_due",
              "currency": "currency_id", "amount": "amount_total_signed", "open_amount": "amount_residual_signed"},
             "%Y-%m-%d", "."),
    "QuickBooks": ({"Customer": "Amy #", "Num": "10#", "Date": "04/25/20#", "Due Date": "05/25/20#",
                    "Amount": "1,0#.50", "Open Balance": "0.#"},
                   {"customer": "Customer", "number": "Num", "issued_on": "Date", "due_on": "Due Date",
                    "amount": "Amount", "open_amount": "Open Balance"}, "%m/%d/%Y", "."),
}  # fmt: skip


@pytest.mark.parametrize("of", ITEMS)
def test_open_items_of_many_systems(tmp_path, of):
    columns, expected, date_format, decimal = ITEMS[of]
    proposal = guessed(tmp_path, sheet(columns, "\t"))
    found = proposal.map["columns"]
    assert {name: found.get(name) for name in expected} == expected
    assert set(found) - set(expected) <= {"number", "customer_name"}
    assert (proposal.map["date_format"], proposal.map["decimal"]) == (date_format, decimal)


def test_customers_of_many_systems(tmp_path):
    german = {"Kundennummer": "D#", "Firma": "Firma # GmbH", "USt-IdNr": "DE1234567#", "Land": "DE", "PLZ": "101#",
              "Ort": "Berlin", "Straße": "Weg #", "E-Mail": "a#@kunde.example", "Zahlungsziel": "30",
              "Kreditlimit": "1.0#,00"}  # fmt: skip
    found = guessed(tmp_path, sheet(german), CUSTOMERS).map["columns"]
    assert found == {
        "number": "Kundennummer", "name": "Firma", "vat_id": "USt-IdNr", "country": "Land", "street": "Straße",
        "postal_code": "PLZ", "city": "Ort", "email": "E-Mail", "terms": "Zahlungsziel", "credit_limit": "Kreditlimit",
    }  # fmt: skip
    sap = {"KUNNR": "1000#", "NAME1": "Firma #", "LAND1": "DE", "STCEG": "DE1#", "PSTLZ": "10#", "ORT01": "Köln",
           "STRAS": "Weg", "SPRAS": "DE", "ZTERM": "Z0#"}  # fmt: skip
    found = guessed(tmp_path, sheet(sap), CUSTOMERS).map["columns"]
    assert found == {
        "number": "KUNNR", "name": "NAME1", "country": "LAND1", "vat_id": "STCEG", "postal_code": "PSTLZ",
        "city": "ORT01", "street": "STRAS", "language": "SPRAS", "terms": "ZTERM",
    }  # fmt: skip


def test_a_column_whose_values_are_something_else_is_not_taken(tmp_path):
    """A country code of figures is no country; a due date that holds days to pay is no day."""
    columns = {"Customer": "C#", "Invoice": "I#", "Invoice date": "2025-04-#", "Due date": "30", "Amount": "10.#",
               "Currency": "EUR", "Country code": "39#", "Disputed": "perhaps #"}  # fmt: skip
    found = guessed(tmp_path, sheet(columns)).map["columns"]
    assert set(found) == {"customer", "number", "issued_on", "amount", "currency"}


def test_two_columns_that_fit_alike_are_asked(tmp_path):
    columns = {"Customer no": "C#", "Debtor no": "D#", "Invoice": "I#", "Invoice date": "2025-04-#", "Amount": "1.#"}
    proposal = guessed(tmp_path, sheet(columns))
    assert "customer" not in proposal.map["columns"]
    question = proposal.question("customer")
    assert {value for value, _ in question.options} == {"Customer no", "Debtor no"}


def test_what_is_missing_is_asked_and_nothing_is_made_up(tmp_path):
    proposal = guessed(tmp_path, sheet({"Customer": "C#", "Colour": "blue", "Amount": "1,0#"}))
    assert {question.about for question in proposal.questions} >= {
        "number",
        "issued_on",
        "currency",
        "create_customers",
    }
    assert set(proposal.map["columns"]) == {"customer", "amount"}


def test_days_written_otherwise_than_the_others_are_left_out_and_said(tmp_path):
    columns = {"Customer": "C#", "Invoice": "I#", "Invoice date": "2025-04-#", "Due date": "2025-05-#",
               "Paid on": "25.04.20#", "Amount": "1.#0"}  # fmt: skip
    proposal = guessed(tmp_path, sheet(columns))
    assert proposal.map["date_format"] == "%Y-%m-%d"
    assert "settled_on" not in proposal.map["columns"]
    assert "written otherwise" in proposal.notes["settled_on"]


def test_words_for_nothing_are_found(tmp_path):
    columns = {"KUNNR": "C#", "BELNR": "I#", "BLDAT": "2025-04-#", "AUGDT": "0000-00-00", "WRBTR": "1.#0"}
    assert guessed(tmp_path, sheet(columns)).map["empty"] == ["0000-00-00"]


def test_titles_above_the_header_are_skipped(tmp_path):
    text = "Open items of ACME\nMade on 2025-04-25\n\n" + sheet({"Customer": "C#", "Invoice": "I#", "Amount": "1.#0"})
    proposal = guessed(tmp_path, text)
    assert proposal.map["skip_lines"] == 3
    assert proposal.map["columns"]["customer"] == "Customer"


# --- The files of others


@pytest.mark.parametrize(("path", "date_format"), [(IBM, "%m/%d/%Y"), (IBM_ZEROS, "%m/%d/%Y"), (IBM_DMY, "%d/%m/%Y")])
def test_the_three_dialects_come_out_right_but_for_what_a_person_has_to_say(path, date_format):
    proposal = guess.propose(OPEN_ITEMS, looking.look(real(path)), WORDS)
    assert proposal.map == {
        "columns": {
            "customer": "customerID",
            "number": "invoiceNumber",
            "issued_on": "InvoiceDate",
            "due_on": "DueDate",
            "amount": "InvoiceAmount",
            "settled_on": "SettledDate",
            "disputed": "Disputed",
        },
        "date_format": date_format,
        "decimal": ".",
    }
    assert {match.grade for match in proposal.matches} == {"sure"}
    assert {question.about for question in proposal.questions} == {"currency", "create_customers"}
    mapping.check(proposal.map | {"currency": "USD", "create_customers": True}, OPEN_ITEMS)


# --- Any file


CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=12))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_file_holds_a_guess_never_fails(tmp_path_factory, rows):
    import csv

    path = tmp_path_factory.mktemp("any") / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    try:
        look = looking.look(path)
    except Refused:
        return
    for kind in (OPEN_ITEMS, CUSTOMERS):
        proposal = guess.propose(kind, look, WORDS)
        columns = list(proposal.map["columns"].values())
        assert len(columns) == len(set(columns))
        assert set(columns) <= set(look.header)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 \n", "PDF"),
        (b"a;b;c\n", "no rows"),
        (";".join(f"c{n}" for n in range(501)).encode() + b"\n" + b";" * 500 + b"x\n", "501 columns"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, why):
    with pytest.raises(Refused, match=why):
        guessed(tmp_path, content)
