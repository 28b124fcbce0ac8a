import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.core.commands import BookCommand
from o2c.core.imports import mapping
from o2c.core.imports.mapping import CODE, Refused
from o2c.core.imports.running import Order, Outcome, load
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing import rates
from o2c.invoicing.bank import keeping, statements
from o2c.invoicing.direct_debit import answers
from o2c.invoicing.einvoices import archives, coming, telling
from o2c.invoicing.einvoices.read import may_be_one
from o2c.invoicing.models import BankAccount
from o2c.invoicing.remittances import keeping as remittances
from o2c.orders.documents import reading as order_reading
from o2c.orders.files import despatches
from o2c.orders.files import documents as order_documents
from o2c.orders.models import LegalEntity
from o2c.web.company import open_entity
from o2c.web.loading import KINDS, undo

RATES, BANK, ANSWER, REMITTANCE = "rates", "bank-statement", "payment-status", "remittance"
INVOICES, ORDERS, DELIVERIES = "invoices", "orders", "deliveries"
FIRST_ENTITY, FIRST_CURRENCY = "MAIN", "EUR"
REFUSED = 2


class Command(BookCommand):
    help = (
        "Load a file. Bad rows are listed in an errors file and never stop the good ones; docs/imports.md tells more."
    )

    def add_arguments(self, parser):
        parser.add_argument("kind", nargs="?", choices=sorted([*KINDS, RATES, BANK, ANSWER, REMITTANCE]))
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument(
            "--map",
            type=Path,
            help="JSON: which of their columns is which field. What banks send and e-invoices need none.",
        )
        parser.add_argument(
            "--beside",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help="A file that has more columns for its rows, under the name that the map gives it; may be repeated.",
        )
        parser.add_argument("--entity", help="Code of the legal entity; the only one where it is not given.")
        parser.add_argument("--complete", action="store_true", help="The file holds all that is open: settle the rest.")
        parser.add_argument("--dry-run", action="store_true", help="Do everything and take it back.")
        parser.add_argument("--undo", type=int, metavar="RUN", help="Take a load back, by the number of its run.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        if options["undo"] is not None:
            self.undo(options)
            return
        if not options["kind"] or not options["file"]:
            raise CommandError("Say what is loaded, and the file: load open-items items.csv --map map.json")
        without_map = {
            RATES: self.load_rates,
            BANK: self.load_bank_statement,
            ANSWER: self.load_payment_status,
            REMITTANCE: self.load_remittance,
        }
        if options["kind"] in without_map:
            without_map[options["kind"]](options)
            return
        if options["kind"] == INVOICES and options["map"] is None and self.is_einvoice(options["file"]):
            self.load_einvoices(options)
            return
        of_partners = {ORDERS: self.load_orders, DELIVERIES: self.load_despatches}
        if options["kind"] in of_partners and options["map"] is None and self.is_document(options["file"]):
            of_partners[options["kind"]](options)
            return
        if options["map"] is None:
            raise CommandError("Say with --map which of their columns is which field.")
        try:
            outcome = self.load(options)
        except Refused as refused:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": str(refused)}, indent=2))
            raise CommandError(str(refused), returncode=REFUSED) from None
        for note in outcome.notes:
            self.stderr.write(note)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.as_json(), indent=2))
        else:
            self.stdout.write(told(outcome))
        if outcome.rows and outcome.rejected == outcome.rows:
            sys.exit(1)

    def undo(self, options) -> None:
        if options["kind"] or options["dry_run"]:
            raise CommandError("--undo takes the number of a run, and nothing else.")
        try:
            run = ImportRun.objects.get(pk=options["undo"])
            undone = undo(run, actor=SYSTEM)
        except ImportRun.DoesNotExist:
            refused = UndoRefused(f"There is no import {options['undo']}.")
        except UndoRefused as why:
            refused = why
        else:
            if options["json"]:
                self.stdout.write(json.dumps(undone.as_json(), indent=2))
            elif undone.already:
                self.stdout.write("It was undone before.")
            else:
                self.stdout.write(f"{undone.taken_back} taken back, {undone.restored} restored")
            for note in undone.notes:
                self.stderr.write(note)
            return
        if options["json"]:
            built = [asdict(each) for each in refused.built]
            self.stdout.write(json.dumps({"refused": str(refused), "built": built}, indent=2))
        raise CommandError(str(refused), returncode=REFUSED)

    def load_rates(self, options) -> None:
        """The European Central Bank's file has one form, so it needs no map."""
        try:
            with transaction.atomic():
                loaded = rates.load_ecb(options["file"], actor=SYSTEM)
                transaction.set_rollback(options["dry_run"])
        except (rates.RatesRefused, OSError) as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        if options["json"]:
            self.stdout.write(json.dumps(loaded.as_json(), indent=2))
        else:
            self.stdout.write(
                f"{loaded.rows} days: {loaded.created} rates created, {loaded.updated} updated, {loaded.unchanged}"
                f" unchanged, {loaded.rejected} rejected"
            )

    def load_bank_statement(self, options) -> None:
        """What a file of a bank is, its content says, so it needs no map. A dry run needs no account of ours either."""

        def load(path: Path) -> keeping.Loaded:
            seen = self.seen(BankAccount.objects.all(), options)
            if options["dry_run"]:
                return keeping.look(path, seen=seen)
            return keeping.load(path, name=path.name, seen=seen, actor=SYSTEM)

        self.read(options, load, told_of_bank)

    def load_payment_status(self, options) -> None:
        """A bank's answer to a file of direct debits names that file, so it needs no map."""

        def load(path: Path) -> answers.Answered:
            seen = self.seen(BankAccount.objects.all(), options)
            return answers.load(path, name=path.name, seen=seen, actor=SYSTEM, keep=not options["dry_run"])

        self.read(
            options,
            load,
            lambda done: (
                f"{done.message_id}: {done.accepted} accepted, {done.rejected} rejected, {done.unchanged} unchanged"
            ),
        )

    def load_remittance(self, options) -> None:
        """What a file of remittance advice is, its content says; of a table the columns are guessed without a map."""

        def load(path: Path) -> remittances.Loaded:
            seen = LegalEntity.objects.all()
            if options["entity"]:
                seen = seen.filter(pk=self.entity(options["entity"], {}, []).pk)
            raw = mapping.read(Path(options["map"])) if options["map"] else None
            return remittances.load(path, name=path.name, seen=seen, actor=SYSTEM, raw=raw, dry_run=options["dry_run"])

        def told(loaded: remittances.Loaded) -> str:
            counts = f"{loaded.format}: {loaded.created} advices created, {loaded.unchanged} unchanged"
            return "\n".join([counts, *(f"{each.where}: {each.reason}" for each in loaded.refused)])

        self.read(options, load, told, refused_whole=remittances.refused_whole)

    def is_document(self, path: Path) -> bool:
        """Whether a file is XML or X12, and no table."""
        try:
            with path.open("rb") as file:
                return order_reading.may_be_one(file.read(200))
        except OSError as why:
            raise CommandError(str(why), returncode=REFUSED) from None

    def load_orders(self, options) -> None:
        """Orders that trading partners send say all by themselves, so they need no map."""

        def load(path: Path) -> order_documents.Loaded:
            return order_documents.load(path, entities=self.entities(options), actor=SYSTEM, dry_run=options["dry_run"])

        self.read(options, load, told_of_orders, refused_whole=order_documents.refused_whole)

    def load_despatches(self, options) -> None:
        """Despatch advices name the orders that they are of, so they need no map."""

        def load(path: Path) -> despatches.Loaded:
            return despatches.load(
                path,
                entities=self.entities(options),
                actor=SYSTEM,
                folder=settings.O2C_RUN_DIR / "imports",
                dry_run=options["dry_run"],
            )

        def told(loaded: despatches.Loaded) -> str:
            answer = loaded.as_json()
            counts = ", ".join(f"{answer[name]} {name}" for name in ("created", "updated", "unchanged", "rejected"))
            refused = [f"{each.where} {each.number}: {each.reason}" for each in loaded.refused]
            return "\n".join([f"{counts} lines", *refused, *loaded.notes])

        self.read(options, load, told, refused_whole=despatches.refused_whole)

    def entities(self, options) -> list[LegalEntity]:
        """Our legal entities that a document may be of."""
        if options["entity"]:
            return [self.entity(options["entity"], {}, [])]
        return list(LegalEntity.objects.order_by("code"))

    def is_einvoice(self, path: Path) -> bool:
        """Whether it is XML or a PDF, or a ZIP or folder of such."""
        try:
            return archives.is_archive(path) or may_be_one(path)
        except OSError as why:
            raise CommandError(str(why), returncode=REFUSED) from None

    def load_einvoices(self, options) -> None:
        """E-invoices that we sent say all by themselves, so they need no map; the first of all opens its seller."""
        path = options["file"]
        many = archives.is_archive(path)
        try:
            documents = archives.given(path)
            loaded = self.take(documents, options)
        except statements.Refused as why:
            documents, loaded = [], coming.Loaded((coming.Taken("", problems=(telling.problem_of(why),)),))
        for each in loaded.documents:
            for note in each.notes:
                self.stderr.write(note)
        if options["json"]:
            answer = loaded.as_json() if many else loaded.documents[0].as_json()
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            self.tell_of_einvoices(loaded)
        refused = loaded.refused
        if len(refused) == len(loaded.documents):
            problems = [telling.problem_in_words(problem) for each in refused for problem in each.problems]
            raise CommandError("\n".join([f"{path} is refused:", *problems[:100]]), returncode=REFUSED)

    def tell_of_einvoices(self, loaded: coming.Loaded) -> None:
        dry = " (dry run: nothing was kept)" if loaded.dry_run else ""
        for each in loaded.documents:
            if not each.problems:
                told = "issued" if each.created else "unchanged"
                self.stdout.write(f"{each.number} of {each.entity} to {each.customer}: {told}{dry}")
            elif each.name:
                problems = "; ".join(telling.problem_in_words(problem) for problem in each.problems)
                self.stdout.write(f"{each.name} is refused: {problems}")

    def take(self, documents: list[archives.Given], options) -> coming.Loaded:
        path, notes = options["file"], []
        first = next((each.read.invoice for each in documents if each.read and not each.read.refused), None)
        with transaction.atomic(), acting(SYSTEM):
            seen = LegalEntity.objects.all()
            if options["entity"]:
                try:
                    currency = {"currency": first.currency} if first else {}
                    seen = seen.filter(pk=self.entity(options["entity"], currency, notes).pk)
                except Refused as why:
                    raise CommandError(str(why), returncode=REFUSED) from None
            elif first and not seen.exists():
                seller = first.seller
                entity = open_entity(
                    code=FIRST_ENTITY,
                    name=seller.name[:200],
                    country=seller.address.country,
                    vat_id=seller.vat_id[:20],
                    base_currency=first.currency,
                    actor=SYSTEM,
                )
                notes.append(f"There was no legal entity yet: opened {entity.code}, {entity.name}.")
            loaded = coming.load(
                documents, seen=seen, actor=SYSTEM, file_name=path.name, sha256=archives.digest(path),
                folder=settings.O2C_RUN_DIR / "imports", dry_run=options["dry_run"],
            )  # fmt: skip
            if notes and (options["dry_run"] or not loaded.created + loaded.unchanged):
                transaction.set_rollback(True)
        for place, each in enumerate(loaded.documents):
            if notes and not each.problems:
                told = replace(each, notes=(*notes, *each.notes))
                return replace(loaded, documents=(*loaded.documents[:place], told, *loaded.documents[place + 1 :]))
        return loaded

    def seen(self, accounts, options):
        """Our accounts that a file may be of."""
        return accounts.filter(entity=self.entity(options["entity"], {}, [])) if options["entity"] else accounts

    def read(self, options, load, told, *, refused_whole=keeping.refused_whole) -> None:
        """Load a file that says by itself what it is, and answer. Exit code 2 where it is refused whole."""
        try:
            loaded = load(Path(options["file"]))
        except (Refused, OSError) as why:
            refused = statements.Refused("", str(why))
        except statements.Refused as why:
            refused = why
        else:
            if options["json"]:
                self.stdout.write(json.dumps(loaded.as_json(), indent=2))
            else:
                self.stdout.write(told(loaded))
                if options["dry_run"]:
                    self.stdout.write("Dry run: nothing was kept.")
            return
        if options["json"]:
            self.stdout.write(json.dumps(refused_whole(refused), indent=2))
        raise CommandError(str(refused), returncode=REFUSED)

    def load(self, options) -> Outcome:
        kind = KINDS[options["kind"]]
        raw = mapping.read(Path(options["map"]))
        notes: list[str] = []
        with transaction.atomic(), acting(SYSTEM):
            entity = self.entity(options["entity"], raw, notes)
            outcome = load(
                Order(
                    kind=kind,
                    path=Path(options["file"]),
                    map=raw,
                    owner=entity.code,
                    owner_id=entity.pk,
                    on=clock.today(entity.time_zone),
                    folder=settings.O2C_RUN_DIR / "imports",
                    complete=options["complete"],
                    dry_run=options["dry_run"],
                    beside=beside_of(options["beside"]),
                ),
                actor=SYSTEM,
            )
            if notes and options["dry_run"]:
                transaction.set_rollback(True)
        outcome.notes[:0] = notes
        return outcome

    def entity(self, code: str | None, raw: dict, notes: list[str]) -> LegalEntity:
        """The legal entity the rows belong to; the first load of all opens one."""
        there = {entity.code: entity for entity in LegalEntity.objects.order_by("code")}
        if not there:
            constant = raw.get("currency")
            currency = constant if isinstance(constant, str) and CODE.fullmatch(constant) else FIRST_CURRENCY
            code = code or FIRST_ENTITY
            entity = open_entity(code=code, name=code, country="", base_currency=currency, actor=SYSTEM)
            notes.append(f"There was no legal entity yet: opened {code}, which keeps its books in {currency}.")
            return entity
        if code:
            if code not in there:
                raise Refused(f"There is no legal entity {code}. There are: {', '.join(there)}.")
            return there[code]
        if len(there) > 1:
            raise Refused(f"Say which legal entity with --entity: {', '.join(there)}.")
        return next(iter(there.values()))


def beside_of(given: list[str]) -> dict[str, Path]:
    """The files beside the one that is loaded, as they are given: NAME=FILE. Raises Refused."""
    found = {}
    for each in given:
        name, equals, file = each.partition("=")
        if not (name and equals and file):
            raise Refused(f"--beside takes NAME=FILE, and not {each}.")
        if name in found:
            raise Refused(f"--beside gives two files {name}.")
        found[name] = Path(file)
    return found


def told_of_bank(loaded: keeping.Loaded) -> str:
    """What came of a file of a bank, for a person."""
    text = (
        f"{loaded.format}: {len(loaded.statements)} statements, {loaded.created} lines created,"
        f" {loaded.unchanged} unchanged"
    )
    wrong = [f"{each.account} {each.number}: opening and lines do not make the closing balance"
             for each in loaded.statements if each.arithmetic_ok is False]  # fmt: skip
    return "\n".join([text, *wrong, *(f"{each.where}: {each.reason}" for each in loaded.refused)])


def told_of_orders(loaded: order_documents.Loaded) -> str:
    """What came of a file of orders, for a person."""
    answer = loaded.as_json()
    counts = ", ".join(f"{answer[name]} {name}" for name in ("created", "updated", "unchanged", "rejected"))
    came = [
        f"{each.number} of {each.customer}: {each.order} {each.outcome}"
        + (f" ({', '.join(each.problems)})" if each.problems else "")
        for each in loaded.orders
    ]
    refused = [f"{each.where} {each.number}: {each.reason}" for each in loaded.refused]
    return "\n".join([f"{loaded.format}: {counts}", *came, *refused, *loaded.notes])


def told(outcome: Outcome) -> str:
    """The outcome in one or two lines, for a person."""
    text = (
        f"{outcome.rows} rows: {outcome.created} created, {outcome.updated} updated, {outcome.unchanged} unchanged,"
        f" {outcome.rejected} rejected"
    )
    if outcome.settled_as_absent:
        text += f"; {outcome.settled_as_absent} settled as absent"
    if outcome.dry_run:
        text += " (dry run: nothing was kept)"
    if outcome.errors_file:
        text += f"\n{outcome.rejected} rejected rows and {outcome.warnings} warnings in {outcome.errors_file}"
    return text
