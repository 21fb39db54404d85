"""allauth's hooks that we use. Its own defaults do the rest: rate limits, no enumeration, confirmation letters."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
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
