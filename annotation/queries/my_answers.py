"""An annotator's own answers: what became of each, and of its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import get_language

from accounts.models import User
from annotation.kinds.schema import schema_for
from annotation.kinds.titles import title_in
from annotation.models import Answer, Appeal, Project, SecondPay, Verdict
from annotation.queries.review_item import Event, SaidField, has_lapsed, history_of_answer, said_in
from rewards.models import Earning, Payout
from rewards.queries import earnings_for, second_earnings_for


@dataclass(frozen=True)
class OwnAnswer:
    answer: Answer
    said: list[SaidField]
    verdict: Verdict | None  # the last one
    earning: Earning | None
    second_earning: Earning | None  # of a project that pays in two tokens
    has_lapsed: bool

    @property
    def appeal(self) -> Appeal | None:
        return getattr(self.answer, "appeal", None)

    @property
    def earnings(self) -> list[Earning]:
        return [earning for earning in (self.earning, self.second_earning) if earning is not None]

    @property
    def second_pay(self) -> SecondPay | None:
        return getattr(self.answer.project, "second_pay", None)

    @property
    def payout(self) -> Payout | None:
        return self.earning.payout if self.earning else None

    @property
    def money_state(self) -> str:
        """none, expected, kept (while a rejection may be overturned), accepted (not posted yet), earned, frozen (on its
        way), claimable or paid."""
        if self.payout is not None:
            return str(self.payout.state)
        if self.earning is not None:
            return "earned"
        if self.answer.state == Answer.State.REJECTED and self.appeal is not None and self.appeal.is_live:
            return "kept"
        return {"accepted": "accepted", "pending": "expected", "returned": "expected"}.get(self.answer.state, "none")


def own_answers(user: User, *, state: str = "", project: UUID | None = None) -> QuerySet[Answer]:
    """Newest first, with all that `with_outcomes` reads."""
    answers = Answer.objects.filter(user=user)
    if state in Answer.State.values:
        answers = answers.filter(state=state)
    if project is not None:
        answers = answers.filter(project=project)
    related = (
        "project__team", "project__token__chain", "project__second_pay__token__chain", "schema_version", "assignment",
        "appeal",
    )  # fmt: skip
    return answers.select_related(*related).prefetch_related("verdicts").order_by("-id")


def with_outcomes(answers: Sequence[Answer]) -> list[OwnAnswer]:
    """Two statements, whatever the number of answers."""
    ids = [answer.pk for answer in answers]
    earnings = earnings_for(ids, Earning.Reason.ANSWER)
    seconds = second_earnings_for(ids, Earning.Reason.ANSWER)
    return [_own(answer, earnings.get(answer.pk), seconds.get(answer.pk)) for answer in answers]


def counts_by_state(user: User) -> dict[str, int]:
    rows = Answer.objects.filter(user=user).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def projects_answered(user: User) -> QuerySet[Project]:
    return Project.objects.filter(annotators__user=user, annotators__answers__gt=0).order_by("title", "pk")


def history(answer: Answer) -> list[Event]:
    return history_of_answer(answer)


def shown_data(answer: Answer) -> dict[str, Any]:
    """Only the columns that the interface names: what the annotator saw."""
    schema = schema_for(answer.schema_version_id, answer.schema_version.schema)
    return {part.name: answer.item.data.get(part.name) for part in schema.data if part.type != "image"}


def questions(answer: Answer) -> list[tuple[str, str]]:
    """Name and title of every question of the interface."""
    schema, locale = schema_for(answer.schema_version_id, answer.schema_version.schema), get_language() or "en"
    return [(each.name, title_in(each.titles, locale, fallback=each.name)) for each in schema.fields]


def _own(answer: Answer, earning: Earning | None, second: Earning | None) -> OwnAnswer:
    schema = schema_for(answer.schema_version_id, answer.schema_version.schema)
    verdicts = sorted(answer.verdicts.all(), key=lambda verdict: verdict.revision)
    return OwnAnswer(
        answer=answer,
        said=said_in(schema, answer.value),
        verdict=verdicts[-1] if verdicts else None,
        earning=earning,
        second_earning=second,
        has_lapsed=has_lapsed(answer),
    )
