"""`manage.py load remittance`: its answer."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from o2c.invoicing.models import RemittanceAdvice
from tests.invoicing.remittances.samples import CSV, REMADV, UBL, X12


def run(path, *more: str) -> tuple[dict, int]:
    out = io.StringIO()
    try:
        call_command("load", "remittance", str(path), "--json", *more, stdout=out, stderr=io.StringIO())
    except CommandError as refused:
        return json.loads(out.getvalue()), refused.returncode
    return json.loads(out.getvalue()), 0


@pytest.mark.parametrize(
    ("content", "format", "count"),
    [(CSV, "csv", 2), (UBL.encode(), "ubl", 1), (X12, "x12.820", 1), (REMADV, "edifact.remadv", 1)],
)
def test_each_format_again_and_dry(given, tmp_path, content, format, count):
    given.entity()
    given.entity("GB1", currency="GBP", name="Elsewhere Ltd")
    path = tmp_path / "advice"
    path.write_bytes(content)
    told, ended = run(path, "--dry-run", "--entity", "DE1")
    assert (ended, told["created"], RemittanceAdvice.objects.count()) == (0, count, 0)
    told, ended = run(path, "--entity", "DE1")
    assert (ended, told["format"], told["created"], told["unchanged"], told["refused"]) == (0, format, count, 0, [])
    assert set(told) == {"format", "remittances", "created", "unchanged", "refused"}
    assert {each["entity"] for each in told["remittances"]} == {"DE1"}
    again, _ = run(path, "--entity", "DE1")
    assert (again["created"], again["unchanged"]) == (0, count)
    assert RemittanceAdvice.objects.count() == count


def test_what_is_refused(given, tmp_path):
    given.entity()
    path = tmp_path / "advice"
    path.write_bytes(UBL.encode()[:-50])
    told, ended = run(path)
    assert (ended, told["created"], told["remittances"]) == (2, 0, [])
    assert "cut off" in told["refused"][0]["reason"]
    path.write_bytes(CSV)
    assert run(path, "--entity", "XX")[1] == 2
    assert run(tmp_path / "missing")[1] == 2


def test_a_map_says_what_cannot_be_guessed(given, tmp_path):
    given.entity()
    path, how = tmp_path / "advice.csv", tmp_path / "map.json"
    path.write_text("a,b\nX-10001,12.50\n")
    assert run(path)[1] == 2
    how.write_text(json.dumps({"columns": {"document": "a", "paid": "b"}, "currency": "EUR"}))
    told, ended = run(path, "--map", str(how))
    assert (ended, told["remittances"][0]["total"]) == (0, {"amount": "12.50", "currency": "EUR"})
