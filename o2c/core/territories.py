"""Which countries are one territory for customs, or for value-added tax on goods."""

# The member states (article 5 of Council Directive 2006/112/EC), by ISO 3166.
UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# Monaco is France's, the Isle of Man the United Kingdom's (article 7); Monaco is in the customs territory of the
# Union (Regulation (EU) 952/2013, article 4), and Liechtenstein in Switzerland's.
TAXED_WITH = {"MC": "FR", "IM": "GB", "LI": "CH"}
CUSTOMS_WITH = TAXED_WITH | {"JE": "GB", "GG": "GB"}


def in_union(country: str) -> bool:
    return TAXED_WITH.get(country, country) in UNION


def same_tax(one: str, other: str) -> bool:
    """Whether what goes from one country to the other is taxed at home."""
    return TAXED_WITH.get(one, one) == TAXED_WITH.get(other, other)


def same_customs(one: str, other: str) -> bool:
    """Whether goods go from one country to the other without a customs declaration."""
    if in_union(one) and in_union(other):
        return True
    return CUSTOMS_WITH.get(one, one) == CUSTOMS_WITH.get(other, other)
