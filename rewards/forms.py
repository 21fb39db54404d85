from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from eth_utils import is_address, is_checksum_address, is_checksum_formatted_address, to_checksum_address

from rewards.models import Token
from rewards.money import format_minor, parse_minor


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("It is kept in the audit trail, with your name.")
    )


class RefundForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500, required=False)


class DepositForm(forms.Form):
    transaction_hash = forms.CharField(
        label=_("Transaction hash"),
        max_length=66,
        help_text=_("The transaction that funds this escrow: 0x and 64 digits."),
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("An invoice number, for instance.")
    )


class ReceiverForm(forms.Form):
    to = forms.CharField(
        label=_("Another address"),
        max_length=42,
        help_text=_("On the same chain. Nobody can bring back what is sent to a wrong one."),
    )

    def __init__(self, *args: Any, refused: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = {address.lower() for address in refused}

    def clean_to(self) -> str:
        given = self.cleaned_data["to"].strip()
        if not is_address(given) or (is_checksum_formatted_address(given) and not is_checksum_address(given)):
            raise forms.ValidationError(_("This is no EVM address, or it is mistyped: 0x and 40 hexadecimal digits."))
        if int(given, 16) == 0 or given.lower() in self.refused:
            raise forms.ValidationError(_("Nothing can be sent there."))
        return str(to_checksum_address(given))


class SmallestPushForm(forms.Form):
    """In whole tokens, with the reason."""

    amount = forms.CharField(label=_("Send from"), max_length=40)
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, token: Token, **kwargs: Any) -> None:
        initial = {"amount": format_minor(int(token.smallest_push), token.decimals)}
        super().__init__(*args, **({"initial": initial, "auto_id": f"{token.pk}-%s"} | kwargs))
        self.token = token
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean_amount(self) -> int:
        try:
            return parse_minor(self.cleaned_data["amount"].replace(",", "."), self.token.decimals)
        except ValueError as error:
            raise forms.ValidationError(
                _("Write a plain number such as 0.05, with at most %(places)s decimal places."),
                params={"places": self.token.decimals},
            ) from error


class ThresholdForm(forms.Form):
    """In whole tokens, as people write it."""

    threshold = forms.CharField(label=_("Pay me from"), max_length=40, required=False)

    def __init__(self, *args: Any, token: Token, minor: int = 0, **kwargs: Any) -> None:
        written = format_minor(minor, token.decimals) if minor else ""
        kwargs |= {"initial": {"threshold": written}, "auto_id": f"{token.pk}-%s"}
        super().__init__(*args, **kwargs)
        self.token = token
        self.fields["threshold"].widget.attrs["inputmode"] = "decimal"

    def clean_threshold(self) -> int:
        written = self.cleaned_data["threshold"].strip()
        if not written:
            return 0
        try:
            minor = parse_minor(written.replace(",", "."), self.token.decimals)
        except ValueError as error:
            raise forms.ValidationError(_("Write a plain number such as 0.05.")) from error
        if minor >= 2**96:
            raise forms.ValidationError(_("This is more than one payment can carry."))
        return minor
