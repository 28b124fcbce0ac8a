"""Whose a document is: our legal entity and the customer, by what parties say of themselves."""

import re
from collections.abc import Iterable, Sequence

from o2c.orders.documents.facts import Party
from o2c.orders.models import Customer, LegalEntity

# Whose number it is, as element 66 and as the interchange's element I05 of X12 say it, in ISO 6523 as Peppol does.
IN_PEPPOL = {"1": "0060", "01": "0060", "9": "0060", "UL": "0088", "08": "0088"}


class Nobodys(ValueError):
    """A document of which nobody can tell whose it is; the text says what it says of that."""


def seller_of(party: Party, entities: Sequence[LegalEntity]) -> LegalEntity:
    """Our legal entity that is meant: by Peppol address, VAT id or name; the only one, unless it has others.

    Raises Nobodys.
    """
    addresses, vat_id = _addresses(party), _plain(party.vat_id)
    found = [each for each in entities if each.peppol_address and each.peppol_address.casefold() in addresses]
    found = found or [each for each in entities if vat_id and _plain(each.vat_id) == vat_id]
    if not found:
        rest = [each for each in entities if not (vat_id and each.vat_id)]
        named = [each for each in rest if party.name and _plain(each.name) == _plain(party.name)]
        found = named or (rest if len(entities) == 1 else [])
    if len(found) != 1:
        codes = ", ".join(each.code for each in entities) or "none"
        raise Nobodys(f"The seller is {said_of(party)}, and of our legal entities ({codes}) not one.")
    return found[0]


class Customers:
    """Customers by what the parties of many documents say, found in one query."""

    def __init__(self, parties: Iterable[Party]):
        parties = list(parties)
        ids = sorted({number for party in parties for _, number in party.ids})
        addresses = sorted({address for party in parties for address in _addresses(party)})
        vat_ids = sorted({_plain(party.vat_id) for party in parties} - {""})
        names = sorted({_plain(party.name) for party in parties} - {""})
        self.by: dict[tuple[str, str], set[int]] = {}
        rows = Customer.objects.raw(FOUND, {"ids": ids, "addresses": addresses, "vat_ids": vat_ids, "names": names})
        self.customers = {customer.pk: customer for customer in rows}
        for each in self.customers.values():
            self._note("address", each.peppol_address.casefold(), each)
            self._note("vat", _plain(each.vat_id), each)
            self._note("number", each.number, each)
            self._note("key", each.external_id, each)
            self._note("name", _plain(each.name), each)

    def _note(self, what: str, value: str, customer: Customer) -> None:
        if value:
            self.by.setdefault((what, value), set()).add(customer.pk)

    def of(self, parties: Sequence[Party]) -> Customer:
        """The customer that the first of the parties is who is one: by Peppol address, VAT id, number or key in its
        source, and name, in this order. Raises Nobodys."""
        for party in parties:
            numbers = [number for _, number in party.ids]
            for what, values in (
                ("address", sorted(_addresses(party))), ("vat", [_plain(party.vat_id)]), ("number", numbers),
                ("key", numbers), ("name", [_plain(party.name)]),
            ):  # fmt: skip
                found = set().union(*(self.by.get((what, value), set()) for value in values))
                if len(found) > 1:
                    names = ", ".join(sorted(self.customers[pk].number for pk in found)[:3])
                    raise Nobodys(f"The buyer is {said_of(party)}, and that may be {names}.")
                if found:
                    return self.customers[found.pop()]
        said = "; ".join(dict.fromkeys(filter(None, map(said_of, parties)))) or "not named"
        raise Nobodys(f"The buyer is {said}, and that is no customer of whom we know the number, VAT id or address.")


FOUND = r"""
    SELECT c.* FROM orders_customer c
    WHERE c.number = ANY(%(ids)s) OR c.external_id = ANY(%(ids)s) AND c.external_id <> ''
        OR lower(c.peppol_address) = ANY(%(addresses)s)
        OR upper(regexp_replace(c.vat_id, '\W', '', 'g')) = ANY(%(vat_ids)s)
        OR upper(regexp_replace(c.name, '\W', '', 'g')) = ANY(%(names)s)
    ORDER BY c.id
"""


def said_of(party: Party) -> str:
    """What a party says of itself, in a few words."""
    ids = " ".join(f"{scheme}:{number}" if scheme else number for scheme, number in party.ids[:3])
    return " ".join(filter(None, (party.name, party.vat_id, ids)))


def _addresses(party: Party) -> set[str]:
    return {f"{IN_PEPPOL.get(scheme, scheme)}:{number}".casefold() for scheme, number in party.ids if scheme}


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text).upper()
