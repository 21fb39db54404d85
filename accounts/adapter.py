"""allauth's hooks that we use. Its own defaults do the rest: rate limits, no enumeration, confirmation letters."""

from dataclasses import field, make_dataclass
from typing import Any, Optional

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.utils.http import url_has_allowed_host_and_scheme

VERIFICATION_STAGE = "allauth.account.stages.EmailVerificationStage"
OUR_VERIFICATION_STAGE = "accounts.adapter.VerificationStage"


class VerificationStage(EmailVerificationStage):
    """A person who came by wallet has no address to verify."""

    def handle(self) -> tuple[Any, bool]:
        if self.login.user is not None and not self.login.user.email:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    def is_safe_url(self, url: str) -> bool:
        """Only this site. allauth would also accept every other host that it may be served from."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_login_stages(self) -> list[str]:
        return [OUR_VERIFICATION_STAGE if name == VERIFICATION_STAGE else name for name in super().get_login_stages()]


class HeadlessAdapter(DefaultHeadlessAdapter):
    """A person as allauth's JSON API shows him: by the public id. Its description is made of the dataclass."""

    def get_user_dataclass(self) -> Any:
        def said(kind: Any, description: str, example: Any) -> tuple[Any, Any]:
            return kind, field(metadata={"description": description, "example": example})

        fields = {
            "id": said(
                str, "The id by which the rest of the API knows this person.", "0198c0de-0000-7000-8000-000000000000"
            ),
            "display": said(str, "The name.", "Amina"),
            "email": said(Optional[str], "The primary e-mail address.", "amina@example.org"),  # noqa: UP045
            "has_usable_password": said(bool, "Whether a password is set.", True),
        }
        return make_dataclass("User", [(name, *rest) for name, rest in fields.items()])

    def user_as_dataclass(self, user: Any) -> Any:
        return self.get_user_dataclass()(
            id=str(user.public_id), display=str(user), email=user.email, has_usable_password=user.has_usable_password()
        )
