"""Invoices and credit notes at the command line: `manage.py invoice export`."""

import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.keeping import NoDocument, document_of


class Command(BaseCommand):
    help = "Write the document of an issued invoice or credit note to a file."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["export"])
        parser.add_argument("number", help="As it stands on the document.")
        parser.add_argument("--format", choices=["pdf"], default="pdf")
        parser.add_argument("--out", type=Path, help="Write to this file; else into this folder, named by the number.")
        parser.add_argument("--entity", help="Code of the legal entity, where several have such a number.")
        parser.add_argument("--kind", choices=Invoice.Kind.values, help="Where an invoice and a credit note have it.")

    def handle(self, *args, **options):
        invoice = find(options["number"], options["entity"], options["kind"])
        try:
            document = document_of(invoice)
        except NoDocument:
            raise CommandError(
                f"{invoice.number} was sent by {invoice.source or 'another system'}; there is no document of ours.",
                returncode=2,
            ) from None
        out = options["out"] or Path(document.name)
        records.exported(
            "Document",
            actor=Actor("manage.py invoice"),
            customer_id=invoice.customer_id,
            entity_ids=[invoice.entity_id],
            number=invoice.number,
            format=options["format"],
        )
        try:
            write(out, bytes(document.content))
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        self.stderr.write(f"{invoice.number} of {invoice.entity.code}: {out}, {len(document.content):,} bytes.")


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


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also over one that is there; with the rights that new files get."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
