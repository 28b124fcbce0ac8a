"""Invoices and credit notes at the command line: `manage.py invoice export`, `issue`, `read` and `convert`."""

from json import dumps
from pathlib import Path

from django.core.management.base import CommandError

from o2c.core import outfiles
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.commands import BookCommand
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices import issued, telling
from o2c.invoicing.einvoices.read import NORM, PEPPOL, ReadInvoice
from o2c.invoicing.einvoices.read import read as read_invoice
from o2c.invoicing.einvoices.write import FORMATS, SUFFIXES
from o2c.invoicing.einvoices.write import write as write_invoice
from o2c.invoicing.invoices import runs
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import NoDocument, document_of
from o2c.orders.models import LegalEntity

COMMAND = Actor("manage.py invoice")
PDF = "pdf"
REFUSED = 2


class Command(BookCommand):
    help = (
        "Write an issued invoice or credit note to a file, issue the drafts that are ready, and read or convert"
        " e-invoices of anybody's."
    )

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="Write the document of a number to a file.")
        export.add_argument("number", help="As it stands on the document.")
        export.add_argument("--format", choices=[PDF, *FORMATS], default=PDF)
        export.add_argument("--out", type=Path, help="Write to this file; else into this folder, named by the number.")
        export.add_argument("--entity", help="Code of the legal entity, where several have such a number.")
        export.add_argument("--kind", choices=Invoice.Kind.values, help="Where an invoice and a credit note have it.")
        read = acts.add_parser("read", help="Read an e-invoice (UBL, CII, Factur-X) and check it; nothing is written.")
        read.add_argument("file", type=Path)
        read.add_argument("--json", action="store_true", help="Say it as JSON.")
        read.add_argument("--rules", choices=[NORM, PEPPOL], default=NORM, help="Whose rules it is held to.")
        convert = acts.add_parser("convert", help="Write an e-invoice in another syntax, if it breaks no rule.")
        convert.add_argument("file", type=Path)
        convert.add_argument("--to", required=True, choices=FORMATS)
        convert.add_argument("--out", required=True, type=Path)
        issue = acts.add_parser("issue", help="Issue every draft whose day has come; what breaks a rule stays a draft.")
        issue.add_argument("--entity", required=True, help="Code of the legal entity.")
        issue.add_argument("--json", action="store_true", help="Say it as JSON.")

    def handle(self, *args, act: str, **options):
        return getattr(self, act)(**options)

    def read(self, *, file: Path, json: bool, rules: str, **options) -> None:
        try:
            found = opened(file, by=rules)
        except Refused as refused:
            if json:
                self.stdout.write(dumps(telling.refused_whole(refused), indent=2, ensure_ascii=False))
            raise CommandError(str(refused), returncode=REFUSED) from None
        if json:
            self.stdout.write(dumps(telling.as_json(found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(telling.in_words(found))
        self.refuse(found, file, told=json)
        for place in found.left_out:
            self.stderr.write(f"Not read, since EN 16931 has no term for it: {place}")

    def refuse(self, found: ReadInvoice, file: Path, *, told: bool = False) -> None:
        """Stop at an invoice that breaks rules, with 2 as the exit code."""
        if found.refused:
            problems = [] if told else [telling.problem_in_words(each) for each in found.problems]
            text = f"{file} is refused: {len(found.problems)} problems."
            raise CommandError("\n".join([text, *problems]), returncode=REFUSED)

    def convert(self, *, file: Path, to: str, out: Path, **options) -> None:
        try:
            found = opened(file)
        except Refused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        self.refuse(found, file)
        content = write_invoice(found.invoice, to)
        try:
            with outfiles.whole(out) as file:
                file.write(content)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        for place in found.left_out:
            self.stderr.write(f"Left out, since EN 16931 has no term for it: {place}")
        self.stderr.write(f"{found.invoice.number}: {out}, {len(content):,} bytes.")

    def issue(self, *, entity: str, json: bool, **options) -> None:
        owner = LegalEntity.objects.filter(code=entity).first()
        if owner is None:
            raise CommandError(f"There is no legal entity {entity}.", returncode=2)
        issued, refused = 0, {}
        for done in runs.issue_drafts(owner, actor=COMMAND):
            issued += len(done.numbers)
            refused |= done.refused
        faults = [
            {"invoice": pk, "where": fault.pointer, "rule": fault.code, "text": fault.text}
            for pk, found in sorted(refused.items())
            for fault in found
        ]
        if json:
            self.stdout.write(dumps({"issued": issued, "refused": faults}, indent=2))
            return
        self.stdout.write(f"{issued} issued, {len(refused)} left as drafts.")
        for fault in faults:
            self.stdout.write(f"draft {fault['invoice']} {fault['where']}: {fault['text']} ({fault['rule']})")

    def export(self, **options) -> None:
        invoice = find(options["number"], options["entity"], options["kind"])
        form = options["format"]
        try:
            document = document_of(invoice)
            content = bytes(document.content) if form == PDF else issued.exported(invoice, form)
        except issued.NotWritten as broken:
            told = [telling.problem_in_words(each) for each in broken.problems]
            text = f"{invoice.number} would be refused as an e-invoice:"
            raise CommandError("\n".join([text, *told]), returncode=REFUSED) from None
        except NoDocument:
            raise CommandError(
                f"{invoice.number} was sent by {invoice.source or 'another system'}; there is no document of ours.",
                returncode=2,
            ) from None
        out = options["out"] or Path(document.name).with_suffix(SUFFIXES.get(form, ".pdf"))
        records.exported(
            "Document",
            actor=COMMAND,
            customer_id=invoice.customer_id,
            entity_ids=[invoice.entity_id],
            number=invoice.number,
            format=form,
        )
        try:
            with outfiles.whole(out) as file:
                file.write(content)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        self.stderr.write(f"{invoice.number} of {invoice.entity.code}: {out}, {len(content):,} bytes.")


def opened(file: Path, *, by: str = NORM) -> ReadInvoice:
    """The e-invoice in a file. Raises CommandError, with 1 as the exit code, where the file cannot be opened."""
    try:
        return read_invoice(file, by=by)
    except OSError as error:
        raise CommandError(f"{file} cannot be opened: {error.strerror}.") from None


def find(number: str, entity: str | None, kind: str | None) -> Invoice:
    """The issued invoice of a number. Raises CommandError, with 2 as the exit code, where that is none or not one."""
    found = Invoice.objects.filter(number=number).exclude(state=Invoice.State.DRAFT).select_related("entity")
    if entity:
        found = found.filter(entity__code=entity)
    if kind:
        found = found.filter(kind=kind)
    invoices = list(found.order_by("entity__code", "kind")[:20])
    if not invoices:
        of = f" of {entity}" if entity else ""
        raise CommandError(
            f"There is no issued invoice or credit note {number}{of}. Drafts have no number yet.", returncode=2
        )
    codes = sorted({invoice.entity.code for invoice in invoices})
    if len(codes) > 1:
        raise CommandError(f"{number} is a number of {', '.join(codes)}: name one by --entity.", returncode=2)
    if len(invoices) > 1:
        raise CommandError(f"{number} is an invoice and a credit note: name one by --kind.", returncode=2)
    return invoices[0]
