"""Finding what is meant by whatever is at hand: a name, a number, an e-mail address, an amount, a reference."""

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from o2c.core import typed
from o2c.core.models import User
from o2c.core.rights import may
from o2c.invoicing.bank import listing
from o2c.invoicing.models import BankLine, Invoice, OpenItem, Posting
from o2c.invoicing.models.invoices import REFERENCES
from o2c.orders.models import Contact, Customer

# Below it a trigram index cannot help, and too much would be found anyway.
SHORTEST_NUMBER = 3
MOST_BY_INVOICE = 200


def customers(user: User, text: str) -> QuerySet[Customer]:
    """Customers the user sees that fit the text; names that are merely alike only where nothing fits."""
    text = " ".join(text.split())
    seen = Customer.objects.for_user(user)
    if not text:
        return seen.none()
    fits = Q(name__icontains=text) | Q(number__icontains=text)
    compact = text.replace(" ", "")
    ids = set()
    if len(compact) >= SHORTEST_NUMBER:
        fits |= Q(vat_id__icontains=compact)
        ids.update(
            OpenItem.objects.for_user(user)
            .filter(numbered__number__icontains=text)
            .values_list("customer_id", flat=True)[:MOST_BY_INVOICE]
        )
        if "@" in text or "." in text:
            ids.update(
                Contact.objects.for_user(user)
                .filter(email__icontains=text)
                .values_list("customer_id", flat=True)[:MOST_BY_INVOICE]
            )
    found = seen.filter(fits | Q(pk__in=ids)).order_by("name", "pk")
    if len(compact) < SHORTEST_NUMBER or found.exists():
        return found
    loud = text.upper()
    return (
        seen.annotate(loud=Upper("name"))
        .filter(TrigramWordSimilar(Upper("name"), loud))
        .annotate(likeness=TrigramWordSimilarity(loud, Upper("name")))
        .order_by("-likeness", "name", "pk")
    )


def invoices(user: User, text: str, most: int = 8) -> list[Invoice]:
    """Invoices whose number or references have the text in them, the newest first; drafts have no number."""
    text = text.strip()
    if len(text) < SHORTEST_NUMBER:
        return []
    seen = Invoice.objects.for_user(user).alias(referred=REFERENCES)
    found = seen.filter(Q(number__icontains=text) | Q(referred__icontains=text)).select_related("customer", "entity")
    return list(found.defer("seller", "buyer", "agreed").order_by("-id")[:most])


def items(user: User, text: str, most: int = 8) -> list[OpenItem]:
    """Items whose number has the text in it, and where it is an amount those of that amount, each the newest first."""
    text = text.strip()
    seen = OpenItem.objects.for_user(user).select_related("customer", "entity").order_by("-id")
    found = list(seen.filter(numbered__number__icontains=text)[:most]) if len(text) >= SHORTEST_NUMBER else []
    if amounts := typed.amounts(text):
        # The ledger's lines are written once, so that an index of their amounts costs nothing when items are settled.
        either = [*amounts, *(-amount for amount in amounts)]
        booked = Posting.objects.filter(item__isnull=False, amount__in=either).values("item_id")
        found += seen.filter(pk__in=booked).exclude(pk__in=[item.pk for item in found])[: most - len(found)]
    return found


def payments(user: User, text: str, most: int = 8) -> list[BankLine]:
    """Bank lines of this amount, or that say this: a name, a reference; none for whoever may not see any."""
    text = text.strip()
    if len(text) < SHORTEST_NUMBER or not may(user, "bank.read"):
        return []
    return list(listing.lines(user, listing.Asked(show=listing.ALL, q=text))[:most])
