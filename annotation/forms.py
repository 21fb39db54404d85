"""Input of the pages of projects, to clean values. Calls no verb."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import languages
from accounts.models import Team
from annotation.models import Export, Project, SecondPay
from annotation.models.project import LEAST_TARGET, LEAST_WITH_TARGET
from rewards.models import Token
from rewards.money import format_minor, parse_minor

HOUR_SECONDS = 3600
# The form is good without it: what another field says decides whether it is asked for.
ASKED_BY_CHOICE = {"data-asked-by-choice": ""}
USUAL_TARGET = 0.95
CSV_MAX_BYTES = 20 * 1024**2


def _percent(share: float) -> Decimal:
    return Decimal(f"{100 * share:.1f}")


class ProjectForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=120, help_text=_("Annotators see it first: say what there is to do.")
    )
    description = forms.CharField(label=_("In a sentence"), max_length=300, required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None)
    team_name = forms.CharField(
        label=_("Name of your team"),
        max_length=80,
        help_text=_("A team owns projects and pays for them. Yours is made with this project; invite people later."),
    )

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of the two: whoever has a team chooses it, whoever has none names one.
        if teams:
            cast(forms.ModelChoiceField, self.fields["team"]).queryset = Team.objects.filter(pk__in=teams)
            del self.fields["team_name"]
        else:
            del self.fields["team"]


class WordsForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(label=_("In a sentence"), max_length=300, required=False)


class SchemaForm(forms.Form):
    schema = forms.CharField(
        label=_("The interface as JSON"),
        widget=forms.Textarea(attrs={"class": "code", "rows": 22, "spellcheck": "false", "dir": "ltr"}),
    )

    def clean_schema(self) -> dict[str, Any]:
        try:
            schema = json.loads(self.cleaned_data["schema"])
        except (ValueError, RecursionError) as error:
            place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else "?"
            raise forms.ValidationError(
                _("This is not JSON: line and column %(place)s."), params={"place": place}
            ) from error
        if not isinstance(schema, dict):
            raise forms.ValidationError(_("The interface is an object: it begins with {."))
        return schema


class InstructionsForm(forms.Form):
    instructions = forms.CharField(
        label=_("Instructions"),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 16, "data-autosize": ""}),
        help_text=_("Markdown: # headings, **bold**, lists, tables and links. Images and HTML are left out."),
    )


class QualityForm(forms.Form):
    FIXED, UNTIL_SURE = "fixed", "until_sure"

    collecting = forms.ChoiceField(
        label=_("How many answers an item gets"),
        choices=[
            (FIXED, _("A fixed number: every item gets as many")),
            (UNTIL_SURE, _("Until sure enough: easy items get few, hard ones more, and what is not needed goes back")),
        ],
        widget=forms.RadioSelect(attrs=ASKED_BY_CHOICE),
        initial=FIXED,
        required=False,
    )
    overlap = forms.IntegerField(
        label=_("Answers per item"),
        min_value=1,
        max_value=100,
        help_text=_(
            "From different people. Three is a good start: two who agree outvote one slip. Until sure enough: the most "
            "that one item may get."
        ),
    )
    target_confidence = forms.DecimalField(
        label=_("Sure enough, in percent"),
        min_value=_percent(LEAST_TARGET),
        max_value=Decimal("99.9"),
        max_digits=4,
        decimal_places=1,
        required=False,
        widget=forms.NumberInput(attrs=ASKED_BY_CHOICE),
        help_text=_(
            "How likely the decided answer must be right. 95 is a good start; the surer, the more answers it takes."
        ),
    )
    least_overlap = forms.IntegerField(
        label=_("At least so many answers"),
        min_value=LEAST_WITH_TARGET,
        max_value=100,
        required=False,
        widget=forms.NumberInput(attrs=ASKED_BY_CHOICE),
        help_text=_("Two or more: one answer alone has nobody to agree with."),
    )
    spoken = forms.MultipleChoiceField(
        label=_("Languages annotators must know"),
        help_text=_("Any one of them is enough. None chosen: everybody."),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "options--scroll", "data-filter": _("Search languages")}),
    )
    min_reputation = forms.IntegerField(
        label=_("Least share of accepted answers, in percent"),
        min_value=0,
        max_value=100,
        help_text=_("Asked of people with ten verdicts or more; newcomers may always try. 0: not asked."),
    )
    cap_per_person = forms.IntegerField(
        label=_("Most answers of one person"), min_value=1, max_value=10_000_000, required=False
    )
    team_only = forms.BooleanField(label=_("Only members of the team may annotate"), required=False)
    gold_percent = forms.IntegerField(
        label=_("Gold among the answers, in percent"),
        min_value=0,
        max_value=50,
        help_text=_("Items whose right answer you know, mixed in blind: they show how far each person can be trusted."),
    )
    review_hours = forms.IntegerField(
        label=_("Time to judge an answer, in hours"),
        min_value=0,
        max_value=90 * 24,
        help_text=_(
            "An answer that nobody judged by then is accepted and paid. Once the project is open, a longer time holds "
            "only for items taken from then on: whoever has taken one was promised the shorter."
        ),
    )
    appeal_hours = forms.IntegerField(
        label=_("Time for each step of an appeal, in hours"),
        min_value=24,
        max_value=30 * 24,
        required=False,
        help_text=_(
            "So long an annotator may appeal against a rejection, and so long your team may answer; silence pays. "
            "Empty: as this instance has it. What is rejected already keeps its clock."
        ),
    )
    lease_minutes = forms.IntegerField(
        label=_("Time to answer an item, in minutes"),
        min_value=1,
        max_value=24 * 60,
        help_text=_("Kept for one person so long; it is prolonged while the page is open."),
    )
    assignment_mode = forms.ChoiceField(
        label=_("Who gets which item"), choices=Project.AssignmentMode.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["spoken"]).choices = languages.choices()
        # Whoever sends the form without it wants what there always was.
        self.fields["collecting"].required = not self.is_bound

    @staticmethod
    def initial_of(project: Project) -> dict[str, Any]:
        plain = ("overlap", "min_reputation", "cap_per_person", "team_only", "gold_percent", "assignment_mode")
        return {name: getattr(project, name) for name in plain} | {
            "collecting": QualityForm.UNTIL_SURE if project.is_adaptive else QualityForm.FIXED,
            "target_confidence": _percent(project.target_confidence or USUAL_TARGET),
            "least_overlap": project.least_overlap,
            "spoken": project.languages,
            "review_hours": project.review_period_seconds // HOUR_SECONDS,
            "appeal_hours": project.appeal_period_seconds and project.appeal_period_seconds // HOUR_SECONDS,
            "lease_minutes": project.lease_seconds // 60,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("collecting") == self.UNTIL_SURE:
            for name in ("target_confidence", "least_overlap"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Say this, or choose a fixed number of answers."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        percent, least = given.pop("target_confidence"), given.pop("least_overlap")
        given["target_confidence"] = None
        if given.pop("collecting") == self.UNTIL_SURE:
            given |= {"target_confidence": float(percent / 100), "least_overlap": least}
        given["languages"] = given.pop("spoken")
        appeal_hours = given.pop("appeal_hours")
        given["appeal_period_seconds"] = appeal_hours * HOUR_SECONDS if appeal_hours else None
        given["review_period_seconds"] = given.pop("review_hours") * HOUR_SECONDS
        given["lease_seconds"] = given.pop("lease_minutes") * 60
        return given


class PriceForm(forms.Form):
    """What is paid, in the project's token and, when one is chosen, in a second token besides."""

    token = forms.ModelChoiceField(Token.objects.none(), label=_("Token"), empty_label=None)
    price = forms.CharField(label=_("Per accepted answer"), max_length=60, help_text=_("A plain number such as 0.05."))
    review_price = forms.CharField(
        label=_("Per review"),
        max_length=60,
        required=False,
        help_text=_("Paid to reviewers from outside your team, for each explicit verdict. 0: your own team reviews."),
    )
    second_token = forms.ModelChoiceField(
        Token.objects.none(),
        label=_("Second token"),
        required=False,
        empty_label=_("None: pay in one token"),
        help_text=_(
            "On the same chain as the first. Nothing is converted: each token has its own price and its own escrow."
        ),
    )
    second_price = forms.CharField(label=_("Of it, per accepted answer"), max_length=60, required=False)
    second_review_price = forms.CharField(
        label=_("Of it, per review"),
        max_length=60,
        required=False,
        help_text=_("Only where reviews are paid in the first token too."),
    )

    SECOND = ("second_token", "second_price", "second_review_price")

    def __init__(self, *args: Any, tokens: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("token", "second_token"):
            cast(forms.ModelChoiceField, self.fields[name]).queryset = tokens
        self.has_choice = len(tokens) > 1
        for name in ("price", "review_price", "second_price", "second_review_price"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    @staticmethod
    def initial_of(project: Project, second: SecondPay | None = None) -> dict[str, Any]:
        token = project.token
        if token is None:
            return {"review_price": "0"}
        found = {
            "token": token.pk,
            "price": format_minor(int(project.price_minor), token.decimals) if project.price_minor else "",
            "review_price": format_minor(int(project.review_price_minor), token.decimals),
        }
        if second is not None:
            places = second.token.decimals
            found["second_token"] = second.token.pk
            found["second_price"] = format_minor(int(second.price_minor), places)
            found["second_review_price"] = format_minor(int(second.review_price_minor), places)
        return found

    def first_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.SECOND]

    def second_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SECOND]

    def has_second(self) -> bool:
        """Something was chosen or typed there, so it is shown."""
        return any(self[name].value() for name in self.SECOND)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._read(cleaned, "token", "price", "review_price")
        if cleaned.get("second_token"):
            self._read(cleaned, "second_token", "second_price", "second_review_price")
        elif cleaned.get("second_price") or cleaned.get("second_review_price"):
            self.add_error("second_token", _("Choose the token that this is paid in."))
        return cleaned

    def _read(self, cleaned: dict[str, Any], token_name: str, price: str, review_price: str) -> None:
        token = cleaned.get(token_name)
        if token is None:
            return
        for name in (price, review_price):
            if name in cleaned:
                cleaned[f"{name}_minor"] = self._minor(name, cleaned[name] or "0", token)
        if cleaned.get(f"{price}_minor") == 0:
            self.add_error(price, _("Set a price above zero."))

    def _minor(self, name: str, text: str, token: Token) -> int | None:
        try:
            minor = parse_minor(text.replace(",", "."), token.decimals)
        except ValueError:
            message = _now("Write a plain number such as 0.05, with at most %(places)s decimal places.")
            self.add_error(name, message % {"places": token.decimals})
            return None
        if minor >= 2**128:
            self.add_error(name, _("That is more than any token holds."))
            return None
        return minor

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("token", "price_minor", "review_price_minor")}

    def besides(self) -> dict[str, Any] | None:
        """The second token and its prices; None when there is one token only."""
        token = self.cleaned_data.get("second_token")
        if token is None:
            return None
        minors = {name: self.cleaned_data[f"second_{name}"] for name in ("price_minor", "review_price_minor")}
        return {"token": token} | minors


class FunderForm(forms.Form):
    funder_address = forms.RegexField(
        r"^0x[0-9a-fA-F]{40}$",
        label=_("Address that will pay"),
        help_text=_("The wallet that sends the two transactions: 0x and 40 digits. Nobody else can use this quote."),
        error_messages={"invalid": _("An address is 0x and 40 hexadecimal digits.")},
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "off", "spellcheck": "false"}),
    )


class TransactionForm(forms.Form):
    transaction_hash = forms.RegexField(
        r"^\s*0x[0-9a-fA-F]{64}\s*$",
        label=_("Hash of the transaction"),
        error_messages={"invalid": _("A transaction hash is 0x and 64 hexadecimal digits.")},
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "off", "spellcheck": "false"}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500, required=False)


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=_("Format"), choices=Export.Format.choices, widget=forms.RadioSelect, initial=Export.Format.JSONL
    )


class CsvForm(forms.Form):
    """A small table: its first row names the columns."""

    file = forms.FileField(label=_("CSV file"))

    def clean_file(self) -> UploadedFile:
        file = cast(UploadedFile, self.cleaned_data["file"])
        if (file.size or 0) > CSV_MAX_BYTES:
            limit = CSV_MAX_BYTES // 1024**2
            raise forms.ValidationError(_("The file is larger than %(limit)s MB."), params={"limit": limit})
        try:
            text = file.read().decode("utf-8-sig")
            self.rows = list(csv.DictReader(io.StringIO(text, newline="")))
        except (UnicodeDecodeError, csv.Error) as error:
            raise forms.ValidationError(_("This is not a CSV file in UTF-8.")) from error
        if not self.rows:
            raise forms.ValidationError(_("The file has no rows below its header."))
        return file

    def cells(self) -> Iterator[dict[str, str]]:
        """The rows with trimmed lower-case names and without what stands beyond the header."""
        for row in self.rows:
            yield {name.strip().lower(): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
