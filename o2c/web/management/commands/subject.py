import json
import os
import zipfile
from pathlib import Path

from django.core.management.base import CommandError

from o2c.core.actors import SYSTEM
from o2c.core.audit import records
from o2c.core.commands import BookCommand
from o2c.web.privacy import subjects


class Command(BookCommand):
    help = "Export everything that is kept about a person, or erase what names them. The books stay."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["export", "erase"])
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--customer", help="Number of the customer.")
        who.add_argument("--email", help="Address of a contact.")
        parser.add_argument("--to", type=Path, help="File of the export: .json or .zip; else standard output.")
        parser.add_argument("--json", action="store_true", help="Answer as JSON.")

    def handle(self, *args, **options):
        try:
            found = subjects.customer(options["customer"]) if options["customer"] else subjects.person(options["email"])
            answer = subjects.export(found) if options["act"] == "export" else subjects.erase(found, actor=SYSTEM)
        except subjects.SubjectRefused as refused:
            raise CommandError(str(refused)) from None
        if options["act"] == "export":
            records.exported(
                "Everything about a person", actor=SYSTEM, customer_id=found.customer.pk if found.customer else None
            )
        if options["act"] == "export" and options["to"]:
            write(options["to"], json.dumps(answer, indent=2, ensure_ascii=False))
            answer = {"written": str(options["to"])}
        if options["json"] or options["act"] == "export":
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            for kind, count in answer.items():
                self.stdout.write(f"{kind}: {count}")


def write(target: Path, text: str) -> None:
    """A file that only its owner reads."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        if target.suffix == ".zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"{target.stem}.json", text)
        else:
            file.write(text.encode())
