"""What the style guide shows: one example of everything a page can be made of."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.agreement.calibration import Bin, calibration_error
from annotation.agreement.intervals import wilson
from annotation.queries.probes import Probe, figures_of
from annotation.queries.sureness import Sureness
from annotation.views.quality_charts import accuracy_plot, sureness_plot


class ExampleForm(forms.Form):
    title = forms.CharField(label=_("Title"), help_text=_("Annotators see this first."), max_length=80)
    price = forms.DecimalField(
        label=_("Price per answer"), help_text=_("In TEST. Fixed when an annotator takes the item."), min_value=0
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("en", _("English")), ("fr", _("French")), ("ja", _("Japanese"))]
    )
    note = forms.CharField(label=_("Note to reviewers"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    overlap = forms.ChoiceField(
        label=_("Answers per item"),
        choices=[("1", _("One")), ("3", _("Three")), ("5", _("Five"))],
        widget=forms.RadioSelect,
    )
    gold = forms.BooleanField(
        label=_("Mix in gold items"), required=False, help_text=_("Known answers, drawn blind, that measure care.")
    )


def wrong_form() -> ExampleForm:
    form = ExampleForm(data={"wrong-title": "", "wrong-price": "-1", "wrong-language": "en"}, prefix="wrong")
    form.add_error(None, _("Three fields need another look. Nothing was saved."))
    return form


def icon_names() -> list[str]:
    lock = json.loads((Path(__file__).parent.parent / "static" / "vendor" / "vendor.json").read_text())
    return [name for package in lock["packages"] for name in package.get("icons", [])]


def _probes() -> list[Probe]:
    """Answers that are right nine times in ten, and from some day on seven times."""
    now, right, wrong = timezone.now(), {"sentiment": "pos"}, {"sentiment": "neg"}
    return [
        Probe(now - timedelta(hours=600 - n), 1, n, wrong if n % (10 if n < 400 else 3) == 0 else right, right)
        for n in range(600)
    ]


def _sureness() -> Sureness:
    figures = ((0.45, 11, 20), (0.65, 24, 40), (0.78, 61, 90), (0.88, 132, 180), (0.97, 371, 390))
    bars = [Bin(said, said, said, wilson(right, count), count) for said, right, count in figures]
    return Sureness(bars, calibration_error(bars), sum(bar.count for bar in bars))


def examples() -> dict[str, Any]:
    token = {"symbol": "TEST", "decimals": 6}
    return {
        "form": ExampleForm(initial={"title": "Is this review positive?", "overlap": "3"}),
        "wrong_form": wrong_form(),
        "amounts": {
            "plain": {"minor": "1250000", "token": token},
            "large": {"minor": "1234567891250000", "token": token},
            "tiny": {"minor": "1250000000000000001", "token": {"symbol": "DAI", "decimals": 18}},
            "loss": {"minor": "-40000", "token": token},
        },
        "past": timezone.now() - timedelta(hours=3, minutes=12),
        "soon": timezone.now() + timedelta(minutes=9),
        "states": ["draft", "funded", "open", "paused", "closing", "closed", "pending", "accepted", "returned",
                   "rejected", "paid", "failed"],
        "accuracy_plot": accuracy_plot(figures_of(_probes(), 1_700, 2_000)),
        "sureness_plot": sureness_plot(str(_("Is the confidence true?")), _sureness()),
        "matrix_names": [str(_("Positive")), str(_("Negative")), str(_("Mixed"))],
        "matrix": [[210, 14, 6], [22, 160, 9], [31, 18, 44]],
        "bars": [
            {"label": _("Positive"), "value": 412},
            {"label": _("Negative"), "value": 298},
            {"label": _("Neutral"), "value": 77},
            {"label": _("Cannot tell"), "value": 13, "tone": "wait"},
        ],
        "steps": [
            {"label": _("Upload"), "url": "#tables", "done": True},
            {"label": _("Interface"), "url": "#tables", "done": True},
            {"label": _("Instructions"), "current": True},
            {"label": _("Quality")},
            {"label": _("Price")},
            {"label": _("Fund")},
        ],
        "page": Paginator(range(800), 50).page(3),
        "icons": icon_names(),
        "days": [12, 18, 9, 31, 44, 40, 52, 61, 58, 70, 66, 81],
    }  # fmt: skip
