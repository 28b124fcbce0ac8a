"""A map or a file that cannot be right is refused whole, before anything is written."""

import pytest

from o2c.core.models import ImportRun
from o2c.invoicing.models import Entry, OpenItem
from o2c.orders.models import Customer, LegalEntity
from tests.imports.files_given import ITEM_COLUMNS, ITEM_MAP

HEADER = "Customer;Invoice;Issued;Due;Amount\n"
ROW = "C1;1;2026-01-31;2026-03-02;10.00\n"
FILE = HEADER + ROW + ROW.replace(";1;", ";2;")


def nothing_was_written():
    return not any(model.objects.exists() for model in (LegalEntity, Customer, OpenItem, Entry, ImportRun))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": {**ITEM_COLUMNS, "ammount": "Amount"}}, "did you mean 'amount'"),
        ({"columns": {**ITEM_COLUMNS, "amount": "amount"}}, "did you mean 'Amount'"),
        ({"columns": {**ITEM_COLUMNS, "amount": "Betrag"}}, "no column 'Betrag'"),
        ({"columns": {k: v for k, v in ITEM_COLUMNS.items() if k != "amount"}}, "names no column for 'amount'"),
        ({"columns": {**ITEM_COLUMNS, "amount": 5}}, "must be a column's name"),
        ({"columns": {}}, 'no "columns"'),
        ({"columns": ["Customer"]}, 'no "columns"'),
        ({"decimals": ","}, "did you mean 'decimal'"),
        ({"decimal": ";"}, "'decimal' cannot be"),
        ({"date_format": "DD.MM"}, "day, month and year"),
        ({"date_format": 7}, "'date_format' cannot be 7"),
        ({"currency": "XYZ"}, "not one of ISO 4217"),
        ({"currency": "Curr"}, "no column 'Curr'"),
        ({"columns": {**ITEM_COLUMNS, "currency": "Amount"}, "currency": "Due"}, "two columns for the currency"),
        ({"encoding": "klingon"}, "not known"),
        ({"delimiter": "::"}, "'delimiter' cannot be"),
        ({"create_customers": "yes"}, "'create_customers' cannot be"),
        ({"complete_limit": 7}, "'complete_limit' cannot be"),
        ({"source": ""}, "'source' cannot be"),
        ({"values": {"sum": {}}}, "no field of open-items"),
    ],
)
def test_maps_that_are_refused(load, changes, said):
    answer = load.items(FILE, {**ITEM_MAP, **changes})
    assert (answer["exit"], said in answer["refused"]) == (2, True), answer
    assert nothing_was_written()


def test_no_currency_is_guessed(load):
    answer = load.items(FILE, {"columns": ITEM_COLUMNS})
    assert "names no column for 'currency'" in answer["refused"]
    assert nothing_was_written()


@pytest.mark.parametrize("text", ["", "{", "[]", '"columns"', "{'columns': 1}"])
def test_a_map_that_is_no_object_is_refused(load, tmp_path, text):
    broken = tmp_path / "broken.json"
    broken.write_text(text)
    assert load.items(FILE, broken)["exit"] == 2
    assert load.items(FILE, tmp_path / "absent.json")["exit"] == 2


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "empty"),
        (HEADER.replace("Due", "Amount") + ROW, "2 columns 'Amount'"),
        (HEADER + ROW.replace("2026-01-31", "31/01/2026") * 2, "None of the first 2 values of 'Issued'"),
        (HEADER + ROW.replace("2026-03-02", "2/3/26") * 2, "None of the first 2 values of 'Due'"),
        (HEADER + ROW.replace("10.00", "10,00") * 2, "None of the first 2 values of 'Amount'"),
        (HEADER + "C1;1;2026-01-31\n" * 2, "None of the first 2 lines"),
        ("PK\x03\x04 and so on", "Excel"),
        (HEADER.encode("utf-16") + b"\xd8", "cannot be read as utf-16"),
    ],
)
def test_files_that_are_not_what_the_map_says(load, file, said):
    answer = load.items(file)
    assert (answer["exit"], said in answer["refused"]) == (2, True), answer
    assert nothing_was_written()


def test_a_file_with_day_and_month_exchanged_is_refused_and_not_half_misread(load):
    rows = [f"C1;{day};{day:02d}/03/2026;{day:02d}/04/2026;10.00\n" for day in range(1, 29)]
    answer = load.items(HEADER + "".join(rows), {**ITEM_MAP, "date_format": "M/D/YYYY"})
    assert (answer["exit"], "day and month" in answer["refused"]) == (2, True)
    assert nothing_was_written()
    answer = load.items(HEADER + "".join(rows), {**ITEM_MAP, "date_format": "D/M/YYYY"})
    assert answer["created"] == 28


def test_a_few_days_that_do_not_exist_are_no_other_dialect(load):
    rows = [f"C1;{day};{day:02d}/31/2026;12/31/2026;10.00\n" for day in range(1, 13)]
    answer = load.items(HEADER + "".join(rows), {**ITEM_MAP, "date_format": "M/D/YYYY"})
    assert (answer["created"], answer["rejected"]) == (7, 5)  # February, April, June, September, November


def test_a_file_with_the_other_decimal_mark_is_refused(load):
    rows = "".join(f"C1;{n};2026-03-01;2026-04-01;{n},50\n" for n in range(5)) + "C1;9;2026-03-01;2026-04-01;10\n"
    answer = load.items(HEADER + rows)
    assert (answer["exit"], "point and comma" in answer["refused"]) == (2, True)
    assert nothing_was_written()


def test_three_capitals_are_a_currency_unless_the_file_has_such_a_column(load):
    assert load.items(FILE, {**ITEM_MAP, "currency": "USD"})["created"] == 2
    assert set(OpenItem.objects.values_list("currency", flat=True)) == {"USD"}
    own = "Customer;Invoice;Issued;Due;Amount;CUR\nC1;3;2026-01-31;2026-03-02;10;gbp\n"
    assert load.items(own, {**ITEM_MAP, "currency": "CUR"})["created"] == 1
    assert OpenItem.objects.get(number="3").currency == "GBP"


def test_an_unknown_legal_entity_is_refused_with_the_choices(load, given):
    given.entity("DE1")
    given.entity("GB1", "GBP")
    assert load.items(FILE)["refused"] == "Say which legal entity with --entity: DE1, GB1."
    assert load.items(FILE, entity="FR1")["refused"] == "There is no legal entity FR1. There are: DE1, GB1."
    assert load.items(FILE, entity="GB1")["created"] == 2
    assert set(OpenItem.objects.values_list("entity__code", flat=True)) == {"GB1"}


def test_the_first_load_of_all_opens_a_legal_entity_and_says_so(load):
    answer = load.items(FILE, {**ITEM_MAP, "currency": "GBP"})
    assert answer["notes"] == ["There was no legal entity yet: opened MAIN, which keeps its books in GBP."]
    assert answer["notes"][0] in load.errors.getvalue()
    assert LegalEntity.objects.values_list("code", "base_currency").get() == ("MAIN", "GBP")


def test_a_dry_run_of_the_first_load_leaves_nothing(load):
    answer = load.items(FILE, entity="ONE", dry_run=True)
    assert (answer["created"], answer["dry_run"]) == (2, True)
    assert nothing_was_written()
