"""What notices say, in the browser: the wordings of each legal entity, written beside what a customer would get."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info
from django.views.decorators.http import require_POST, require_safe

from o2c.collections import texts, wordings
from o2c.collections.letters import Words
from o2c.collections.models import DunningLevel, Inquiry, Notice, Wording
from o2c.collections.texts import Text
from o2c.collections.wordings import WordingRefused
from o2c.core import segments
from o2c.core.actors import Actor
from o2c.core.rights import may, needs
from o2c.core.states import LostRace
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Customer, LegalEntity

LOST = "Somebody else has changed this wording meanwhile. What you wrote is still below: compare it, and save it again."


class WordingForm(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput, required=False)
    subject = forms.CharField(label="Subject", max_length=texts.LONGEST_SUBJECT)
    opening = forms.CharField(
        label="Before the items",
        max_length=texts.LONGEST_PART,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="An empty line begins a paragraph. One that names a field without a value is left out.",
    )
    closing = forms.CharField(
        label="After the items",
        max_length=texts.LONGEST_PART,
        widget=forms.Textarea(attrs={"rows": 7}),
        required=False,
        help_text="How to pay, whom to ask and who writes follow by themselves.",
    )
    sms = forms.CharField(
        label="As an SMS",
        max_length=texts.LONGEST_SMS,
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="Alone, for levels that go as one: at most three messages. A line that names a field without a value "
        "is left out. Empty: the standard one.",
    )
    customer = forms.CharField(label="Shown for customer", max_length=40, required=False)

    def __init__(self, *args, name: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.allowed = texts.fields_of(name)
        if texts.is_answer(name):
            del self.fields["closing"], self.fields["sms"]
            self.fields["opening"].label = "Text"
            self.fields["opening"].widget.attrs["rows"] = 16

    def text(self) -> Text:
        parts = ("subject", "opening", "closing", "sms")
        return Text(*(self.cleaned_data.get(part, "").replace("\r\n", "\n") for part in parts))

    def clean(self):
        facts = super().clean()
        for part, wrong in self.text().faults(self.allowed):
            if part not in self.errors and part in self.fields:
                self.add_error(part, wrong)
        return facts

    @property
    def seen(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["version"])
        except ValueError:
            return None


@needs("book.read")
@require_safe
def wording_list(request: HttpRequest) -> HttpResponse:
    """Each wording in each language: the standard one, or the legal entity's own."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    asked = request.GET.get("entity")
    entity = next((each for each in entities if each.code == asked), entities[0] if entities else None)
    own = {(each.name, each.language): each for each in Wording.objects.filter(entity=entity)}
    levels: dict[str, dict[str, int]] = {}
    used = DunningLevel.objects.exclude(policy__activated_at=None).order_by("days_past_due")
    for template, name, days in used.values_list("template", "name", "days_past_due"):
        levels.setdefault(template, {}).setdefault(name, days)
    context = {
        "entity": entity,
        "entities": entities,
        "languages": [_called(language) for language in texts.LANGUAGES],
        "rows": [
            {
                "name": name,
                "title": _title(name),
                "is_answer": texts.is_answer(name),
                "levels": list(levels.get(name, ())),
                "cells": [
                    {
                        "language": language,
                        "own": own.get((name, language)),
                        "subject": _text(own.get((name, language)), language, name).subject,
                    }
                    for language in texts.LANGUAGES
                ],
            }
            for name in [*_by_level(levels), *texts.answers()]
        ],
    }
    return render(request, "collections/wordings.html", context)


@needs("book.read")
@require_safe
def wording(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    """One wording beside the notice that a customer would get by it; what is typed shows there at once."""
    about = _about(request, pk, name, language)
    entity, standing, own = about["entity"], about["standing"], about["own"]
    customer = _customer(request, entity, language)
    form = WordingForm(
        name=name,
        initial={
            "version": own.updated_at.isoformat() if own else "",
            "subject": standing.subject,
            "opening": standing.opening,
            "closing": standing.closing,
            "sms": standing.sms,
            "customer": customer.number if customer else "",
        },
    )
    words = wordings.preview(entity, customer, name, language, standing) if customer else None
    context = about | {"form": form, "customer": customer} | _counted(words)
    return render(request, "collections/wording.html", context)


@needs("book.read")
@require_POST
def try_wording(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    """The notice by what is typed; nothing is kept."""
    about, form = _about(request, pk, name, language), WordingForm(request.POST, name=name)
    form.is_valid()
    return render(request, "collections/wording_live.html", about | _shown(request, about, form))


@needs("policies.edit")
@require_POST
def save_wording(request: HttpRequest, pk: int, name: str, language: str) -> HttpResponse:
    about, form = _about(request, pk, name, language), WordingForm(request.POST, name=name)
    entity, own = about["entity"], about["own"]
    to_standard = request.POST.get("act") == "standard"
    if form.is_valid() and not to_standard:
        _shown(request, about, form)  # says what is wrong for the customer that it is shown for
    if form.is_valid() or to_standard:
        text = texts.standard(language, name) if to_standard else form.text()
        try:
            wordings.save(entity, name, language, text, actor=Actor.of(request.user), seen=form.seen)
        except LostRace:
            form.data = form.data.copy()
            form.data["version"] = own.updated_at.isoformat() if own else ""
            form.add_error(None, LOST)
        except WordingRefused as refused:
            for part, wrong in refused.faults:
                form.add_error(part, wrong)
        else:
            messages.success(request, f"{_title(name)} in {_called(language)} is saved.")
            return redirect(f"{reverse('wordings')}?entity={entity.code}")
    context = about | {"form": form} | _shown(request, about, form)
    return render(request, "collections/wording.html", context, status=422)


def _about(request: HttpRequest, pk: int, name: str, language: str) -> dict:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    if language not in texts.LANGUAGES or name not in [*texts.names(), *texts.answers()]:
        raise Http404
    standing, own = wordings.text_of(entity, name, language)
    return {
        "entity": entity, "name": name, "language": language, "called": _called(language), "standing": standing,
        "own": own, "title": _title(name), "is_answer": texts.is_answer(name), "fields": texts.fields_of(name),
        "may_edit": may(request.user, "policies.edit"),
    }  # fmt: skip


def _shown(request: HttpRequest, about: dict, form: WordingForm) -> dict:
    """The notice by what is typed, if it can be sent so; else what keeps it from that."""
    number = form.cleaned_data.get("customer", "").strip()
    customer = Customer.objects.for_user(request.user).filter(accounts__entity=about["entity"], number=number).first()
    if customer is None:
        return {"customer": None, "unknown": number}
    faults = [wrong for errors in form.errors.values() for wrong in errors]
    if faults:
        return {"customer": customer, "faults": faults}
    words = wordings.preview(about["entity"], customer, about["name"], about["language"], form.text())
    faults = wordings.too_long(words) if words and not about["is_answer"] else []
    for part, wrong in faults:
        form.add_error(part, wrong)
    return {"customer": customer, "too_long": [wrong for _, wrong in faults]} | _counted(words)


def _counted(words: Words | None) -> dict:
    """The notice, and how many text messages it is as one."""
    return {"words": words, "sms_count": segments.count(words.sms) if words else 0, "most": segments.MOST}


def _customer(request: HttpRequest, entity: LegalEntity, language: str) -> Customer | None:
    """Somebody to show it for: whoever got the newest notice, in this language if anybody did."""
    notices = Notice.objects.filter(entity=entity).order_by("-pk").select_related("customer")
    notice = notices.filter(customer__language__startswith=language).first() or notices.first()
    if notice is not None:
        return notice.customer
    item = (
        OpenItem.objects.filter(entity=entity, open_amount__gt=0).order_by("due_on").select_related("customer").first()
    )
    return item.customer if item else None


def _by_level(levels: dict[str, dict[str, int]]) -> list[str]:
    """The wordings of notices, as they follow each other."""
    return sorted(texts.names(), key=lambda name: min(levels.get(name, {}).values(), default=9999))


def _title(name: str) -> str:
    if texts.is_answer(name):
        return f"Answer: {Inquiry.Kind(name.removeprefix(texts.ANSWER)).label.lower()}"
    return name.capitalize()


def _text(own: Wording | None, language: str, name: str) -> Text:
    return own.as_text() if own else texts.standard(language, name)


def _called(language: str) -> str:
    return get_language_info(language)["name"]
