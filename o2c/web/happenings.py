"""What happened with a customer, in words: how the timeline reads."""

from dataclasses import dataclass

from django.urls import reverse

from o2c.collections import reasons
from o2c.collections.models import Activity, Dispute, IncomingMail, Inquiry, InquiryAnswer, Task
from o2c.core import formats
from o2c.invoicing.models import OpenItem, Receipt
from o2c.web.timeline import Happening

ICONS = {
    "item": "list",
    "receipt": "cash",
    "allocation": "check",
    "notice": "mail",
    "task": "inbox",
    "activity": "note",
    "mail": "mail",
    "promise": "hand",
    "promise_withdrawn": "hand",
    "plan": "hand",
    "plan_withdrawn": "hand",
    "dispute": "flag",
    "dispute_closed": "flag",
    "inquiry": "inbox",
    "inquiry_answered": "mail",
    "hold": "pause",
    "placement": "out",
    "placement_ended": "out",
}
ACTIVITY_ICONS = {"call": "phone", "note": "note", "snooze": "clock", "done": "check", "hold": "pause"}
PLAN_STATES = {"active": "running", "kept": "kept", "broken": "broken", "withdrawn": "withdrawn later"}
PROMISE_STATES = {
    "open": "stands",
    "kept": "kept",
    "partly_kept": "kept in part",
    "broken": "broken",
    "withdrawn": "withdrawn later",
}


@dataclass(frozen=True)
class Told:
    """One line of the timeline."""

    happening: Happening
    icon: str
    title: str
    text: str = ""
    href: str = ""
    tone: str = ""


def tell(happening: Happening) -> Told:
    told = TELLERS[happening.kind](happening)
    return Told(happening, told.pop("icon", ICONS[happening.kind]), **told)


def _sum(it: Happening) -> str:
    return f"{formats.amount(it.amount, it.currency)} {it.currency}"


def _item(it: Happening) -> dict:
    ends = {"settled": ", settled", "partly_settled": ", partly settled"}
    return {
        "title": f"{OpenItem.Kind(it.detail).label} {it.number}: {_sum(it)}{ends.get(it.state, '')}",
        "text": formats.sentence(it.text),
        "href": reverse("item", args=[it.id]),
    }


def _receipt(it: Happening) -> dict:
    return {
        "title": f"Received {_sum(it)} {it.number}{', reversed later' if it.state == 'reversed' else ''}",
        "text": " · ".join(part for part in (Receipt.Method(it.detail).label, it.text) if part),
        "href": reverse("receipt", args=[it.id]),
        "tone": "good",
    }


def _allocation(it: Happening) -> dict:
    if it.detail == "undone":
        return {"title": f"Undone: {_sum(it)} of {it.number}", "tone": "late"}
    return {"title": f"{_sum(it)} of {it.number} settled"}


def _notice(it: Happening) -> dict:
    if it.state == "cancelled":
        return {"title": f"Notice left out: {_sum(it)}", "text": reasons.title(it.text), "href": _notice_href(it)}
    title = f"Notice of {it.detail}: {_sum(it)} in {it.number} item{'' if it.number == '1' else 's'}"
    states = {"sent": "sent to", "spooled": "spooled for", "queued": "queued for", "refused": "refused by"}
    text = f"{states.get(it.state, it.state)} {it.text}".strip()
    return {"title": title, "text": text, "href": _notice_href(it), "tone": "bad" if it.state == "refused" else ""}


def _notice_href(it: Happening) -> str:
    return reverse("notice", args=[it.id])


def _task(it: Happening) -> dict:
    return {
        "title": f"Task: {Task.Kind(it.detail).label.lower()}, {it.state}",
        "text": formats.sentence(it.text),
        "href": reverse("task", args=[it.id]),
    }


def _activity(it: Happening) -> dict:
    title = Activity.Kind(it.detail).label
    if it.state in Activity.Outcome:
        title = f"{title}: {Activity.Outcome(it.state).label.lower()}"
    return {"title": title, "text": it.text, "icon": ACTIVITY_ICONS.get(it.detail, "note")}


def _mail(it: Happening) -> dict:
    title = "Mail" if it.detail == IncomingMail.Kind.LETTER else IncomingMail.Kind(it.detail).label
    return {"title": title, "text": it.text, "href": reverse("mail", args=[it.id])}


def _promise(it: Happening) -> dict:
    return {
        "title": f"Promised {_sum(it)} {formats.sentence(it.detail)}, {PROMISE_STATES.get(it.state, it.state)}",
        "tone": "late" if it.state in ("broken", "partly_kept") else "",
    }


def _promise_withdrawn(it: Happening) -> dict:
    return {"title": f"Promise of {_sum(it)} {formats.sentence(it.detail)} withdrawn"}


def _plan(it: Happening) -> dict:
    return {
        "title": f"Payment plan of {_sum(it)} {formats.sentence(it.detail)}, {PLAN_STATES.get(it.state, it.state)}",
        "text": it.text,
        "href": reverse("plan", args=[it.id]),
        "tone": "late" if it.state == "broken" else "",
    }


def _plan_withdrawn(it: Happening) -> dict:
    return {
        "title": f"Payment plan of {_sum(it)} {formats.sentence(it.detail)} withdrawn",
        "text": it.text,
        "href": reverse("plan", args=[it.id]),
    }


def _dispute(it: Happening) -> dict:
    return {
        "title": f"{it.number} disputed",
        "text": it.text,
        "href": reverse("dispute", args=[it.id]),
        "tone": "warn",
    }


def _dispute_closed(it: Happening) -> dict:
    how = f": {Dispute.Resolution(it.detail).label.lower()}" if it.detail else ""
    href = reverse("dispute", args=[it.id])
    return {"title": f"Dispute of {it.number} closed{how}", "text": it.text, "href": href}


def _inquiry(it: Happening) -> dict:
    title = f"Asked: {Inquiry.Kind(it.detail).label.lower()}, {Inquiry.State(it.state).label.lower()}"
    return {"title": title, "text": it.text, "href": reverse("inquiry", args=[it.id])}


def _inquiry_answered(it: Happening) -> dict:
    how = InquiryAnswer.How(it.detail).label.lower()
    return {"title": f"Answered {how}", "text": it.text, "href": reverse("inquiry", args=[it.id]), "tone": "good"}


def _hold(it: Happening) -> dict:
    return {"title": f"{it.number or 'Everything'} on hold {formats.sentence(it.detail)}", "text": it.text}


def _placement(it: Happening) -> dict:
    return {
        "title": f"{_sum(it)} handed over to {it.number}",
        "text": it.text,
        "href": reverse("placement", args=[it.id]),
        "tone": "warn",
    }


def _placement_ended(it: Happening) -> dict:
    ends = {"recalled": "Recalled from", "returned": "Given back by", "closed": "Closed with"}
    return {"title": f"{ends[it.state]} {it.number}", "text": it.text, "href": reverse("placement", args=[it.id])}


TELLERS = {
    "item": _item,
    "receipt": _receipt,
    "allocation": _allocation,
    "notice": _notice,
    "task": _task,
    "activity": _activity,
    "mail": _mail,
    "promise": _promise,
    "promise_withdrawn": _promise_withdrawn,
    "plan": _plan,
    "plan_withdrawn": _plan_withdrawn,
    "dispute": _dispute,
    "dispute_closed": _dispute_closed,
    "inquiry": _inquiry,
    "inquiry_answered": _inquiry_answered,
    "hold": _hold,
    "placement": _placement,
    "placement_ended": _placement_ended,
}
