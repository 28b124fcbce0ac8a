"""What direct debits need beside the books: rules, an account that SEPA knows, and mandates that are believed."""

from datetime import date, timedelta

from o2c.collections import debiting
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import banks
from o2c.invoicing.direct_debit import mandates, setting
from o2c.invoicing.models import BankAccount, BankDetailChange, DebitRun, Mandate
from o2c.orders.models import Customer, LegalEntity
from tests.given import Given

CREDITOR = "DE98ZZZ09999999999"
OURS, THEIRS, OTHERS = "DE89370400440532013000", "DE75512108001245126199", "DE02120300000000202051"


class Debits:
    """Who proposes is `clerk`, who approves `boss`; today is the legal entity's."""

    def __init__(self, given: Given, entity: LegalEntity | None = None, **rules):
        self.given = given
        self.entity = entity or given.entity()
        self.today: date = clock.today(self.entity.time_zone)
        self.rules = setting.set_rules(self.entity, creditor_id=CREDITOR, actor=SYSTEM, **rules)
        self.account: BankAccount = BankAccount.objects.filter(entity=self.entity, iban=OURS).first() or (
            banks.open_account(self.entity, name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
        )
        code = self.entity.code.lower()
        self.clerk = Actor.of(given.user(f"{code}-clerk", Role.CASH_CLERK, Role.FINANCE_MANAGER))
        self.boss = Actor.of(given.user(f"{code}-boss", Role.FINANCE_MANAGER))

    def believe(self, customer: Customer, iban: str = THEIRS) -> None:
        """Somebody called, and somebody else approved."""
        BankDetailChange.objects.create(
            customer=customer,
            iban=iban,
            way="letter",
            reason="on file",
            asker="x",
            state="approved",
            called_by_id=self.clerk.user_id,
            called_at=clock.now(),
            called_number="+49 30 1",
            decided_by_id=self.boss.user_id,
        )

    def mandate(self, customer: Customer | None = None, *, active: bool = True, iban: str = THEIRS, **facts) -> Mandate:
        customer = customer or self.given.customer(entity=self.entity)
        if active:
            self.believe(customer, iban)
        signed_on = facts.pop("signed_on", self.today - timedelta(days=30))
        made = mandates.record(
            entity=self.entity, customer=customer, signed_on=signed_on, iban=iban, actor=self.clerk, **facts
        )
        return mandates.activate(made, on=self.today, actor=self.clerk) if active else made

    def owed(self, mandate: Mandate, money: str = "100.00 EUR", *, days_late: int = 1, **facts):
        due = self.today - timedelta(days=days_late)
        return self.given.open_item(money, customer=mandate.customer, entity=self.entity, due=due, **facts)

    def proposed(self, **facts) -> DebitRun:
        facts = {"due_until": self.today, "actor": self.clerk} | facts
        return debiting.propose(self.account, **facts)

    def approved(self, **facts) -> DebitRun:
        return debiting.approve(self.proposed(**facts), actor=self.boss)

    def exported(self, **facts) -> DebitRun:
        run = self.approved(**facts)
        debiting.export(run, actor=self.boss)
        run.refresh_from_db()
        return run
