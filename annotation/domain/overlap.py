"""How many answers a client may ask for, and how sure to be."""

from django.utils.translation import gettext as _

from annotation.models import Project
from annotation.models.project import LEAST_TARGET, LEAST_WITH_TARGET, MOST_TARGET
from lib.exceptions import FieldError, InvalidInput


def refuse_impossible_overlap(project: Project) -> None:
    if not project.is_adaptive:
        return
    if not LEAST_TARGET <= (project.target_confidence or 0) <= MOST_TARGET:
        message = _("Choose between %(least)s and %(most)s.") % {"least": LEAST_TARGET, "most": MOST_TARGET}
        raise InvalidInput(_("This cannot be collected."), [FieldError("target_confidence", message)])
    if project.least_overlap < LEAST_WITH_TARGET:
        message = _("At least two: one answer alone has nobody to agree with.")
        raise InvalidInput(_("This cannot be collected."), [FieldError("least_overlap", message)])
    if project.overlap < project.least_overlap:
        message = _("The most answers cannot be fewer than the least.")
        raise InvalidInput(_("This cannot be collected."), [FieldError("overlap", message)])
