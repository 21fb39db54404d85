"""How good a project's answers are: probes over time, agreement, confusions, and whether the confidence is true."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.figures import CrowdRowShape, FieldAgreementShape, IntervalShape
from annotation.api.http import PROJECTS, caller
from annotation.kinds.schema import Schema
from annotation.queries.confusion import FieldConfusion, class_values
from annotation.queries.project_quality import interface_of, quality_of, without_probes


class ProbePointShape(serializers.Serializer[Any]):
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()
    right = serializers.IntegerField()
    count = serializers.IntegerField()
    interval = IntervalShape()


class DriftShape(serializers.Serializer[Any]):
    """The likeliest step down of the share right, and the chance that probes without any step show one so clear."""

    chance = serializers.FloatField()
    has_fallen = serializers.BooleanField(help_text="The chance is below 0.001.")
    before = IntervalShape()
    after = IntervalShape()


class ProbeFiguresShape(serializers.Serializer[Any]):
    all_right = serializers.IntegerField(help_text="Of the whole project.")
    all_seen = serializers.IntegerField()
    right = serializers.IntegerField(help_text="Of the last 2,000.")
    count = serializers.IntegerField()
    points = ProbePointShape(many=True, help_text="The last 2,000 in equal parts, in order of time.")
    drift = DriftShape(allow_null=True, help_text="Null below 60 probes.")
    since = serializers.DateTimeField(allow_null=True, help_text="Where the share has fallen: the first answer after.")


class SureBarShape(serializers.Serializer[Any]):
    said = serializers.FloatField(help_text="How sure the engine was, on average of this bar.")
    right = IntervalShape()
    count = serializers.IntegerField()


class SurenessShape(serializers.Serializer[Any]):
    bars = SureBarShape(many=True)
    error = serializers.FloatField(allow_null=True, help_text="The mean distance of said and right.")
    decided = serializers.IntegerField(help_text="Groups of answers to probes, decided as if nobody knew the answer.")


class ConfusionShape(serializers.Serializer[Any]):
    classes = serializers.ListField(
        child=serializers.CharField(allow_blank=True), help_text="In the order of the counts; empty is left blank."
    )
    per_option = serializers.BooleanField(help_text="Several may be chosen: a table of no and yes for each option.")
    counts = serializers.ListField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())),
        help_text="counts[question][decided][answered]; one question, or one for each option.",
    )


class FieldQualityShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    titles = serializers.DictField(child=serializers.CharField())
    agreement = FieldAgreementShape(allow_null=True)
    sureness = SurenessShape()
    confusion = ConfusionShape()


class ProjectQualityShape(serializers.Serializer[Any]):
    probes = ProbeFiguresShape()
    questions = FieldQualityShape(many=True)
    people = CrowdRowShape(many=True, help_text="The 50 who answered most.")
    items = serializers.IntegerField(help_text="Of the sample that agreement and confusions are taken from.")
    answers = serializers.IntegerField()
    counted_at = serializers.DateTimeField(help_text="Kept for five minutes.")
    with_probes = serializers.BooleanField(
        help_text="False for whoever may be given work in the project: what probes are part of is left out."
    )


def confusion_json(schema: Schema, confusion: FieldConfusion) -> dict[str, Any]:
    return {
        "classes": class_values(schema.by_name[confusion.name]),
        "per_option": confusion.per_option,
        "counts": confusion.counts,
    }


class ProjectQualityView(APIView):
    """Figures of quality, of samples and kept counts: a project of a million items answers as soon as a small one."""

    required_scope = PROJECTS

    @extend_schema(responses=ProjectQualityShape, operation_id="project_quality")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        found = quality_of(project)
        if not access.may_see_gold(caller(request), project):
            found = without_probes(found)
        schema = interface_of(project)
        questions = [
            {
                "name": each.name, "titles": each.titles, "agreement": each.agreement, "sureness": each.sureness,
                "confusion": confusion_json(schema, each.confusion) if schema else {},
            }
            for each in found.fields
        ]  # fmt: skip
        whole = {
            "probes": found.probes, "questions": questions, "people": found.people, "items": found.items,
            "answers": found.answers, "counted_at": found.counted_at, "with_probes": found.with_probes,
        }  # fmt: skip
        return Response(ProjectQualityShape(whole).data)
