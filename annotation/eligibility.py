"""Who may take new work in a project, and what would have to change. Pure: everything it asks is in its arguments.

docs/algorithms/queue.md lists the rules; annotation/queries/work.py asks the database the same questions as a filter,
and a test holds the two together.
"""

from dataclasses import dataclass
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.languages import name_of
from accounts.models import User
from annotation.models import Project

MAX_LIVE_IN_PROJECT = 20
MAX_LIVE_IN_ALL = 60
# Fewer verdicts than this say nothing about a person.
VERDICTS_BEFORE_REPUTATION = 10


class WhyJson(TypedDict):
    code: str
    message: str
    fix: str


@dataclass(frozen=True)
class Why:
    """A rule that excludes somebody, and what would change it. `is_passing`: it goes away by finishing leased work."""

    code: str
    message: str
    fix: str
    is_passing: bool = False

    def as_json(self) -> WhyJson:
        return {"code": self.code, "message": self.message, "fix": self.fix}


@dataclass(frozen=True)
class Standing:
    """One person against one project: what the rules ask about."""

    is_member: bool = False
    is_insider: bool = False
    answers: int = 0
    accepted_here: int = 0
    rejected_here: int = 0
    live_here: int = 0
    live_in_all: int = 0
    accepted: int = 0
    rejected: int = 0
    has_places: bool = True
    is_targeted: bool = True
    needs_exam: bool = False

    @property
    def verdicts(self) -> int:
        return self.accepted + self.rejected


def reasons_against(user: User, project: Project, standing: Standing) -> list[Why]:
    """Every rule against a new lease, the ones that the person can do least about first. Empty: may work."""
    rules = (
        _state(project),
        _suspended(user),
        _own_team(project, standing),
        _insider(standing),
        _team_only(project, standing),
        _languages(user, project),
        _reputation(project, standing),
        _exam(standing),
        _cap(project, standing),
        _target(project, standing),
        _places(standing),
        _too_many_leases(standing),
    )
    return [why for why in rules if why]


def room_for_leases(project: Project, standing: Standing) -> int:
    """How many more leases the caps allow."""
    room = min(MAX_LIVE_IN_PROJECT - standing.live_here, MAX_LIVE_IN_ALL - standing.live_in_all)
    if project.cap_per_person is not None:
        room = min(room, project.cap_per_person - standing.answers - standing.live_here)
    return max(0, room)


def _state(project: Project) -> Why | None:
    if project.state == Project.State.OPEN:
        return None
    if project.state == Project.State.PAUSED:
        return Why("paused", _("The client has paused this project."), _("It goes on when the client resumes it."))
    return Why("closed", _("This project is closed."), _("Choose another project."))


def _suspended(user: User) -> Why | None:
    if not user.is_suspended:
        return None
    return Why(
        "suspended",
        _("Your account is suspended: it takes no new work."),
        _("Write to us to have it looked at. What you earned stays yours and can be claimed."),
    )


def _own_team(project: Project, standing: Standing) -> Why | None:
    if project.team_only or not standing.is_member:
        return None
    return Why(
        "own_team",
        _("This project belongs to a team of yours."),
        _("Nobody is paid by his own team's budget. The team can make a project for its members only."),
    )


def _insider(standing: Standing) -> Why | None:
    if not standing.is_insider:
        return None
    return Why(
        "insider",
        _("You have seen this project from the other side: what is gold in it, or what others answered."),
        _("Gold cannot test who knows it. Choose another project."),
    )


def _team_only(project: Project, standing: Standing) -> Why | None:
    if not project.team_only or standing.is_member:
        return None
    return Why(
        "team_only",
        _("Only members of the client's team may work here."),
        _("An owner of the team can invite you."),
    )


def _languages(user: User, project: Project) -> Why | None:
    if not project.languages or set(project.languages) & set(user.languages):
        return None
    return Why(
        "languages",
        _("This work needs one of these languages: %(languages)s.")
        % {"languages": ", ".join(map(name_of, project.languages))},
        _("If you know one of them, add it to your profile."),
    )


def _reputation(project: Project, standing: Standing) -> Why | None:
    verdicts = standing.verdicts
    if verdicts < VERDICTS_BEFORE_REPUTATION or 100 * standing.accepted >= project.min_reputation * verdicts:
        return None
    return Why(
        "reputation",
        _("At least %(wanted)d %% of your answers must have been accepted; it is %(accepted)d of %(verdicts)d.")
        % {"wanted": project.min_reputation, "accepted": standing.accepted, "verdicts": verdicts},
        _("Accepted answers in other projects raise your share."),
    )


def _exam(standing: Standing) -> Why | None:
    if not standing.needs_exam:
        return None
    return Why(
        "exam",
        _("This project asks for an exam first."),
        _("Its page says how long it takes, what it pays, and when you may take it again. Pass it, and you get work."),
    )


def _cap(project: Project, standing: Standing) -> Why | None:
    cap = project.cap_per_person
    if cap is None or standing.answers + standing.live_here < cap:
        return None
    if standing.answers < cap:
        return Why(
            "cap", _("The items you hold are the last ones for you here."), _("Finish what you have leased."), True
        )
    sentence = ngettext(
        "One person may give %(cap)d answer here, and you have given it.",
        "One person may give %(cap)d answers here, and you have given them.",
        cap,
    )
    return Why("cap", sentence % {"cap": cap}, _("Choose another project."))


def _target(project: Project, standing: Standing) -> Why | None:
    if project.assignment_mode != Project.AssignmentMode.MANUAL or standing.is_targeted:
        return None
    return Why(
        "not_targeted",
        _("The client assigns each item to named people, and none to you."),
        _("Only the client can assign items to you."),
    )


def _places(standing: Standing) -> Why | None:
    if standing.has_places:
        return None
    return Why(
        "no_places",
        _("Every item has all its answers or is being worked on."),
        _("Look again later: items that others give back become free."),
    )


def _too_many_leases(standing: Standing) -> Why | None:
    if standing.live_here < MAX_LIVE_IN_PROJECT and standing.live_in_all < MAX_LIVE_IN_ALL:
        return None
    return Why(
        "too_many_leases", _("You hold as many items as one person may."), _("Finish or release some of them."), True
    )
