"""Practice: questions with their answers, as often as anybody likes. Nothing of it is paid, and nothing is kept."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.domain.exam_attempts import refuse_invalid
from annotation.exceptions import AnnotationError
from annotation.kinds.results import canonical_result
from annotation.kinds.schema import parse_schema, schema_for
from annotation.models import GoldAnswer, Item, Project


@dataclass(frozen=True)
class Practised:
    value: dict[str, Any]
    expected: dict[str, Any]
    is_right: bool
    explanation: str


def practice_questions(project: Project) -> list[int]:
    """The items, in the order of their practice."""
    golds = GoldAnswer.objects.filter(item__project=project, use=GoldAnswer.Use.PRACTICE)
    golds = golds.exclude(item__state=Item.State.HIDDEN)
    return list(golds.order_by("item__position").values_list("pk", flat=True))


def practice_question(project: Project, number: int) -> GoldAnswer:
    items = practice_questions(project)
    if not 1 <= number <= len(items):
        raise AnnotationError(_("There is no such question to practise with."), code="not_found", status=404)
    return GoldAnswer.objects.select_related("item__media").get(pk=items[number - 1])


def practise(project: Project, *, number: int, result: Any) -> Practised:
    """What the right answer is, and why."""
    gold = practice_question(project, number)
    version = project.schema_version
    assert version is not None
    schema = schema_for(version.pk, version.schema) if version.frozen_at else parse_schema(version.schema)
    refuse_invalid(schema, result)
    value, expected = canonical_result(schema, result), canonical_result(schema, gold.value)
    return Practised(value, expected, value == expected, gold.explanation)
