"""Input to clean values. Calls no verb."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import clock, languages
from accounts.models import Role, Scope, User

KEY_LIVES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("Until I revoke it"))]


class ProfileForm(forms.ModelForm):
    spoken = forms.MultipleChoiceField(
        label=_("Languages"),
        help_text=_("Those you read and write well. Projects ask for them."),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "options--scroll", "data-filter": _("Search languages")}),
    )
    more_languages = forms.CharField(
        label=_("Other languages"),
        help_text=_("Language tags, separated by commas: pt-BR, zgh."),
        required=False,
        max_length=200,
    )
    locale = forms.ChoiceField(label=_("Language of the pages"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ("display_name", "locale", "time_zone")
        help_texts = {"display_name": _("Seen by your teams. Clients of projects see a number instead.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = languages.choices()
        tags = {tag for tag, _name in known}
        mine = self.instance.languages
        # What is chosen stands first, where it is seen without scrolling.
        known.sort(key=lambda pair: pair[0] not in mine)
        self.fields["spoken"].choices = known  # type: ignore[attr-defined]
        self.fields["locale"].choices = [("", _("As the browser")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        names = [(name, name.replace("_", " ")) for name in clock.zone_names()]
        self.fields["time_zone"].choices = [("", _("UTC, as the site")), *names]  # type: ignore[attr-defined]
        self.initial["spoken"] = [tag for tag in mine if tag in tags]
        self.initial["more_languages"] = ", ".join(tag for tag in mine if tag not in tags)

    def clean_more_languages(self) -> list[str]:
        found: list[str] = []
        for word in self.cleaned_data["more_languages"].replace(";", ",").split(","):
            if not word.strip():
                continue
            tag = languages.normal_tag(word)
            if tag is None:
                raise forms.ValidationError(_("“%(word)s” is not a language tag."), params={"word": word.strip()})
            found.append(tag)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        every = [*cleaned.get("spoken", []), *cleaned.get("more_languages", [])]
        cleaned["languages"] = list(dict.fromkeys(every))
        if len(cleaned["languages"]) > languages.LANGUAGES_LIMIT:
            self.add_error("spoken", _("At most 30 languages."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("display_name", "languages", "locale", "time_zone")}

    def _post_clean(self) -> None:
        # The verb writes, under a lock; this form must not touch the request's own user before that.
        return


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What it is for, so that you know it again."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    lives = forms.ChoiceField(label=_("Expires after"), choices=KEY_LIVES, required=False, initial="90")

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lives"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=80)


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.REVIEWER)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
