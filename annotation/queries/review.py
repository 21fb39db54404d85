"""What waits for whose review: who may judge whose work, what a verdict earns, and the order of the queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat

from accounts.models import Membership, Role, Team, User
from annotation.kinds.schema import Schema, schema_for
from annotation.models import AnnotatorProgress, Answer, Assignment, Item, Project, Resolution
from annotation.queries.export import pseudonym

REVIEWERS = (Role.OWNER, Role.MANAGER, Role.REVIEWER)
CLIENTS = (Role.OWNER, Role.MANAGER)
# Below this an item is called uncertain.
UNCERTAIN = 0.8
# The queue is looked at so far; what was judged leaves it, and more moves up.
QUEUE_LENGTH = 1_000
DISAGREEING_AMONG = 5_000
ORDERS = ("uncertain", "disagreement", "oldest", "random")


def close_people(user: User, project: Project) -> QuerySet[User]:
    """Whose work this person does not judge: those who share a team. In a project for one team only, that team is
    what they are meant to share."""
    shared = Team.objects.filter(memberships__user=user)
    if project.team_only:
        shared = shared.exclude(pk=project.team_id)
    return User.objects.filter(memberships__team__in=shared).exclude(pk=user.pk)


def earns_for_reviews(user: User, project: Project) -> bool:
    """A verdict is paid to whoever is not the client himself."""
    if not project.review_price_minor:
        return False
    return not Membership.objects.filter(team=project.team_id, user=user, role__in=CLIENTS).exists()


def review_pay(user: User, project: Project) -> int:
    """What the next verdict of this person earns, in minor units."""
    if project.reviews_paid >= project.reviews_budget or not earns_for_reviews(user, project):
        return 0
    return int(project.review_price_minor)


def schema_of(project: Project) -> Schema | None:
    version = project.schema_version
    return schema_for(version.pk, version.schema) if version else None


def agrees(schema: Schema, value: Mapping[str, Any], decided: Mapping[str, Any]) -> bool:
    """Whether an answer says what was decided, in every field that either of them has."""
    return all(
        field.kind.distance(field, value.get(field.name), decided.get(field.name)) == 0
        for field in schema.fields
        if field.name in value or field.name in decided
    )


def agreeing_answers(item: Item, user: User) -> list[Answer]:
    """The pending answers to an item that say what its consensus says."""
    resolution = Resolution.objects.filter(item=item).first()
    schema = schema_of(item.project)
    if resolution is None or resolution.confidence is None or schema is None:
        return []
    pending = Answer.objects.judgeable_by(user).filter(item=item, state=Answer.State.PENDING).order_by("id")
    return [answer for answer in pending if agrees(schema, answer.value, resolution.value)]


@dataclass(frozen=True)
class QueueFilter:
    """How somebody wants to go through the queue."""

    order: str = "uncertain"
    only_uncertain: bool = False
    annotator: str = ""
    seed: str = ""

    @property
    def as_query(self) -> dict[str, str]:
        chosen = {
            "order": "" if self.order == "uncertain" else self.order,
            "uncertain": "1" if self.only_uncertain else "",
            "annotator": self.annotator,
            "seed": self.seed if self.order == "random" else "",
        }
        return {name: value for name, value in chosen.items() if value}


def review_queue(user: User, project: Project, wanted: QueueFilter, *, with_gold: bool = True) -> QuerySet[Resolution]:
    """The items with answers that wait for this person's verdict, in the wanted order."""
    waiting = project.answers.judgeable_by(user).filter(state=Answer.State.PENDING, item=OuterRef("pk"))
    if wanted.annotator:
        waiting = waiting.filter(user=annotator_called(project, wanted.annotator))
    items = Resolution.objects.filter(Exists(waiting), project=project)
    if not with_gold:
        items = items.filter(item__is_gold=False)
    if wanted.only_uncertain:
        items = items.filter(Q(confidence=None) | Q(confidence__lt=UNCERTAIN))
    if wanted.order == "oldest":
        earliest = waiting.order_by("review_due_at").values("review_due_at")[:1]
        return items.annotate(due=Subquery(earliest)).order_by("due", "pk")
    by_doubt = items.order_by(F("confidence").asc(nulls_first=True), "pk")
    if wanted.order == "disagreement":
        # Who disagrees leaves the consensus unsure: so many of the least sure are looked at, and not a million items.
        doubtful = Resolution.objects.filter(pk__in=by_doubt.values("pk")[:DISAGREEING_AMONG])
        return doubtful.annotate(together=_together()).order_by("together", F("confidence").asc(nulls_first=True), "pk")
    if wanted.order == "random":
        return items.annotate(lot=_lot(wanted.seed)).order_by("lot", "pk")
    return by_doubt


def annotator_called(project: Project, name: str) -> int:
    """Who bears this pseudonym in this project; 0 for nobody. It cannot be computed backwards, so all are tried."""
    users = AnnotatorProgress.objects.filter(project=project).values_list("user_id", flat=True)
    return next((user for user in users if pseudonym(project.team_id, user) == name), 0)


def _together() -> RawSQL:
    """Which share of an item's answers says what most of them say: 1 when nobody disagrees, or nobody is to."""
    said = """(SELECT max(said.n)::float8 / sum(said.n)
                 FROM (SELECT count(*) AS n FROM annotation_answer given
                        WHERE given.item_id = annotation_resolution.item_id AND given.state <> 'rejected'
                        GROUP BY given.value) said)"""
    return RawSQL(said, (), output_field=FloatField())  # noqa: S611


def _lot(seed: str) -> Func:
    text = Concat(Cast("pk", TextField()), Value(f":{seed}"))
    return Func(text, function="md5", output_field=TextField())


@dataclass(frozen=True)
class QueueRow:
    """An item of the queue, with what its answers say."""

    item: Item
    resolution: Resolution
    pending: int
    due: datetime | None
    answers: list[dict[str, Any]]


def queue_rows(user: User, project: Project, page: Iterable[Resolution]) -> list[QueueRow]:
    """Two statements more, whatever the number of rows."""
    resolutions = list(page)
    keys = [row.pk for row in resolutions]
    items = Item.objects.select_related("media").in_bulk(keys)
    waiting = {
        row["item"]: row
        for row in project.answers.judgeable_by(user)
        .filter(item__in=keys, state=Answer.State.PENDING)
        .order_by()
        .values("item")
        .annotate(n=Count("pk"), due=Min("review_due_at"))
    }
    said: dict[int, list[dict[str, Any]]] = {}
    counting = project.answers.filter(item__in=keys).exclude(state=Answer.State.REJECTED).order_by("id")
    for item, value in counting.values_list("item_id", "value"):
        said.setdefault(item, []).append(value)
    return [
        QueueRow(
            item=items[row.pk],
            resolution=row,
            pending=waiting.get(row.pk, {"n": 0})["n"],
            due=waiting.get(row.pk, {"due": None})["due"],
            answers=said.get(row.pk, []),
        )
        for row in resolutions
    ]


def with_hidden_gold(projects: QuerySet[Project], user: User) -> QuerySet[Project]:
    """`access.may_see_gold` in SQL, the other way round; a test holds the two together."""
    mine = Membership.objects.filter(user=user, team=OuterRef("team_id"))
    takes_part = Exists(Assignment.objects.filter(user=user, project=OuterRef("pk"))) | (
        Q(team_only=True) & Exists(mine)
    )
    hides = ~Q(state=Project.State.CLOSED) & ~Exists(mine.filter(role__in=CLIENTS)) & takes_part
    return projects.annotate(hides_gold=ExpressionWrapper(hides, output_field=BooleanField()))


def projects_to_review(user: User) -> QuerySet[Project]:
    """The projects where something waits for this person, whoever waits longest first."""
    projects = Project.objects.select_related("team", "token__chain", "second_pay__token__chain")
    if not user.is_quality_admin:
        mine = Membership.objects.filter(user=user, role__in=REVIEWERS).values("team")
        projects = projects.filter(team__in=mine)
    is_own_team = Membership.objects.filter(user=user, team=OuterRef("team_id"), role__in=CLIENTS)
    waiting = Answer.objects.filter(project=OuterRef("pk"), state=Answer.State.PENDING).judgeable_by(user)
    hidden = ExpressionWrapper(OuterRef("hides_gold"), output_field=BooleanField())
    waiting = waiting.annotate(hides_gold=hidden).exclude(hides_gold=True, item__is_gold=True)
    return (
        with_hidden_gold(projects, user)
        .annotate(
            waiting=Subquery(waiting.order_by().values("project").annotate(n=Count("pk")).values("n")),
            due=Subquery(waiting.order_by("review_due_at").values("review_due_at")[:1]),
            uncertain=Subquery(
                Resolution.objects.filter(project=OuterRef("pk"), confidence__lt=UNCERTAIN)
                .order_by()
                .values("project")
                .annotate(n=Count("pk"))
                .values("n")
            ),
            is_client=Exists(is_own_team),
        )
        .filter(waiting__gt=0)
        .order_by("due", "pk")
    )
