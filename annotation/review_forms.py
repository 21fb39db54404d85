"""What a reviewer sends."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import RejectionHold, Verdict
from annotation.models.work import MIN_EVIDENCE_CHARACTERS
from annotation.queries.review import ORDERS, QueueFilter

ORDER_NAMES = {
    "uncertain": _("Least sure first"),
    "disagreement": _("Most disagreement first"),
    "oldest": _("Oldest deadline first"),
    "random": _("A random sample"),
}


class QueueForm(forms.Form):
    """How to go through the queue; whatever is nonsense is left out."""

    order = forms.ChoiceField(choices=[(name, ORDER_NAMES[name]) for name in ORDERS], required=False)
    uncertain = forms.BooleanField(required=False)
    annotator = forms.CharField(max_length=60, required=False)
    seed = forms.CharField(max_length=20, required=False)

    def chosen(self) -> QueueFilter:
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return QueueFilter(
            order=given.get("order") or "uncertain",
            only_uncertain=bool(given.get("uncertain")),
            annotator=given.get("annotator", "").strip(),
            seed=given.get("seed", ""),
        )


class VerdictForm(forms.Form):
    """A decision on one revision of an answer. A rejection or return needs the two fields that follow it."""

    decision = forms.ChoiceField(choices=Verdict.Decision, widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose …")), *Verdict.Reason.choices],
        error_messages={"required": _("Say why: choose a reason.")},
    )
    evidence = forms.CharField(
        label=_("What is wrong"),
        help_text=_("The annotator reads this. Point at the place in the item or in the instructions."),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 4000}),
        max_length=4000,
        error_messages={"required": _("Say what is wrong, in ten characters or more.")},
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, remarks: Sequence[Any] = (), **kwargs: Any) -> None:
        """`remarks` are what was said on places. They belong to a return, and are evidence enough for it."""
        super().__init__(*args, **kwargs)
        decision = self.data.get("decision") if self.is_bound else ""
        self.remarks = list(remarks) if decision == Verdict.Decision.RETURNED else []
        if decision == Verdict.Decision.ACCEPTED:
            self.fields["reason"].required = self.fields["evidence"].required = False
        elif self.remarks:
            self.fields["evidence"].required = False

    def clean_evidence(self) -> str:
        evidence = str(self.cleaned_data["evidence"]).strip()
        if self.fields["evidence"].required and len(evidence) < MIN_EVIDENCE_CHARACTERS:
            raise forms.ValidationError(_("Say what is wrong, in ten characters or more."))
        return evidence

    @property
    def waits_for_confirmation(self) -> bool:
        """A verdict is never taken back, so a rejection is asked about before it is made."""
        given = self.cleaned_data
        return given["decision"] == Verdict.Decision.REJECTED and not given["confirmed"]


class ObjectionForm(forms.Form):
    """Why a rejection is wrong, and which question it is about."""

    text = forms.CharField(
        label=_("Why the rejection is wrong"),
        help_text=_("Say what the reviewer overlooked. Whoever answers reads this, your answer and the rejection."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 4000}),
        min_length=MIN_EVIDENCE_CHARACTERS,
        max_length=4000,
        error_messages={
            "required": _("Say why, in ten characters or more."),
            "min_length": _("Say why, in ten characters or more."),
        },
    )
    field = forms.CharField(label=_("It is about"), max_length=120, required=False)


class AppealAnswerForm(forms.Form):
    """To uphold a rejection takes a reason and evidence, as to make one; to give in takes nothing."""

    decision = forms.ChoiceField(choices=[("upheld", ""), ("overturned", "")], widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason, to uphold it"),
        choices=[("", _("Choose …")), *Verdict.Reason.choices],
        error_messages={"required": _("Say why: choose a reason.")},
    )
    text = forms.CharField(
        label=_("What you found"),
        help_text=_("The annotator reads this. To uphold, point at the place that shows it."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 4000}),
        max_length=4000,
        error_messages={"required": _("Say what is wrong, in ten characters or more.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get("decision") == "overturned":
            self.fields["reason"].required = self.fields["text"].required = False

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        if self.fields["text"].required and len(text) < MIN_EVIDENCE_CHARACTERS:
            raise forms.ValidationError(_("Say what is wrong, in ten characters or more."))
        return text


class HoldForm(forms.Form):
    """What a quality admin decides of a client's held rejections, and why."""

    outcome = forms.ChoiceField(choices=RejectionHold.Outcome, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"), min_length=MIN_EVIDENCE_CHARACTERS, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


def as_address(address: str, wanted: QueueFilter, **more: str) -> str:
    query = urlencode(wanted.as_query | more)
    return f"{address}?{query}" if query else address
