"""What the rules of eligibility ask about a person, answered for any number of projects in one statement."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection
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
from django.http import Http404

from accounts.models import Membership, User
from annotation.eligibility import MAX_LIVE_IN_ALL, MAX_LIVE_IN_PROJECT, VERDICTS_BEFORE_REPUTATION, Standing
from annotation.models import AnnotatorProgress, Answer, Assignment, Insider, Item, ItemTarget, Project
from annotation.queries.exams import NEEDS_EXAM, needs_exam

_SEEN = (Assignment.State.LEASED, Assignment.State.SUBMITTED, Assignment.State.SKIPPED)
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
                JSONObject(
                    id="pk",
                    drawn="leases_drawn",
                    answers="answers",
                    accepted="accepted",
                    rejected="rejected",
                    is_doubtful="is_doubtful",
                )
            )[:1],
            output_field=JSONField(),
        ),
        is_member=Exists(Membership.objects.filter(user=user, team=OuterRef("team_id"))),
        is_insider=Exists(Insider.objects.filter(user=user, project=OuterRef("pk"))),
        live_here=_count(live.filter(project=OuterRef("pk")).values("project")),
        live_in_all=_count(live.values("user")),
        accepted_in_all=_or_zero(everywhere.annotate(n=Sum("accepted")).values("n")),
        rejected_in_all=_or_zero(everywhere.annotate(n=Sum("rejected")).values("n")),
        is_targeted=Exists(ItemTarget.objects.filter(user=user, item__project=OuterRef("pk"))),
        needs_exam=needs_exam(user),
        has_rework=Exists(Answer.objects.filter(user=user, project=OuterRef("pk"), state=Answer.State.RETURNED)),
    )


def project_with_standing(user: User, project_id: UUID) -> Project:
    """The same for one project on the queue's hot path, in SQL of its own; 404 for one this person may not know of.

    Only what the rules and the draw ask about is read. A test holds it to `with_standing`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE, {"user": user.pk, "project": project_id})
        row = cursor.fetchone()
    if row is None:
        raise Http404
    project = Project(id=project_id, **dict(zip(_COLUMNS, row, strict=False)))
    facts = row[len(_COLUMNS) :]
    for name, value in zip(_FACTS, facts, strict=True):
        setattr(project, name, value)
    is_running = project.state in RUNNING and (not project.team_only or project.is_member)  # type: ignore[attr-defined]
    if not is_running and project.my_progress is None:  # type: ignore[attr-defined]
        raise Http404
    return project


def with_places(projects: QuerySet[Project]) -> QuerySet[Project]:
    free = Item.objects.filter(project=OuterRef("pk"), state=Item.State.OPEN, is_gold=False, taken__lt=F("places"))
    return projects.annotate(has_places=Exists(free))


def is_kept_from(project: Project, user: User) -> bool:
    """Whether a free item that this person has not seen waits for people whose answers tell more."""
    progress = project.my_progress or {}  # type: ignore[attr-defined]
    if not (project.is_adaptive and progress.get("is_doubtful")):
        return False
    seen = Assignment.objects.filter(user=user, item=OuterRef("pk"), state__in=_SEEN, is_rework=False)
    free = project.items.filter(state=Item.State.OPEN, is_gold=False, taken__lt=F("places"))
    if project.assignment_mode == Project.AssignmentMode.MANUAL:
        free = free.filter(targets__user=user)
    return free.exclude(Exists(seen)).exists()


def standing_of(project: Project) -> Standing:
    """The facts that `with_standing` (and `with_places`) have put on this project."""
    progress = project.my_progress or {}  # type: ignore[attr-defined]
    return Standing(
        is_member=project.is_member,  # type: ignore[attr-defined]
        is_insider=project.is_insider,  # type: ignore[attr-defined]
        answers=progress.get("answers", 0),
        accepted_here=progress.get("accepted", 0),
        rejected_here=progress.get("rejected", 0),
        live_here=project.live_here,  # type: ignore[attr-defined]
        live_in_all=project.live_in_all,  # type: ignore[attr-defined]
        accepted=project.accepted_in_all,  # type: ignore[attr-defined]
        rejected=project.rejected_in_all,  # type: ignore[attr-defined]
        has_places=getattr(project, "has_places", True),
        is_targeted=project.is_targeted,  # type: ignore[attr-defined]
        needs_exam=project.needs_exam,  # type: ignore[attr-defined]
    )


def can_work(user: User) -> Q:
    """`reasons_against` as a filter over `with_places(with_standing(...))`."""
    if user.is_suspended:
        return Q(pk__in=[])
    languages = Value(user.languages, output_field=ArrayField(CharField(max_length=20)))
    verdicts = F("accepted_in_all") + F("rejected_in_all")
    answers = Coalesce(F("my_progress__answers"), Value(0, JSONField()))
    return (
        Q(state=Project.State.OPEN, is_insider=False, needs_exam=False)
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


def _count(rows: QuerySet[Assignment, Any]) -> Coalesce:
    return _or_zero(rows.annotate(n=Count("pk")).values("n"))


def _or_zero(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


_COLUMNS = (
    "state", "team_id", "team_only", "languages", "min_reputation", "cap_per_person", "assignment_mode", "gold_percent",
    "target_confidence",
    "schema_version_id",
)  # fmt: skip
_FACTS = (
    "is_interface_new", "my_progress", "is_member", "is_insider", "live_here", "live_in_all", "accepted_in_all",
    "rejected_in_all", "is_targeted", "needs_exam", "has_rework",
)  # fmt: skip
_ONE = f"""
SELECT {", ".join(f"p.{name}" for name in _COLUMNS)},
       (SELECT s.frozen_at IS NULL FROM annotation_schemaversion s WHERE s.id = p.schema_version_id),
       (SELECT json_build_object('id', mine.id, 'drawn', mine.leases_drawn, 'answers', mine.answers,
                                 'accepted', mine.accepted, 'rejected', mine.rejected, 'is_doubtful', mine.is_doubtful)
          FROM annotation_annotatorprogress mine WHERE mine.project_id = p.id AND mine.user_id = %(user)s),
       EXISTS (SELECT 1 FROM accounts_membership m WHERE m.team_id = p.team_id AND m.user_id = %(user)s),
       EXISTS (SELECT 1 FROM annotation_insider n WHERE n.project_id = p.id AND n.user_id = %(user)s),
       live.here, live.everywhere, whole.accepted, whole.rejected,
       CASE WHEN p.assignment_mode = 'manual' THEN EXISTS (
           SELECT 1 FROM annotation_itemtarget t JOIN annotation_item i ON i.id = t.item_id
            WHERE t.user_id = %(user)s AND i.project_id = p.id) ELSE false END,
       {NEEDS_EXAM},
       EXISTS (SELECT 1 FROM annotation_answer a
                WHERE a.user_id = %(user)s AND a.project_id = p.id AND a.state = 'returned')
  FROM annotation_project p,
       LATERAL (SELECT count(*) FILTER (WHERE l.project_id = p.id) AS here, count(*) AS everywhere
                  FROM annotation_assignment l WHERE l.user_id = %(user)s AND l.state = 'leased') live,
       LATERAL (SELECT coalesce(sum(a.accepted), 0) AS accepted, coalesce(sum(a.rejected), 0) AS rejected
                  FROM annotation_annotatorprogress a WHERE a.user_id = %(user)s) whole
 WHERE p.id = %(project)s
"""  # noqa: S608
