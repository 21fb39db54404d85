"""What the endpoints of exams take and give."""

from typing import Any

from rest_framework import serializers

from annotation.api.shapes import MinorAsText
from annotation.api.work_shapes import AmountShape, WhyShape
from annotation.domain.exam_attempts import current_question
from annotation.domain.exams import LIMITS
from annotation.models import Exam, ExamAttempt, GoldAnswer, Item, SchemaVersion
from annotation.queries.exams import Prospect, QuestionFigures, shown_data, shown_media
from annotation.queries.work import token_json


class ExamShape(serializers.ModelSerializer[Exam]):
    """What is not sent stays as it is; in a new exam, it has its default."""

    pay_minor = MinorAsText(required=False)

    class Meta:
        model = Exam
        fields = (
            "questions", "pass_mark", "seconds", "attempts_most", "cooldown_seconds", "valid_days", "pay_minor",
            "pay_mark", "paid_attempts", "paid_budget", "version",
        )  # fmt: skip
        read_only_fields = ("version",)
        extra_kwargs = {
            name: {"min_value": low, "max_value": high, "required": False} for name, (low, high) in LIMITS.items()
        }


class ShareOutShape(serializers.Serializer[Any]):
    exam = serializers.IntegerField(min_value=0, max_value=5000)
    practice = serializers.IntegerField(min_value=0, max_value=5000, required=False, default=0)


class VoidShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class VoidedShape(serializers.Serializer[Any]):
    reason = serializers.CharField()
    let_in = serializers.IntegerField(help_text="People who pass without it.")
    made_good = serializers.IntegerField(help_text="Attempts that are paid without it.")
    created_at = serializers.DateTimeField()


class QuestionFiguresShape(serializers.Serializer[Any]):
    item = serializers.IntegerField(source="gold.item_id")
    value = serializers.JSONField(source="gold.value")
    explanation = serializers.CharField(source="gold.explanation")
    takers = serializers.IntegerField(help_text="Who met it for the first time.")
    missed = serializers.IntegerField()
    missed_low = serializers.FloatField(source="share.low", help_text="Of the share, at 95 %.")
    missed_high = serializers.FloatField(source="share.high")
    is_suspect = serializers.BooleanField(help_text="Surely more than half miss it.")
    void = VoidedShape(allow_null=True)


class ExamQuestionsShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = QuestionFiguresShape(many=True)


class AttemptLineShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ExamAttempt.State.choices)
    right = serializers.IntegerField()
    counted = serializers.IntegerField()
    is_paid = serializers.BooleanField()
    expires_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ProspectShape(serializers.Serializer[Any]):
    questions = serializers.IntegerField(source="exam.questions")
    seconds = serializers.IntegerField(source="exam.seconds")
    pass_mark = serializers.IntegerField(source="exam.pass_mark")
    pay_mark = serializers.IntegerField(source="exam.pay_mark")
    pay = AmountShape(help_text="Of the next attempt, if it reaches its mark; 0: not paid.")
    attempts_left = serializers.IntegerField(source="left")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When the cool-down ends.")
    has_passed = serializers.BooleanField()
    valid_until = serializers.DateTimeField(allow_null=True)
    may_start = serializers.BooleanField()
    practice_questions = serializers.IntegerField()
    why_not = WhyShape(many=True, help_text="Rules that no exam changes.")
    attempts = AttemptLineShape(many=True)


class QuestionShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    data: Any = serializers.JSONField()
    media = serializers.JSONField()


class FeedbackShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    data: Any = serializers.JSONField()
    value = serializers.JSONField()
    expected = serializers.JSONField()
    explanation = serializers.CharField()
    is_right = serializers.BooleanField()
    is_voided = serializers.BooleanField()


class AttemptShape(AttemptLineShape):
    project = serializers.UUIDField(source="exam_id")
    questions = serializers.IntegerField()
    pass_mark = serializers.IntegerField()
    pay_mark = serializers.IntegerField()
    pay = AmountShape()
    schema_version = serializers.IntegerField()
    schema = serializers.JSONField()
    question = QuestionShape(allow_null=True, help_text="The one that waits; null when it is over.")
    feedback = FeedbackShape(many=True, help_text="Of what was answered, when it is over.")


class ExamAnswerShape(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, max_value=1000)
    result = serializers.JSONField()


class PracticeResultShape(serializers.Serializer[Any]):
    result = serializers.JSONField()


class PracticeShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    of = serializers.IntegerField()
    schema = serializers.JSONField()
    data: Any = serializers.JSONField()
    media = serializers.JSONField()


class PractisedShape(serializers.Serializer[Any]):
    value = serializers.JSONField()
    expected = serializers.JSONField()
    is_right = serializers.BooleanField()
    explanation = serializers.CharField()


def prospect_json(prospect: Prospect, *, why: list[Any], practice: int) -> dict[str, Any]:
    exam, passed = prospect.exam, prospect.passed
    return ProspectShape(
        {
            "exam": exam,
            "pay": {"minor": str(prospect.pay_minor), "token": token_json(exam.project.token)},
            "left": prospect.left,
            "next_at": prospect.next_at,
            "has_passed": passed is not None,
            "valid_until": passed.valid_until if passed else None,
            "may_start": prospect.may_start and not why,
            "practice_questions": practice,
            "why_not": [each.as_json() for each in why],
            "attempts": list(prospect.attempts),
        }
    ).data


def attempt_json(attempt: ExamAttempt) -> dict[str, Any]:
    waiting = current_question(attempt) if attempt.is_live else None
    version = attempt.schema_version
    return AttemptLineShape(attempt).data | {
        "project": str(attempt.exam_id),
        "questions": attempt.questions,
        "pass_mark": attempt.pass_mark,
        "pay_mark": attempt.pay_mark,
        "pay": {"minor": str(attempt.pay_minor), "token": token_json(attempt.exam.project.token)},
        "schema_version": version.number,
        "schema": version.schema,
        "question": {"number": waiting.number} | item_json(version, waiting.item) if waiting else None,
        "feedback": [] if attempt.is_live else _feedback(attempt),
    }


def item_json(version: SchemaVersion, item: Item) -> dict[str, Any]:
    """As in a lease: only what the interface names."""
    return {"data": shown_data(version, item), "media": shown_media(version, item, address="api-media")}


def _feedback(attempt: ExamAttempt) -> list[dict[str, Any]]:
    rows = attempt.answers.exclude(answered_at=None).select_related("item__media", "item__exam_void").order_by("number")
    items = [row.item_id for row in rows]
    why = dict(GoldAnswer.objects.filter(item__in=items).values_list("item", "explanation"))
    return [
        {
            "number": row.number,
            "data": shown_data(attempt.schema_version, row.item),
            "value": row.value,
            "expected": row.expected,
            "explanation": why.get(row.item_id, ""),
            "is_right": bool(row.is_right),
            "is_voided": hasattr(row.item, "exam_void"),
        }
        for row in rows
    ]


def figures_json(rows: list[QuestionFigures]) -> Any:
    return QuestionFiguresShape(rows, many=True).data
