"""What a client says about an exam, and what an annotator answers in one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotation.domain.exams import FIXED, LIMITS
from annotation.models import Exam, Project
from rewards.models import Token
from rewards.money import format_minor, parse_minor


class ExamForm(forms.Form):
    """The rules. Times are in units that people use; the pay is in the project's token."""

    questions = forms.IntegerField(label=_("Questions per attempt"), help_text=_("Drawn from the gold set aside."))
    pass_mark = forms.IntegerField(label=_("Right answers to pass, in percent"))
    minutes = forms.IntegerField(
        label=_("Time for one attempt, in minutes"), min_value=1, max_value=LIMITS["seconds"][1] // 60
    )
    attempts_most = forms.IntegerField(label=_("Attempts at most"))
    cooldown_hours = forms.IntegerField(
        label=_("Wait after a failure, in hours"),
        min_value=0,
        max_value=720,
        help_text=_("Twice as long after each further one."),
    )
    valid_days = forms.IntegerField(
        label=_("A pass holds for so many days"), required=False, help_text=_("Empty: for good.")
    )
    pay = forms.CharField(
        label=_("Pay per attempt"),
        required=False,
        max_length=60,
        help_text=_("For whoever reaches the mark below. 0: the exam is not paid."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    pay_mark = forms.IntegerField(
        label=_("Right answers to be paid, in percent"),
        help_text=_("At most the mark to pass. Clicking blindly must hardly ever reach it."),
    )
    paid_attempts = forms.IntegerField(label=_("Paid attempts of one person"))
    paid_budget = forms.IntegerField(
        label=_("Paid attempts of all people"), help_text=_("So many are part of the price. After that it is unpaid.")
    )

    PLAIN = ("questions", "pass_mark", "attempts_most", "valid_days", "pay_mark", "paid_attempts", "paid_budget")
    MONEY = ("pay", "pay_mark", "paid_attempts", "paid_budget")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token: Token | None = project.token
        for name in self.PLAIN:
            low, high = LIMITS[name]
            field = self.fields[name]
            field.min_value, field.max_value = low, high  # type: ignore[attr-defined]
            field.validators += forms.IntegerField(min_value=low, max_value=high).validators
            field.widget.attrs |= {"min": low, "max": high}
        if project.state != Project.State.DRAFT:
            for name in ("questions", *self.MONEY):
                self.fields[name].disabled = True
        if self.token is None:
            self.fields["pay"].disabled = True
            self.fields["pay"].help_text = _("Choose the token first, in the step “Price”.")

    @staticmethod
    def initial_of(exam: Exam | None, project: Project) -> dict[str, Any]:
        exam = exam or Exam()
        token = project.token
        return {name: getattr(exam, name) for name in ExamForm.PLAIN} | {
            "minutes": exam.seconds // 60,
            "cooldown_hours": exam.cooldown_seconds // 3600,
            "pay": format_minor(int(exam.pay_minor), token.decimals) if token else "0",
        }

    def rule_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.MONEY]

    def money_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MONEY]

    def clean_pay(self) -> str:
        text = (self.cleaned_data["pay"] or "0").replace(",", ".")
        try:
            self.pay_minor = parse_minor(text, self.token.decimals) if self.token else 0
        except ValueError as error:
            message = _now("Write a plain number such as 0.05, with at most %(places)s decimal places.")
            raise forms.ValidationError(message % {"places": self.token.decimals if self.token else 0}) from error
        return text

    def rules(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[name] for name in self.PLAIN}
        found |= {
            "seconds": 60 * self.cleaned_data["minutes"],
            "cooldown_seconds": 3600 * self.cleaned_data["cooldown_hours"],
            "pay_minor": self.pay_minor,
        }
        fixed = {name for name in FIXED if self.fields["questions"].disabled}
        return {name: value for name, value in found.items() if name not in fixed}


class ShareOutForm(forms.Form):
    exam = forms.IntegerField(label=_("For the exam"), min_value=0, max_value=5_000)
    practice = forms.IntegerField(label=_("For practice"), min_value=0, max_value=5_000, required=False)

    def clean_practice(self) -> int:
        return self.cleaned_data["practice"] or 0


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("What is wrong with it"), max_length=500)


class QuestionForm(forms.Form):
    """One answer. Its value is made by a script, from the tools that annotators use."""

    value = forms.JSONField(widget=forms.HiddenInput, required=False)
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def clean_value(self) -> dict[str, Any]:
        value = self.cleaned_data["value"]
        if not isinstance(value, dict) or not value:
            raise forms.ValidationError(_("Answer the question first."))
        return value
