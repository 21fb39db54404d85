"""What a client says about a gold item."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import GoldAnswer


class GoldForm(forms.Form):
    """The right answer of an item; its value is made by a script, from the tools that annotators use."""

    value = forms.JSONField(widget=forms.HiddenInput, required=False)
    explanation = forms.CharField(
        label=_("Why it is right"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autosize": ""}),
    )

    use = forms.ChoiceField(
        label=_("What it is for"),
        choices=GoldAnswer.Use.choices,
        required=False,
        help_text=_("A hidden probe is never shown as such. The exam and practice show their answers."),
    )

    def clean_value(self) -> dict[str, Any]:
        value = self.cleaned_data["value"]
        if not isinstance(value, dict) or not value:
            raise forms.ValidationError(_("Choose the right answer first."))
        return value

    def chosen(self) -> dict[str, Any]:
        """What to show as chosen: what was sent, even when it was refused, else what is kept."""
        value = self.cleaned_data.get("value") if self.is_bound and self.is_valid() else self.initial.get("value")
        return value if isinstance(value, dict) else {}
