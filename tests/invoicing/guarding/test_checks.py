"""What speaks against a payment is found by facts, and only there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing.guarding import checks, paid_back, words
from o2c.invoicing.guarding.checks import Rule
from o2c.invoicing.models import BankLine, Check, CheckRule, Level, PaymentFinding, Quarantine
from o2c.orders import customers
from o2c.orders.models import Account, CustomerBankAccount
from tests.given import DAY

OURS, THEIRS, FRENCH = "DE89370400440532013000", "DE02120300000000202051", "FR1420041010050500013M02606"

pytestmark = pytest.mark.django_db


def found(line, customer) -> set[str]:
    checks.look([(line.pk, customer.pk)])
    return set(PaymentFinding.objects.filter(line=line).values_list("check_code", flat=True))


def test_an_ordinary_payment_has_nothing_against_it(given):
    customer = given.customer()
    line = given.bank_line("100.00 EUR", iban=OURS)
    assert checks.look([(line.pk, customer.pk)]) == set()
    assert not PaymentFinding.objects.exists()
    assert not Quarantine.objects.exists()


def test_no_pairs_are_no_work(django_assert_num_queries):
    with django_assert_num_queries(2):  # a savepoint and its end
        assert checks.look([]) == set()


def test_an_iban_with_a_wrong_digit_is_held(given):
    customer = given.customer()
    line = given.bank_line(iban=OURS[:-1] + "1")
    assert checks.look([(line.pk, customer.pk)]) == {line.pk}
    held = Quarantine.objects.get()
    assert (held.line_id, held.customer_id, held.state) == (line.pk, customer.pk, "held")


@pytest.mark.parametrize("iban", [OURS, THEIRS, FRENCH, "GB29NWBK60161331926819", "NO9386011117947"])
def test_real_ibans_hold(given, iban):
    assert Check.INVALID_IBAN not in found(given.bank_line(iban=iban), given.customer())


def test_anothers_account_is_held_but_not_that_of_the_same_group(given):
    parent = given.customer("P1")
    branch = given.customer("B1", parent=parent)
    stranger = given.customer("S1")
    CustomerBankAccount.objects.create(customer=parent, iban=OURS)
    assert Check.OTHERS_ACCOUNT in found(given.bank_line(iban=OURS), stranger)
    assert Check.OTHERS_ACCOUNT not in found(given.bank_line(iban=OURS), branch)
    assert PaymentFinding.objects.get(check_code=Check.OTHERS_ACCOUNT).facts == {"iban": OURS, "customer": "P1"}


def test_an_account_that_both_have_is_not_anothers(given):
    one, other = given.customer(), given.customer()
    for customer in (one, other):
        CustomerBankAccount.objects.create(customer=customer, iban=OURS)
    assert Check.OTHERS_ACCOUNT not in found(given.bank_line(iban=OURS), one)


def test_the_account_from_which_another_has_paid_is_anothers(given):
    one, other = given.customer("ONE"), given.customer("TWO")
    given.bank_line(iban=OURS, payer=one)
    assert Check.OTHERS_ACCOUNT in found(given.bank_line(iban=OURS), other)


def test_the_banks_own_repetition_is_known_by_its_end_to_end_id(given):
    customer = given.customer()
    first = given.bank_line("50.00 EUR", iban=OURS, end_to_end_id="E2E-1")
    again = given.bank_line("50.00 EUR", iban=OURS, end_to_end_id="E2E-1", on=DAY + timedelta(days=1))
    another = given.bank_line("51.00 EUR", iban=OURS, end_to_end_id="E2E-1")
    assert checks.look([(line.pk, customer.pk) for line in (first, again, another)]) == {again.pk}


def test_a_payment_like_one_of_the_last_days_is_noted_and_not_held(given):
    customer = given.customer()
    given.receipt("70.00 EUR", customer=customer)
    near = given.bank_line("70.00 EUR", on=DAY + timedelta(days=3))
    late = given.bank_line("70.00 EUR", on=DAY + timedelta(days=4))
    assert checks.look([(near.pk, customer.pk), (late.pk, customer.pk)]) == set()
    assert list(PaymentFinding.objects.values_list("line", "check_code", "level")) == [
        (near.pk, "like_another", "note")
    ]


def test_an_account_is_new_only_where_others_are_known(given):
    customer = given.customer()
    assert Check.NEW_ACCOUNT not in found(given.bank_line(iban=OURS), customer)
    CustomerBankAccount.objects.create(customer=customer, iban=THEIRS)
    assert Check.NEW_ACCOUNT in found(given.bank_line(iban=OURS), customer)
    assert Check.NEW_ACCOUNT not in found(given.bank_line(iban=THEIRS), customer)


def test_a_country_that_nobody_of_the_group_is_in_is_noted(given):
    customer = given.customer()
    assert Check.FOREIGN_COUNTRY in found(given.bank_line(iban=FRENCH), customer)
    given.customer("FR", country="FR", parent=customer)
    assert Check.FOREIGN_COUNTRY not in found(given.bank_line(iban=FRENCH), customer)


def test_far_above_habit_needs_a_habit(given):
    customer = given.customer()
    for days in range(4):
        given.receipt("100.00 EUR", customer=customer, on=DAY - timedelta(days=100 + days))
    assert Check.FAR_ABOVE_HABIT not in found(given.bank_line("9000.00 EUR"), customer)
    given.receipt("100.00 EUR", customer=customer, on=DAY - timedelta(days=99))
    assert Check.FAR_ABOVE_HABIT not in found(given.bank_line("1000.00 EUR"), customer)
    assert Check.FAR_ABOVE_HABIT in found(given.bank_line("1000.01 EUR"), customer)


def test_a_customer_of_another_legal_entity_is_held(given):
    elsewhere = given.customer(entity=given.entity("FR1", country="FR"))
    line = given.bank_line(entity=given.entity())
    assert checks.look([(line.pk, elsewhere.pk)]) == {line.pk}


@pytest.mark.parametrize("standing", ["blocked", "closed"])
def test_what_a_customer_pays_who_is_not_open_is_noted(given, standing):
    customer, entity = given.customer(), given.entity()
    others = Account.objects.create(customer=customer, entity=given.entity("FR1", country="FR"), currency="EUR")
    line = given.bank_line("70.00 EUR", entity=entity)
    customers.change_account(others, standing=standing, actor=SYSTEM)
    assert found(line, customer) == set()
    own = customer.accounts.get(entity=entity)
    customers.change_account(own, standing=standing, standing_reason="Insolvent", actor=SYSTEM)
    assert checks.look([(line.pk, customer.pk)]) == set()
    finding = PaymentFinding.objects.get()
    assert words.sentence(finding) == f"{customer.name} is {standing}: Insolvent."


def test_a_legal_entity_sets_what_is_looked_at(given):
    entity, customer = given.entity(), given.customer()
    checks.arrange(
        entity,
        {Check.INVALID_IBAN: Rule(Level.OFF), Check.LIKE_ANOTHER: Rule(Level.QUARANTINE, Decimal(10))},
        actor=SYSTEM,
    )
    given.receipt("70.00 EUR", customer=customer)
    line = given.bank_line("70.00 EUR", iban=OURS[:-1] + "1", on=DAY + timedelta(days=9))
    assert checks.look([(line.pk, customer.pk)]) == {line.pk}
    assert found(line, customer) == {"like_another"}
    checks.arrange(entity, {Check.LIKE_ANOTHER: Rule(Level.QUARANTINE, Decimal(10))}, actor=SYSTEM)
    assert CheckRule.objects.count() == 2


def test_a_limit_is_more_than_nothing(given):
    with pytest.raises(ValueError, match="more than nothing"):
        checks.arrange(given.entity(), {Check.LIKE_ANOTHER: Rule(Level.NOTE, Decimal(0))}, actor=SYSTEM)


def test_looking_again_finds_the_same_once(given):
    customer, line = given.customer(), given.bank_line(iban="DE00")
    for _ in range(2):
        assert checks.look([(line.pk, customer.pk)]) == {line.pk}
    assert (PaymentFinding.objects.count(), Quarantine.objects.count()) == (1, 1)


def test_any_number_of_payments_is_looked_at_in_as_many_queries(given, django_assert_num_queries):
    customer = given.customer()
    lines = [given.bank_line(iban=OURS) for _ in range(30)]
    assert isinstance(lines[0], BankLine)
    with django_assert_num_queries(18):
        checks.look([(lines[0].pk, customer.pk)])
    with django_assert_num_queries(18):
        checks.look([(line.pk, customer.pk) for line in lines])


def test_every_check_has_a_standard_and_a_sentence(given):
    assert set(checks.STANDARD) == set(checks.QUERIES) | set(paid_back.QUERIES) == set(Check)
    assert not set(checks.QUERIES) & set(paid_back.QUERIES)
    customer, line = given.customer(name="Kunde"), given.bank_line()
    facts = {
        "iban": OURS, "customer": "C9", "end_to_end_id": "E", "on": "2026-03-02", "receipt": "R1", "country": "FR",
        "largest": 5, "currency": "EUR", "refund": "REFUND-1", "paid_from": THEIRS, "standing": "closed", "reason": "",
    }  # fmt: skip
    said = {words.sentence(PaymentFinding(line=line, customer=customer, check_code=c, facts=facts)) for c in Check}
    assert len(said) == len(Check) - 1, "one and the same of payments and refunds"
