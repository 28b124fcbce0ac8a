"""`manage.py load bank-statement`: its answer, every real file through it, and its process killed."""

from __future__ import annotations

import io
import json
import random
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from o2c.core.actors import SYSTEM
from o2c.invoicing import banks
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Statement
from o2c.invoicing.models import BankLine, BankStatement, Entry, Posting
from o2c.invoicing.proof import proof
from tests import killing
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement
from tests.invoicing.bank.outcomes import OUTCOMES
from tests.invoicing.bank.real import FILES, names, needs_files

EXPECTED = {f"{folder}/{name}": outcome for folder, files in OUTCOMES.items() for name, outcome in files.items()}


def run(path, *more: str) -> tuple[dict, int]:
    """The answer in JSON, and what the process ends with."""
    out = io.StringIO()
    try:
        call_command("load", "bank-statement", str(path), "--json", *more, stdout=out, stderr=io.StringIO())
    except CommandError as refused:
        return json.loads(out.getvalue()), refused.returncode
    return json.loads(out.getvalue()), 0


@pytest.fixture
def file(tmp_path):
    def write(content: bytes, name: str = "bank.xml"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def account(given):
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


MONDAY = camt(
    statement(
        entry("1100.00", text="A"),
        entry("-30.50", text="B"),
        entry("-1.00", status="PDNG"),
        opening="-70.00",
        closing="999.50",
    )
)
ANSWER = {
    "format": "camt.053",
    "statements": [
        {
            "account": IBAN,
            "currency": "EUR",
            "number": "1",
            "opening": {"amount": "-70.00", "currency": "EUR"},
            "closing": {"amount": "999.50", "currency": "EUR"},
            "lines": 3,
            "credits": {"amount": "1100.00", "currency": "EUR"},
            "debits": {"amount": "30.50", "currency": "EUR"},
            "arithmetic_ok": True,
        }
    ],
    "created": 3,
    "unchanged": 0,
    "refused": [],
}


def test_the_answer_is_the_contracts(account, file):
    assert run(file(MONDAY)) == (ANSWER, 0)
    again = {**ANSWER, "created": 0, "unchanged": 3}
    assert run(file(MONDAY)) == (again, 0)
    assert run(file(MONDAY), "--entity", "DE1") == (again, 0)
    assert BankLine.objects.count() == 3


def test_a_dry_run_needs_no_account_and_writes_nothing(given, file):
    def state() -> list:
        with connection.cursor() as cursor:
            cursor.execute("SELECT last_value FROM invoicing_bankline_id_seq")
            return [cursor.fetchone(), *(m.objects.count() for m in (BankLine, BankStatement, Entry))]

    before = state()
    assert run(file(MONDAY), "--dry-run") == (ANSWER, 0)  # not even a legal entity
    ours = banks.open_account(given.entity(), name="x", currency="EUR", iban=IBAN, actor=SYSTEM)
    assert run(file(MONDAY), "--dry-run") == (ANSWER, 0)
    assert state() == before
    run(file(MONDAY))
    both = camt(statement(entry("1100.00", text="A"), entry("1100.00", text="A"), opening=None))
    looked, _ = run(file(both), "--dry-run")
    assert (looked["created"], looked["unchanged"]) == (1, 1)
    assert BankLine.objects.filter(account=ours).count() == 3


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_file_that_is_refused_whole_ends_with_2(account, file, more):
    answer, code = run(file(b"Date;Amount\n2026-03-02;5\n", "x.csv"), *more)
    assert code == 2
    assert [each["where"] for each in answer["refused"]] == ["line 1"]
    assert (answer["created"], answer["statements"]) == (0, [])
    assert run(file(b""), *more)[1] == run(FILES / "not there", *more)[1] == 2


def test_an_entity_that_there_is_not_and_an_account_that_is_not_its(account, given, file):
    given.entity("GB1", "GBP")
    answer, code = run(file(MONDAY), "--entity", "XX9")
    assert (code, answer["refused"][0]["reason"]) == (2, "There is no legal entity XX9. There are: DE1, GB1.")
    answer, code = run(file(MONDAY), "--entity", "GB1")
    assert code == 2
    assert answer["refused"][0]["reason"].startswith(f"None of our bank accounts is {IBAN} in EUR.")
    assert not BankLine.objects.exists()


def test_without_json_it_is_told_to_a_person(account, file):
    out = io.StringIO()
    wrong = camt(statement(entry("1.00"), closing="9.00"))
    call_command("load", "bank-statement", str(file(wrong)), stdout=out)
    assert out.getvalue().splitlines() == [
        "camt.053: 1 statements, 1 lines created, 0 unchanged",
        f"{IBAN} 1: opening and lines do not make the closing balance",
    ]


# --- The real files


def amounts(statement: Statement) -> tuple:
    booked = [line.amount for line in statement.lines if line.status == "booked"]
    came, went = (sum((sign * each for each in booked if sign * each > 0), Decimal(0)) for sign in (1, -1))
    return tuple(
        None if each is None else Decimal(each)
        for each in (
            statement.opening and statement.opening.amount,
            statement.closing and statement.closing.amount,
            came,
            went,
        )
    )


@needs_files
@pytest.mark.django_db
def test_every_real_file_has_its_outcome_by_the_command_too():
    wrong = []
    for name in names():
        expected = EXPECTED[name]
        answer, code = run(FILES / name, "--dry-run")
        if isinstance(expected, str):
            refused = answer["refused"][0]
            said = f"{refused['where']}: {refused['reason']}" if refused["where"] else refused["reason"]
            if code != 2 or not said.startswith(expected) or answer["statements"]:
                wrong.append((name, code, answer["refused"]))
            continue
        found = read(FILES / name)
        told = [
            (each["account"], each["currency"], each["number"], each["lines"], each["arithmetic_ok"])
            for each in answer["statements"]
        ]
        there = [
            (each.account, each.account_currency, each.number, len(each.lines), each.arithmetic_ok)
            for each in found.statements
        ]
        money = [
            tuple(each[key] and Decimal(each[key]["amount"]) for key in ("opening", "closing", "credits", "debits"))
            for each in answer["statements"]
        ]
        lines = sum(each["lines"] for each in answer["statements"])
        if (
            code != 0
            or told != there
            or money != [amounts(each) for each in found.statements]
            or answer["created"] + answer["unchanged"] != lines
            or [(each["where"], each["reason"]) for each in answer["refused"]]
            != [(each.where, each.reason) for each in found.refused]
        ):
            wrong.append((name, code, told, there))
    assert wrong == []
    assert not BankStatement.objects.exists()


@needs_files
@pytest.mark.django_db
def test_every_real_file_is_kept_once_and_the_books_prove(given):
    """Each with the accounts that it names as ours, loaded twice."""
    entity = given.entity()
    loaded = 0
    for name in names():
        if isinstance(EXPECTED[name], str):
            continue
        for each in read(FILES / name).statements:
            facts = {"iban": each.iban} if each.iban else {"account_number": each.account[:34]}
            for tried in (facts, {"account_number": each.account[:34]}):
                try:
                    banks.open_account(entity, name="x", currency=each.account_currency, actor=SYSTEM, **tried)
                except banks.BankRefused:
                    continue
                break
        first, code = run(FILES / name)
        if code:
            assert "is not a currency" in first["refused"][0]["reason"] or "Several" in first["refused"][0]["reason"], (
                name,
                first,
            )
            continue
        again, _ = run(FILES / name)
        assert again["created"] == 0, name
        loaded += 1
    assert loaded >= 90
    assert proof() == []


# --- Killed

PROGRAM = """
import django; django.setup()
from pathlib import Path
from o2c.core.actors import SYSTEM
from o2c.invoicing.bank import keeping
from o2c.invoicing.models import BankAccount
print("ready", flush=True)
print(keeping.load(Path({path!r}), name="large.xml", seen=BankAccount.objects.all(), actor=SYSTEM).created)
"""


def survive(given, file, tmp_path, *, lines: int, kills: int, chance) -> None:
    banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)
    days = [f"2026-03-{1 + n * 20 // lines:02}" for n in range(lines)]
    # many are equal, so that only their place among equals tells them apart
    entries = [entry("1.00", day, text=f"payment {n % 50}") for n, day in enumerate(days)]
    path = file(camt(statement(*entries, opening="10.00", closing=f"{lines + 10}.00")), "large.xml")
    program = "import os\nos.environ['DJANGO_SETTINGS_MODULE']='o2c.settings'\n" + PROGRAM.format(path=str(path))
    killed = 0
    for _ in range(kills):
        process = killing.start(program, tmp_path)
        process.stdout.readline()
        wait = chance.uniform(0.05, 1.5 + lines / 8000)
        try:
            process.wait(wait)
        except killing.subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
        assert BankLine.objects.count() in (0, lines)
        assert BankStatement.objects.count() == (1 if BankLine.objects.exists() else 0)
    answer, code = run(path)
    assert code == 0
    assert answer["created"] + answer["unchanged"] == lines
    assert killed
    assert BankLine.objects.filter(is_money=True, open_amount=1).count() == lines
    assert Entry.objects.count() == len(set(days)) + 1
    in_bank = Posting.objects.filter(account__role="bank").values_list("amount", flat=True)
    assert sum(in_bank) == lines + 10
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_a_load_that_is_killed_leaves_nothing_and_is_done_again(given, file, tmp_path):

    survive(given, file, tmp_path, lines=20_000, kills=2, chance=random.Random(7))


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_load_that_is_killed_thirty_times_ends_as_one_that_was_not(given, file, tmp_path):

    survive(given, file, tmp_path, lines=20_000, kills=30, chance=random.Random(11))
