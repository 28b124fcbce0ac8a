"""The account of a document, read by plain SQL: the same rows as by the models, and none of another's."""

from datetime import date

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.api import keys
from o2c.core.models import Role
from o2c.orders import access, accounts
from o2c.orders.models import Account, LegalEntity, PaymentTerms

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(given):
    entity = given.entity("DE1")
    LegalEntity.objects.filter(pk=entity.pk).update(closed_until=date(2026, 1, 31), time_zone="Europe/Berlin")
    terms = PaymentTerms.objects.create(code="N10", name="10 days", days=10)
    customer = given.customer("C1", entity=entity, terms=terms, source="erp", external_id="K1")
    return Account.objects.get(customer=customer)


@pytest.mark.parametrize("by", ["id", "number", "key"])
def test_every_column_is_what_the_models_read(given, account, by):
    customer = account.customer
    named = {"id": {"id": customer.pk}, "number": {"number": "C1"}, "key": {"source": "erp", "external_id": "K1"}}[by]
    found = accounts.named(given.user("all", Role.FINANCE_MANAGER), "DE1", named)
    for model, row, wanted in (
        (Account, found, account),
        (type(customer), found.customer, customer),
        (LegalEntity, found.entity, account.entity),
        (PaymentTerms, found.terms, account.terms),
    ):
        for name in accounts.READ[model][1]:
            assert name in row.__dict__
            assert getattr(row, name) == getattr(model.objects.get(pk=wanted.pk), name), name


def test_an_account_without_terms_and_no_account(given, account):
    user = given.user("all", Role.FINANCE_MANAGER)
    Account.objects.update(terms=None)
    assert accounts.named(user, "DE1", {"number": "C1"}).terms is None
    assert accounts.named(user, "DE1", {"number": "C2"}) is None
    assert accounts.named(user, "DE2", {"number": "C1"}) is None


def test_only_of_the_legal_entities_that_were_given(given, account):
    other = given.entity("DE2")
    assert accounts.named(given.user("one", Role.COLLECTOR, entities=[other]), "DE1", {"number": "C1"}) is None
    assert accounts.named(given.user("two", Role.COLLECTOR, entities=[account.entity]), "DE1", {"number": "C1"})
    key = keys.create(name="k", scopes=["items:write"], all_entities=False, actor=SYSTEM)
    access.grant_key(key.key, [other], everything=False, actor=SYSTEM)
    assert accounts.named(keys.recognise(key.text), "DE1", {"number": "C1"}) is None
    access.grant_key(key.key, [account.entity], everything=False, actor=SYSTEM)
    assert accounts.named(keys.recognise(key.text), "DE1", {"number": "C1"}).pk == account.pk
