"""django-allauth's forms with our word for an address, which every other page writes the same way."""

from typing import Any

from allauth.account import forms as allauth
from django.utils.translation import gettext_lazy as _

LABEL = _("E-mail address")


class OurWords:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"login", "email"} & self.fields.keys():  # type: ignore[attr-defined]
            field = self.fields[name]  # type: ignore[attr-defined]
            field.label = LABEL
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
