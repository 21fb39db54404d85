from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.ids import new_id


class Wallet(models.Model):
    """An EVM address that a person has proved to hold. An address belongs to one person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="wallets")
    address = models.CharField(max_length=42, unique=True, help_text="EIP-55 checksummed.")
    is_payout = models.BooleanField(default=False)
    is_contract = models.BooleanField(default=False)
    verified_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("verified_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(is_payout=True), name="one_payout_wallet_per_user")
        ]

    def __str__(self) -> str:
        return self.address


class WalletChallenge(models.Model):
    """A sign-in message (EIP-4361) that we built: usable once, by one session, for one purpose."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("Sign in")
        LINK = "link", _("Link a wallet")
        CHANGE_PAYOUT = "change_payout", _("Change the payout wallet")

    nonce = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=20, choices=Purpose)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    session_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=42)
    chain_id = models.BigIntegerField()
    message = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("issued_at",)

    def __str__(self) -> str:
        return f"{self.purpose} {self.nonce}"
