"""How a state looks: tone (now, wait, done, loss, quiet), icon and word.

Teal says something can be done now, amber that somebody is waited for, indigo that it is so, red that something
is lost.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: dict[str, tuple[str, str, str | Promise]] = {
    "draft": ("quiet", "circle-dashed", _("Draft")),
    "funded": ("now", "lock", _("Funded")),
    "open": ("now", "circle-dot", pgettext_lazy("state", "Open")),
    "paused": ("wait", "pause", _("Paused")),
    "closing": ("wait", "hourglass", _("Closing")),
    "closed": ("quiet", "lock", pgettext_lazy("state", "Closed")),
    "pending": ("wait", "hourglass", _("Pending")),
    "waiting": ("wait", "hourglass", _("Waiting")),
    "running": ("wait", "refresh-cw", _("Running")),
    "leased": ("now", "hand", _("In work")),
    "submitted": ("wait", "send", _("Submitted")),
    "ready": ("now", "circle-dot", _("Ready")),
    "received": ("wait", "hourglass", _("Received")),
    "checking": ("wait", "refresh-cw", _("Being checked")),
    "checked": ("now", "circle-dot", _("Checked")),
    "importing": ("wait", "refresh-cw", _("Being imported")),
    "imported": ("done", "circle-check", _("Imported")),
    "queued": ("wait", "hourglass", _("Queued")),
    "writing": ("wait", "refresh-cw", _("Being written")),
    "done": ("done", "circle-check", _("Done")),
    "accepted": ("done", "circle-check", _("Accepted")),
    "resolved": ("done", "circle-check", _("Resolved")),
    "returned": ("wait", "undo-2", _("Returned")),
    "rejected": ("loss", "circle-x", _("Rejected")),
    "skipped": ("quiet", "skip-forward", _("Skipped")),
    "expired": ("quiet", "clock", _("Expired")),
    "released": ("quiet", "undo-2", _("Released")),
    "frozen": ("wait", "lock", _("Frozen")),
    "signed": ("wait", "pencil", _("Signed")),
    "broadcast": ("wait", "send", _("Sent")),
    "mined": ("wait", "hourglass", _("Being confirmed")),
    "confirmed": ("done", "circle-check", _("Confirmed")),
    "new": ("quiet", "circle-dashed", pgettext_lazy("state", "New")),
    "sent": ("wait", "send", _("Sent")),
    "held": ("loss", "circle-alert", _("Held")),
    "releasing": ("wait", "hourglass", _("Releasing escrows")),
    "proposed": ("wait", "hourglass", _("Root proposed")),
    "paying": ("wait", "send", _("Paying")),
    "quoted": ("wait", "hourglass", _("Waiting for funds")),
    "claimable": ("now", "coins", _("Ready to claim")),
    "final": ("done", "circle-check", _("Final")),
    "vetoed": ("loss", "ban", _("Vetoed")),
    "paid": ("done", "circle-check", _("Paid")),
    "claimed": ("done", "circle-check", _("Claimed")),
    "unclaimed": ("now", "coins", _("To be claimed")),
    "refunded": ("done", "undo-2", _("Refunded")),
    "failed": ("loss", "circle-alert", _("Failed")),
    "suspended": ("loss", "ban", _("Suspended")),
    "revoked": ("quiet", "ban", _("Revoked")),
    "active": ("now", "circle-dot", _("Active")),
    "verified": ("done", "shield-check", _("Verified")),
}
