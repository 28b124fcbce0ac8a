"""A builder that speaks the domain, so that a test says what is the case and not how rows are made."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from o2c.core.actors import SYSTEM
from o2c.core.models import Role, User
from o2c.invoicing import banks, cash, chart, items, ledger
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.models import (
    BankAccount,
    BankLine,
    BankStatement,
    Entry,
    ExchangeRate,
    Invoice,
    LedgerAccount,
    OpenItem,
    Posting,
    Receipt,
)
from o2c.orders import customers
from o2c.orders.models import Account, Contact, Customer, EntityAccess, LegalEntity, PaymentTerms
from o2c.web.company import open_entity

DAY = date(2026, 3, 2)


def amount_of(text: str) -> tuple[Decimal, str]:
    """ "1000.00 EUR" → the amount and the currency."""
    amount, currency = text.split()
    return Decimal(amount), currency


class Given:
    """Makes what a test needs; what is not named is sensible and always the same."""

    def __init__(self):
        self.counter = count(1)

    def entity(self, code: str = "DE1", currency: str = "EUR", **details) -> LegalEntity:
        found = LegalEntity.objects.filter(code=code).first()
        if found:
            return found
        facts = {"name": f"Company {code}", "country": "DE", "email": f"ar@{code.lower()}.example", **details}
        return open_entity(code=code, base_currency=currency, actor=SYSTEM, **facts)

    def customer(self, number: str | None = None, *, entity: LegalEntity | None = None, **details) -> Customer:
        """A customer with an account with the entity and a contact who reads mail."""
        entity = entity or self.entity()
        number = number or f"C{next(self.counter):04d}"
        agreed = {
            key: details.pop(key) for key in ("collector", "segment", "terms", "channel", "policy") if key in details
        }
        email = details.pop("email", f"ap@{number.lower()}.example")
        customer = customers.create(
            number=number, actor=SYSTEM, **{"name": f"Customer {number}", "country": "DE", **details}
        )
        customers.open_account(customer, entity, actor=SYSTEM, **agreed)
        if email:
            Contact.objects.create(customer=customer, name=f"Accounts payable {number}", email=email, phone="+49 30 1")
        return customer

    def open_item(
        self,
        money: str = "1000.00 EUR",
        *,
        customer: Customer | None = None,
        entity: LegalEntity | None = None,
        due: date = DAY,
        issued: date | None = None,
        number: str | None = None,
    ) -> OpenItem:
        """An invoice (positive) or a credit note (negative), issued thirty days before it is due."""
        entity = entity or self.entity()
        customer = customer or self.customer(entity=entity)
        Account.objects.get_or_create(customer=customer, entity=entity, defaults={"currency": entity.base_currency})
        amount, currency = amount_of(money)
        return items.book(
            entity=entity,
            customer=customer,
            kind=OpenItem.Kind.INVOICE if amount > 0 else OpenItem.Kind.CREDIT_NOTE,
            amount=amount,
            currency=currency,
            issued_on=issued or due - timedelta(days=30),
            due_on=due,
            number=number or f"INV-{next(self.counter):05d}",
            against=LedgerAccount.Role.REVENUE,
            entry_kind=Entry.Kind.ITEM,
            actor=SYSTEM,
        )

    def receipt(
        self,
        money: str,
        *,
        customer: Customer,
        entity: LegalEntity | None = None,
        on: date = DAY,
    ) -> Receipt:
        amount, currency = amount_of(money)
        return cash.receive(
            entity=entity or self.entity(),
            customer=customer,
            amount=amount,
            currency=currency,
            received_on=on,
            method=Receipt.Method.TRANSFER,
            actor=SYSTEM,
        )

    def pay(self, item: OpenItem, money: str | None = None, *, on: date = DAY) -> Receipt:
        """The customer pays an item on a day: all that is open of it, or so much."""
        item.refresh_from_db()
        receipt = self.receipt(
            money or f"{item.open_amount} {item.currency}", customer=item.customer, entity=item.entity, on=on
        )
        cash.apply(receipt.item, [cash.Split(item, receipt.amount)], on=on, actor=SYSTEM)
        item.refresh_from_db()
        return receipt

    def bank_account(self, entity: LegalEntity | None = None, currency: str = "EUR") -> BankAccount:
        entity = entity or self.entity()
        found = BankAccount.objects.filter(entity=entity, currency=currency).first()
        return found or banks.open_account(
            entity, name=f"Giro {currency}", currency=currency, account_number=f"{entity.pk:010}", actor=SYSTEM
        )

    def bank_statement(self, *, entity: LegalEntity | None = None, currency: str = "EUR", **facts) -> BankStatement:
        account = self.bank_account(entity, currency)
        details = {"kind": "statement", "format": "camt.053", "arithmetic_ok": True, "loaded_by": "tests", **facts}
        return BankStatement.objects.create(
            entity=account.entity, account=account, currency=currency, digest=f"{next(self.counter):064}", **details
        )

    def bank_line(
        self,
        money: str = "1000.00 EUR",
        text: str = "",
        *,
        entity: LegalEntity | None = None,
        statement: BankStatement | None = None,
        on: date = DAY,
        name: str = "",
        iban: str = "",
        **facts,
    ) -> BankLine:
        """A booked line of a statement that nothing was done with yet; its money is in the books."""
        amount, currency = amount_of(money)
        statement = statement or self.bank_statement(entity=entity, currency=currency)
        entry = self.bank_entry(statement, amount, on)
        return BankLine.objects.create(
            entity=statement.entity, account=statement.account, statement=statement, entry=entry,
            identity=f"{next(self.counter):064}-0", status="booked", is_money=True, currency=currency, amount=amount,
            open_amount=amount, booked_on=on, value_on=on, remittance=text, party_name=name, party_iban=iban, **facts,
        )  # fmt: skip

    def bank_entry(self, statement: BankStatement, amount: Decimal, on: date = DAY) -> Entry:
        """So much money on the bank in the books, as a loaded statement posts it."""
        currency = statement.currency
        entry = Entry.objects.create(
            entity=statement.entity, kind=Entry.Kind.BANK, text="Bank statement", effective_on=on, known_on=on,
            actor="tests",
        )  # fmt: skip
        base = ledger.in_base(amount, currency, statement.entity, on)
        bank = chart.of_bank(statement.account)
        cash_account = LedgerAccount.objects.get(entity=statement.entity, role=LedgerAccount.Role.CASH)
        Posting.objects.bulk_create(
            [
                Posting(entry=entry, account=account, currency=currency, amount=sign * amount, base_amount=sign * base)
                for account, sign in ((bank, 1), (cash_account, -1))
            ]
        )
        return entry

    def invoice(self, net: str = "100.00 EUR", *, customer: Customer | None = None, on: date = DAY) -> Invoice:
        """An issued invoice of one line, taxed at 19 percent, due in thirty days."""
        amount, currency = amount_of(net)
        terms, _ = PaymentTerms.objects.get_or_create(code="NET30", defaults={"name": "30 days", "days": 30})
        entity = self.entity(vat_id="DE123456789")
        LegalEntity.objects.filter(pk=entity.pk, vat_id="").update(vat_id="DE123456789")
        customer = customer or self.customer(entity=entity)
        line = Line(description="Work", quantity=Decimal(1), price=amount, rate=Decimal(19))
        draft = Draft(entity, customer, currency, on, (line,), terms=terms)
        return issuing.issue(drafts.write(draft, actor=SYSTEM), actor=SYSTEM, today=on)

    def rate(self, currency: str, rate: str, on: date = DAY) -> None:
        """So many units of the currency for one euro."""
        ExchangeRate.objects.create(currency=currency, on=on, rate=Decimal(rate))

    def user(self, username: str, *roles: Role, entities: list[LegalEntity] | None = None) -> User:
        """Sees every legal entity unless some are named."""
        user = User.objects.create_user(
            username, f"{username}@o2c.example", "secret-for-tests", roles=list(roles), all_entities=entities is None
        )
        EntityAccess.objects.bulk_create(EntityAccess(user=user, entity=entity) for entity in entities or [])
        return user
