"""Finding a customer by whatever is at hand: name, number, VAT id, an e-mail address, an invoice's number."""

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from o2c.core.models import User
from o2c.invoicing.models import Invoice, OpenItem
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
            .filter(number__icontains=text)
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
    """Invoices whose number has the text in it, the newest first; drafts have none."""
    text = text.strip()
    if len(text) < SHORTEST_NUMBER:
        return []
    found = Invoice.objects.for_user(user).filter(number__icontains=text).select_related("customer", "entity")
    return list(found.defer("seller", "buyer", "agreed").order_by("-id")[:most])


def items(user: User, text: str, most: int = 8) -> list[OpenItem]:
    """Items whose number has the text in it, the newest first."""
    text = text.strip()
    if len(text) < SHORTEST_NUMBER:
        return []
    found = OpenItem.objects.for_user(user).filter(number__icontains=text).select_related("customer", "entity")
    return list(found.order_by("-id")[:most])
