"""django-allauth's forms in our words, which every other page writes the same way."""

from typing import Any

from allauth.account import forms as allauth
from django.utils.translation import gettext_lazy as _

LABELS = {"login": _("E-mail address"), "email": _("E-mail address"), "remember": _("Stay signed in")}
NEW_PASSWORD = {
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, again"),
}


class OurWords:
    labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.labels.keys() & self.fields.keys():  # type: ignore[attr-defined]
            field = self.fields[name]  # type: ignore[attr-defined]
            field.label = self.labels[name]
            # It would say the same again, and vanish when one writes.
            field.widget.attrs.pop("placeholder", None)


class SignInForm(OurWords, allauth.LoginForm):
    pass


class SignUpForm(OurWords, allauth.SignupForm):
    pass


class AddAddressForm(OurWords, allauth.AddEmailForm):
    pass


class ForgottenPasswordForm(OurWords, allauth.ResetPasswordForm):
    pass


class ChangePasswordForm(OurWords, allauth.ChangePasswordForm):
    labels = LABELS | NEW_PASSWORD


class NewPasswordForm(OurWords, allauth.ResetPasswordKeyForm):
    labels = LABELS | NEW_PASSWORD
