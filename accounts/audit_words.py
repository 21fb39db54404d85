"""What happened in a team, as sentences for those who keep its books. The exact record stands behind each."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry

SENTENCES: Mapping[str, str | Promise] = {
    "team.created": _("The team was started."),
    "team.renamed": _("The team was renamed."),
    "member.joined": _("Somebody joined the team."),
    "member.left": _("Somebody left the team."),
    "member.removed": _("Somebody was removed from the team."),
    "member.role_changed": _("A member's role was changed."),
    "invitation.sent": _("An invitation was sent."),
    "invitation.revoked": _("An invitation was taken back."),
    "project.created": _("A draft was begun."),
    "project.changed": _("A project's settings were changed."),
    "project.interface_set": _("The questions of a project were saved."),
    "project.quoted": _("A price was quoted."),
    "project.funded": _("The whole price of a project is locked."),
    "project.opened": _("A project was opened."),
    "project.paused": _("A project was paused."),
    "project.resumed": _("A project was resumed."),
    "project.closing": _("A project began to close."),
    "project.closed": _("A project is closed: everything is paid or given back."),
    "project.gold_set": _("Items were made gold by a file."),
    "project.gold_marked": _("An item was made gold, or its right answer was changed."),
    "project.gold_unmarked": _("An item is no gold any more."),
    "project.items_assigned": _("Items were given to named people."),
    "item.hidden": _("An item was hidden."),
    "item.shown": _("An item is shown again."),
    "item.left_out": _("An item is left out."),
    "upload.import_started": _("An import was begun."),
    "upload.discarded": _("A file was discarded."),
    "export.requested": _("An export was asked for."),
    "answer.accepted": _("An answer was accepted."),
    "answer.accepted_all": _("All waiting answers were accepted at once."),
    "answer.rejected": _("An answer was rejected."),
    "answer.returned": _("An answer was returned to its author."),
    "escrow.closing": _("An escrow began to close."),
    "deposit.announced": _("A deposit was announced."),
}


def sentence_of(entry: AuditEntry) -> str | Promise:
    """An action without a sentence is shown by its code."""
    return SENTENCES.get(entry.action, entry.action)
