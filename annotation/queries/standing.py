"""What the rules of eligibility ask about a person, answered for any number of projects in one statement."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject

from accounts.models import Membership, User
from annotation.domain.eligibility import MAX_LIVE_IN_ALL, MAX_LIVE_IN_PROJECT, VERDICTS_BEFORE_REPUTATION, Standing
from annotation.models import AnnotatorProgress, Answer, Assignment, Item, ItemTarget, Project

RUNNING = (Project.State.OPEN, Project.State.PAUSED, Project.State.CLOSING)


def visible_projects(user: User) -> QuerySet[Project]:
    """Running projects, without those that other teams keep to themselves, and all where this person has worked."""
    member = Exists(Membership.objects.filter(user=user, team=OuterRef("team_id")))
    mine = Exists(AnnotatorProgress.objects.filter(user=user, project=OuterRef("pk")))
    return Project.objects.filter(Q(state__in=RUNNING) & (Q(team_only=False) | member) | mine)


def with_standing(projects: QuerySet[Project], user: User) -> QuerySet[Project]:
    """Each project with what is needed for `standing_of`; free places are asked for apart, they cost most."""
    progress = AnnotatorProgress.objects.filter(user=user, project=OuterRef("pk"))
    live = Assignment.objects.filter(user=user, state=Assignment.State.LEASED).order_by()
    everywhere = AnnotatorProgress.objects.filter(user=user).order_by().values("user")
    return projects.annotate(
        my_progress=Subquery(
            progress.values_list(
                JSONObject(id="pk", drawn="leases_drawn", answers="answers", accepted="accepted", rejected="rejected")
            )[:1],
            output_field=JSONField(),
        ),
        is_member=Exists(Membership.objects.filter(user=user, team=OuterRef("team_id"))),
        live_here=_count(live.filter(project=OuterRef("pk")).values("project")),
        live_in_all=_count(live.values("user")),
        accepted_in_all=_or_zero(everywhere.annotate(n=Sum("accepted")).values("n")),
        rejected_in_all=_or_zero(everywhere.annotate(n=Sum("rejected")).values("n")),
        is_targeted=Exists(ItemTarget.objects.filter(user=user, item__project=OuterRef("pk"))),
        has_rework=Exists(Answer.objects.filter(user=user, project=OuterRef("pk"), state=Answer.State.RETURNED)),
    )


def with_places(projects: QuerySet[Project]) -> QuerySet[Project]:
    free = Item.objects.filter(project=OuterRef("pk"), state=Item.State.OPEN, is_gold=False, taken__lt=F("places"))
    return projects.annotate(has_places=Exists(free))


def standing_of(project: Project) -> Standing:
    """The facts that `with_standing` (and `with_places`) have put on this project."""
    progress = project.my_progress or {}  # type: ignore[attr-defined]
    return Standing(
        is_member=project.is_member,  # type: ignore[attr-defined]
        answers=progress.get("answers", 0),
        accepted_here=progress.get("accepted", 0),
        rejected_here=progress.get("rejected", 0),
        live_here=project.live_here,  # type: ignore[attr-defined]
        live_in_all=project.live_in_all,  # type: ignore[attr-defined]
        accepted=project.accepted_in_all,  # type: ignore[attr-defined]
        rejected=project.rejected_in_all,  # type: ignore[attr-defined]
        has_places=getattr(project, "has_places", True),
        is_targeted=project.is_targeted,  # type: ignore[attr-defined]
    )


def can_work(user: User) -> Q:
    """`reasons_against` as a filter over `with_places(with_standing(...))`."""
    if user.is_suspended:
        return Q(pk__in=[])
    languages = Value(user.languages, output_field=ArrayField(CharField(max_length=20)))
    verdicts = F("accepted_in_all") + F("rejected_in_all")
    answers = Coalesce(F("my_progress__answers"), Value(0, JSONField()))
    return (
        Q(state=Project.State.OPEN)
        & (Q(team_only=True, is_member=True) | Q(team_only=False, is_member=False))
        & (Q(languages=[]) | Q(languages__overlap=languages))
        & (
            Q(accepted_in_all__lt=VERDICTS_BEFORE_REPUTATION - F("rejected_in_all"))
            | Q(accepted_in_all__gte=F("min_reputation") * verdicts / 100.0)
        )
        & (Q(cap_per_person=None) | Q(cap_per_person__gt=Cast(answers, IntegerField()) + F("live_here")))
        & (Q(assignment_mode=Project.AssignmentMode.AUTOMATIC) | Q(is_targeted=True))
        & Q(has_places=True, live_here__lt=MAX_LIVE_IN_PROJECT, live_in_all__lt=MAX_LIVE_IN_ALL)
    )


def _count(rows: QuerySet[Assignment]) -> Coalesce:
    return _or_zero(rows.annotate(n=Count("pk")).values("n"))


def _or_zero(rows: QuerySet) -> Coalesce:  # type: ignore[type-arg]
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)
