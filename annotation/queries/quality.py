"""What a quality admin looks at: where work waits, which client rejects much more than before, who fails gold."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Team
from annotation.agreement.intervals import wilson
from annotation.models import (
    AnnotatorProgress,
    Appeal,
    ClientSummary,
    GoldSummary,
    Project,
    ReviewerSummary,
    SummaryRun,
    Verdict,
)
from annotation.queries.reviewer_scores import scores_of
from lib.ids import first_id_of

RECENT = timedelta(days=7)
# A jump needs so many recent decisions and rejections, and a rate so many times that of the client's own past.
LEAST_RECENT = 20
LEAST_REJECTED = 5
JUMP = 5
LIVELY = (Project.State.OPEN, Project.State.PAUSED, Project.State.CLOSING)
PATTERN_VERDICTS = 20


def projects_in_work() -> QuerySet[Project]:
    """Projects with their summaries, the earliest deadline first."""
    projects = Project.objects.filter(state__in=LIVELY).select_related("team", "summary")
    return projects.order_by(F("summary__due_at").asc(nulls_last=True), "pk")


@dataclass(frozen=True)
class ClientRate:
    """How often a client's answers were rejected: of late, and before. `has_jumped` is a question, not a judgement."""

    team: Team
    rejected: int
    judged: int
    rejected_before: int
    judged_before: int

    @property
    def has_jumped(self) -> bool:
        return rate_has_jumped(self.rejected, self.judged, self.rejected_before, self.judged_before)


def rate_has_jumped(rejected: int, judged: int, rejected_before: int, judged_before: int) -> bool:
    """Fivefold against its own past, and not by chance. A client without a past has nothing to be compared with."""
    if rejected < LEAST_REJECTED or min(judged, judged_before) < LEAST_RECENT:
        return False
    # One more of each, so that a past without any rejection is not infinitely surpassed.
    before = (rejected_before + 1) / (judged_before + 2)
    return rejected / judged >= JUMP * before and wilson(rejected, judged).low > before


def client_rates(*, limit: int) -> list[ClientSummary]:
    """As the background last counted them: the highest rates, and before them every client that has jumped."""
    rows = ClientSummary.objects.select_related("team")
    jumped = list(rows.filter(has_jumped=True)[:limit])
    return jumped + list(rows.filter(has_jumped=False)[: limit - len(jumped)])


def rate_of(team: Team) -> ClientRate:
    """One client's rates now: as last counted, and what was judged since."""
    counted = ClientSummary.objects.filter(team=team).first()
    if counted is None:
        return next(iter(count_client_rates(team)), ClientRate(team, 0, 0, 0, 0))
    since: dict[str, Any] = Verdict.objects.filter(
        pk__gte=first_id_of(counted.counted_at), answer__project__team=team
    ).aggregate(**_counts())
    return ClientRate(
        team=team,
        rejected=counted.rejected + since["rejected"],
        judged=counted.judged + since["rejected"] + since["accepted"],
        rejected_before=counted.rejected_before,
        judged_before=counted.judged_before,
    )


def count_client_rates(only: Team | None = None) -> list[ClientRate]:
    """Of every client whose answers were judged in the last days. Three statements, which read all those verdicts."""
    verdicts = Verdict.objects.filter(pk__gte=first_id_of(timezone.now() - RECENT))
    if only is not None:
        verdicts = verdicts.filter(answer__project__team=only)
    rows: Any = verdicts.order_by().values("answer__project__team").annotate(**_counts(), **_SETTLED)
    recent = {row["answer__project__team"]: row for row in rows}
    totals: dict[Any, Any] = {
        row["project__team"]: row
        for row in AnnotatorProgress.objects.filter(project__team__in=recent)
        .order_by()
        .values("project__team")
        .annotate(accepted=Sum("accepted"), rejected=Sum("rejected"))
    }
    teams = Team.objects.in_bulk(recent)
    return [_rate(teams[team], row, totals.get(team, {})) for team, row in recent.items()]


def gold_records() -> QuerySet[GoldSummary]:
    """Everybody who has seen gold, the lowest share first, as the background last counted it."""
    return GoldSummary.objects.select_related("user")


def reviewer_records() -> QuerySet[ReviewerSummary]:
    """Who gave verdicts in the last days, the busiest first, as the background last counted it."""
    return ReviewerSummary.objects.select_related("user")


def counted_at(name: SummaryRun.Name) -> datetime | None:
    return SummaryRun.objects.filter(pk=name).values_list("counted_at", flat=True).first()


def count_reviewers() -> list[ReviewerSummary]:
    """Verdicts by people in the last days. Three statements, which read all of them."""
    rows: Any = (
        Verdict.objects.filter(pk__gte=first_id_of(timezone.now() - RECENT), decided_by__isnull=False)
        .order_by()
        .values("decided_by")
        .annotate(
            **_counts(),
            judged=Count("pk"),
            last=Max("created_at"),
            overturned=Count("pk", filter=Q(appeal__state=Appeal.State.OVERTURNED)),
        )
    )
    rows = list(rows)
    flagged, scores = _always_accepting(), scores_of(row["decided_by"] for row in rows)
    return [
        ReviewerSummary(
            user_id=row["decided_by"], accepted=row["accepted"], rejected=row["rejected"], returned=row["returned"],
            judged=row["judged"], overturned=row["overturned"], last=row["last"],
            right=scores[row["decided_by"]].right, wrong=scores[row["decided_by"]].wrong,
            always_accepts=flagged.get(row["decided_by"], 0),
        )
        for row in rows
    ]  # fmt: skip


def _always_accepting() -> dict[int, int]:
    """For each reviewer, of how many people he has accepted all of twenty or more, while he does reject others'."""
    pairs = (
        Verdict.objects.filter(pk__gte=first_id_of(timezone.now() - RECENT), decided_by__isnull=False)
        .order_by()
        .values("decided_by", "answer__user")
        .annotate(n=Count("pk"), accepted=Count("pk", filter=Q(decision=Verdict.Decision.ACCEPTED)))
        .values_list("decided_by", "n", "accepted")
    )
    all_accepted: dict[int, int] = {}
    strict: set[int] = set()
    for reviewer, judged, accepted in pairs.iterator():
        if accepted < judged:
            strict.add(reviewer)
        elif judged >= PATTERN_VERDICTS:
            all_accepted[reviewer] = all_accepted.get(reviewer, 0) + 1
    return {reviewer: count for reviewer, count in all_accepted.items() if reviewer in strict}


def _counts() -> dict[str, Count]:
    return {str(decision.value): Count("pk", filter=Q(decision=decision)) for decision in Verdict.Decision}


def _rate(team: Team, recent: dict[str, Any], total: dict[str, Any]) -> ClientRate:
    rejected, judged = recent["rejected"], recent["rejected"] + recent["accepted"]
    all_rejected, all_accepted = total.get("rejected", 0), total.get("accepted", 0)
    in_records = recent["accepted"] + recent["settled"] + recent["overturned"]
    return ClientRate(
        team=team,
        rejected=rejected,
        judged=judged,
        rejected_before=max(0, all_rejected - recent["settled"]),
        judged_before=max(0, all_rejected + all_accepted - in_records),
    )


# Rejections that are in their authors' records by now: as rejected, or as accepted. Those of old have no appeal.
_REJECTED = Q(decision=Verdict.Decision.REJECTED)
_SETTLED = {
    "settled": Count("pk", filter=_REJECTED & (Q(appeal=None) | Q(appeal__state=Appeal.State.FINAL))),
    "overturned": Count("pk", filter=_REJECTED & Q(appeal__state=Appeal.State.OVERTURNED)),
}
