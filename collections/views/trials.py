"""Trials of two policies in the browser: begun, ended, and what they have shown by now."""

from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import policies, policy_choices, trial_figures, trials
from o2c.collections.models import DunningPolicy, Trial
from o2c.collections.trial_figures import Arm, Figures
from o2c.collections.trials import TrialRefused
from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.forms import DayField
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
WIDTH, HEIGHT = 720, 180
USUAL_SHARE, USUAL_DAYS = 50, 90


class TrialForm(forms.Form):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    champion = forms.ChoiceField(label="Champion", help_text="The policy that its customers are chased by.")
    challenger = forms.ChoiceField(label="Challenger", help_text="The one that is tried.")
    share = forms.IntegerField(
        label="Share of the challenger, in percent", min_value=1, max_value=99, help_text="Of who pays, by chance."
    )
    first_on = DayField(label="From", help_text="What comes due from this day on takes part.")
    until = DayField(label="Until", help_text="The day on which it is decided. It may be ended before.")

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].empty_label = None
        codes = [(code, code) for code in policy_choices.usable()]
        for arm in ("champion", "challenger"):
            self.fields[arm].choices = codes


class EndForm(forms.Form):
    concluded = forms.CharField(label="What came of it?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ShownForm(forms.Form):
    as_of = DayField(label="As known on")
    horizon = forms.TypedChoiceField(
        label="Horizon", coerce=int, choices=[(days, f"{days} days past due") for days in trial_figures.HORIZONS]
    )

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_as_of(self):
        if self.cleaned_data["as_of"] > self.today:
            raise forms.ValidationError("That day is still to come.")
        return self.cleaned_data["as_of"]


@needs("book.read")
@require_safe
def trial_list(request: HttpRequest) -> HttpResponse:
    rows = Trial.objects.for_user(request.user).select_related("entity").order_by("-first_on", "-pk")
    page = cut(rows, request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, row.state_on(clock.today(row.entity.time_zone))) for row in page],
        "could": len(policy_choices.usable()) > 1,
    }
    return render(request, "collections/trials.html", context)


@needs("policies.activate")
@require_http_methods(FORM)
def new_trial(request: HttpRequest) -> HttpResponse:
    entities = LegalEntity.objects.for_user(request.user).exclude(dunning=None).order_by("code")
    usual = entities.values_list("dunning__policy", flat=True).first()
    first = policies.next_day()
    form = TrialForm(
        request.POST if request.method == "POST" else None,
        entities=entities,
        initial={
            "champion": usual,
            "challenger": next((code for code in policy_choices.usable() if code != usual), None),
            "share": USUAL_SHARE,
            "first_on": first,
            "until": first + timedelta(days=USUAL_DAYS - 1),
        },
    )

    def act(*, entity: LegalEntity, **facts) -> str:
        made = trials.begin(entity, **facts, actor=Actor.of(request.user))
        return f"{made.share} % of whom {made.champion} chases are chased by {made.challenger} from then on."

    return act_by_form(
        request,
        form,
        act,
        refusals=(TrialRefused,),
        back=reverse("trials"),
        heading="Try a policy on a share of the customers",
        about="Chance puts every payer, with the customers that it pays for, into one of two arms, and keeps it there."
        " What comes due while the trial lasts is chased by the arm's policy; what was begun before goes on as it was.",
        action="Begin",
    )


@needs("book.read")
@require_safe
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """What it has shown by a day, and whether that can be told from chance."""
    found = get_object_or_404(Trial.objects.for_user(request.user).select_related("entity"), pk=pk)
    today = clock.today(found.entity.time_zone)
    usual = {"as_of": today.isoformat(), "horizon": trial_figures.USUAL_HORIZON}
    form = ShownForm(usual | {name: value for name, value in request.GET.items() if value}, today=today)
    context = {
        "trial": found,
        "state": found.state_on(today),
        "can_end": found.ended_on is None and found.until > today,
        "form": form,
        "arms": [(arm, _version(code, today)) for arm, code in _codes(found)],
    }
    if form.is_valid():
        figures = trial_figures.of(found, form.cleaned_data["as_of"], form.cleaned_data["horizon"])
        context |= {
            "figures": figures,
            "begun": figures.as_of >= found.first_on,
            "verdict": trial_figures.verdict(figures),
            "rows": _rows(figures),
            "curves": _curves(figures),
            "table": _table(figures),
            "width": WIDTH,
            "height": HEIGHT,
        }
    return render(request, "collections/trial.html", context)


@needs("policies.activate")
@require_http_methods(FORM)
def end_trial(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trial.objects.for_user(request.user).select_related("entity"), pk=pk)
    form = EndForm(request.POST if request.method == "POST" else None)

    def act(*, concluded: str) -> str:
        ended = trials.end(found, concluded=concluded, actor=Actor.of(request.user))
        return f"From {formats.day(ended.ended_on)} on all are chased by {ended.champion} again."

    return act_by_form(
        request,
        form,
        act,
        refusals=(TrialRefused,),
        back=reverse("trial", args=[pk]),
        heading="End the trial?",
        about=f"From tomorrow on all are chased by {found.champion}, also of what the challenger has begun. Where the"
        " challenger has won, let its rules be the next version of that policy.",
        action="End it",
    )


def _codes(found: Trial) -> list[tuple[str, str]]:
    return [(trial_figures.CHAMPION, found.champion), (trial_figures.CHALLENGER, found.challenger)]


def _version(code: str, day: date) -> DunningPolicy | None:
    return policies.in_force(code, day) or DunningPolicy.objects.filter(code=code).order_by("-version").first()


# --- Rows and lines


def _rows(figures: Figures) -> list[dict]:
    """Each figure of both arms, with their difference."""
    days, share = f"at most {figures.horizon}", f"within {figures.horizon} days"
    return [
        _row(figures, "days", trial_figures.BY_ITEM, f"Days to pay, {days}", "each invoice counts the same"),
        _row(figures, "days", trial_figures.BY_AMOUNT, f"Days to pay, {days}", "by amount"),
        _row(figures, "share", trial_figures.BY_AMOUNT, f"Recovered {share}", "of the amount"),
        _row(figures, "share", trial_figures.BY_ITEM, f"Paid {share}", "of the invoices"),
    ]


def _row(figures: Figures, of: str, measure: str, name: str, more: str) -> dict:
    found = getattr(figures, of)(measure)
    times, points = (100, " points") if of == "share" else (1, "")

    def said(value: float) -> str:
        return formats.number(value * times, 1) + (" %" if of == "share" else "")

    def apart(value: float) -> str:
        return ("+" if value * times >= 0.05 else "") + formats.number(value * times, 1)

    estimates = [getattr(arm, of).get(measure) if arm.reached else None for arm in figures.arms]
    good = found is not None and found.is_told and (found.value < 0) == (of == "days")
    return {
        "name": name,
        "more": more,
        "values": [said(each.value) if each else "–" for each in estimates],
        "difference": f"{apart(found.value)}{points}" if found else "–",
        "between": f"{apart(found.low)} to {apart(found.high)}{points}" if found else "",
        "told": found is not None and found.is_told,
        "good": good,
    }


def _curves(figures: Figures) -> list[dict]:
    """The share of invoices that is open after each day past due, as steps."""
    step = WIDTH / (figures.horizon + 1)
    return [
        {
            "arm": arm,
            "path": " ".join(
                f"{'L' if day else 'M'}{day * step:.1f} {HEIGHT * (1 - share):.1f} H{(day + 1) * step:.1f}"
                for day, share in enumerate(_known(figures, arm))
            ),
        }
        for arm in figures.arms
        if arm.items
    ]


def _known(figures: Figures, arm: Arm) -> list[float]:
    """As far as something has been due so long."""
    seen = (figures.last_on - arm.first_due).days if arm.first_due else -1
    return arm.open.get(trial_figures.BY_ITEM, [])[: max(seen, -1) + 1]


def _table(figures: Figures) -> list[tuple[int, list[str]]]:
    days = sorted({*range(0, figures.horizon + 1, 7), figures.horizon})
    known = [_known(figures, arm) for arm in figures.arms]
    return [
        (day, [f"{formats.number(100 * open[day], 1)} %" if day < len(open) else "–" for open in known])
        for day in days
        if any(day < len(open) for open in known)
    ]
