from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("It is kept in the audit trail, with your name.")
    )


class DepositForm(forms.Form):
    transaction_hash = forms.CharField(
        label=_("Transaction hash"),
        max_length=66,
        help_text=_("The transaction that funds this escrow: 0x and 64 digits."),
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("An invoice number, for instance.")
    )
