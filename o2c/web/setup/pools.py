"""What goes into a queue and how it gives that out, as it is typed and as the set-up file says it."""

from django import forms

from o2c.collections import pools
from o2c.collections.models import Queue, Task
from o2c.collections.pools import FACTS, Pool, PoolRefused, Query
from o2c.core.actors import Actor
from o2c.core.forms import Choices, ManyChoices
from o2c.orders.models import Account, LegalEntity

KEYS = ("gives", "pool")
POOL = ("place", *FACTS)


class WordsField(forms.CharField):
    """Words with commas between them."""

    def __init__(self, **kwargs):
        super().__init__(required=False, max_length=4000, **kwargs)

    def clean(self, value) -> tuple[str, ...]:
        return tuple(word.strip() for word in super().clean(value).split(",") if word.strip())


class PoolForm(forms.Form):
    """A queue: its query, its place among the pools, and how it gives its work out."""

    name = forms.CharField(label="Name", max_length=100)
    place = forms.IntegerField(
        label="Place among the pools", required=False, min_value=1, max_value=1000,
        help_text="A task that is nobody's goes to the first pool that it fits. Empty: this is no pool.",
    )  # fmt: skip
    entities = forms.MultipleChoiceField(label="Legal entities", required=False, widget=ManyChoices)
    segments = WordsField(label="Segments", help_text="With commas between them; empty: all.")
    countries = WordsField(label="Countries of customers", help_text="Two letters, such as DE, AT; empty: all.")
    languages = WordsField(label="Languages of customers", help_text="Such as de, fr; empty: all.")
    letters = WordsField(label="Names begin with", help_text="Such as A-K, SCH; empty: all.")
    kinds = forms.MultipleChoiceField(
        label="Kinds of tasks", required=False, choices=Task.Kind.choices, widget=ManyChoices
    )
    gives = forms.ChoiceField(
        label="Work is given out", choices=Queue.Gives.choices, widget=Choices,
        help_text="By itself only to members of its teams who see the legal entity and are there.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, queue: Queue, **kwargs):
        shown = vars(pools.written(queue)) | {"seen": pools.version(queue)}
        query = vars(shown.pop("query"))
        shown |= {name: ", ".join(query[name]) for name in ("segments", "countries", "languages", "letters")}
        shown |= {name: list(query[name]) for name in ("entities", "kinds")}
        super().__init__(data, initial=shown, **kwargs)
        codes = LegalEntity.objects.order_by("code").values_list("code", flat=True)
        self.fields["entities"].choices = [(code, code) for code in codes]
        used = Account.objects.exclude(segment="").values_list("segment", flat=True).distinct().order_by("segment")
        if known := list(used[:12]):
            self.fields["segments"].help_text = f"Such as {', '.join(known)}; empty: all."

    def wanted(self) -> Pool:
        """What was typed. Call it where the form is valid."""
        facts = self.cleaned_data
        return Pool(
            facts["name"], facts["place"], Query(**{name: tuple(facts[name]) for name in FACTS}), facts["gives"]
        )

    def checked(self) -> Pool | None:
        """What was typed, tidied; None where something is wrong with it, which the form then says."""
        if not self.is_valid():
            return None
        wanted = pools.tidied(self.wanted())
        try:
            pools.check(wanted)
        except PoolRefused as refused:
            self.add_error(refused.field or None, str(refused))
            return None
        return wanted


def export(queue: Queue) -> dict:
    """What the file says of a queue."""
    found = pools.written(queue)
    said = {"place": found.place} | {name: list(words) for name, words in vars(found.query).items()}
    return {"code": queue.code, "name": queue.name, "gives": queue.gives, "pool": said if found.place else None}


def apply(queue: Queue, told: dict, mapping, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring a queue to what the file says; whether anything was otherwise before, and each mistake with its name.

    What the file leaves out stays as it is, and `pool: null` makes it none. `mapping` says whether the names in an
    object are known, and writes down those that are not.
    """
    before = pools.written(queue)
    place, query = before.place, vars(before.query)
    if "pool" in told and told["pool"] is None:
        place, query = None, {}
    elif "pool" in told:
        if not mapping(told["pool"], POOL):
            return False, []
        place = told["pool"].get("place", place)
        if isinstance(place, bool) or not isinstance(place, int):
            return False, [("pool/place", "This is needed, and must be a number from 1.")]
        wrong = [name for name in FACTS if not _are_words(told["pool"].get(name, []))]
        if wrong:
            return False, [(f"pool/{name}", "This must be a list of texts.") for name in wrong]
        query = query | {name: tuple(told["pool"][name]) for name in FACTS if name in told["pool"]}
    gives = told.get("gives", before.gives)
    try:
        after = pools.change(queue, Pool(before.name, place, Query(**query), gives), actor=actor)
    except PoolRefused as refused:
        return False, [(refused.field if refused.field == "gives" else f"pool/{refused.field}", str(refused))]
    return pools.written(after) != before, []


def _are_words(said) -> bool:
    return isinstance(said, list) and all(isinstance(word, str) for word in said)
