"""What the endpoints of projects, uploads, reviews and exports take and give."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from annotation.models import Answer, Export, Item, Project, SchemaVersion, Upload, UploadError, Verdict
from annotation.models.comment import MOST_CHARACTERS
from annotation.models.project import LEAST_TARGET, LEAST_WITH_TARGET, MOST_TARGET
from rewards.queries import active_tokens


class MinorAsText(serializers.CharField):
    """Minor units as text: JSON numbers lose digits above 2**53."""

    default_error_messages = {"invalid": 'Write whole minor units, such as "20000".'}

    def to_representation(self, value: Any) -> str:
        return str(value)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not (text.isascii() and text.isdigit() and len(text) <= 77):
            self.fail("invalid")
        return int(text)


class ProjectShape(serializers.ModelSerializer[Project]):
    price_minor = MinorAsText(required=False)
    review_price_minor = MinorAsText(required=False)
    token = serializers.PrimaryKeyRelatedField(queryset=active_tokens(), required=False, allow_null=True)
    schema_version = serializers.IntegerField(source="schema_version.number", read_only=True, allow_null=True)

    class Meta:
        model = Project
        fields = (
            "id",
            "team",
            "title",
            "description",
            "instructions",
            "state",
            "assignment_mode",
            "token",
            "price_minor",
            "review_price_minor",
            "fee_bps",
            "overlap",
            "target_confidence",
            "least_overlap",
            "lease_seconds",
            "review_period_seconds",
            "appeal_period_seconds",
            "gold_percent",
            "languages",
            "team_only",
            "min_reputation",
            "cap_per_person",
            "items_total",
            "schema_version",
            "created_at",
            "opened_at",
            "closed_at",
        )
        read_only_fields = ("id", "state", "fee_bps", "items_total", "created_at", "opened_at", "closed_at")
        extra_kwargs = {
            "lease_seconds": {"min_value": 60, "max_value": 86_400},
            "review_period_seconds": {"min_value": 0, "max_value": 90 * 86_400},
            "appeal_period_seconds": {"min_value": 86_400, "max_value": 30 * 86_400},
            "overlap": {"min_value": 1, "max_value": 100},
            "target_confidence": {"min_value": LEAST_TARGET, "max_value": MOST_TARGET},
            "least_overlap": {"min_value": LEAST_WITH_TARGET, "max_value": 100},
            "gold_percent": {"max_value": 50},
            "min_reputation": {"max_value": 100},
        }


class ProjectChangesShape(ProjectShape):
    """The same without what cannot change."""

    class Meta(ProjectShape.Meta):
        read_only_fields: Any = (*ProjectShape.Meta.read_only_fields, "team")


class SchemaShape(serializers.ModelSerializer[SchemaVersion]):
    class Meta:
        model = SchemaVersion
        fields = ("number", "schema", "created_at", "frozen_at")
        read_only_fields = ("number", "created_at", "frozen_at")


class FundingShape(serializers.Serializer[Any]):
    funder_address = serializers.RegexField(r"^0x[0-9a-fA-F]{40}$", help_text="The wallet that will open the escrow.")


@extend_schema_serializer(component_name="OptionalReason")
class ReasonShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class UploadShape(serializers.ModelSerializer[Upload]):
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = (
            "id",
            "original_name",
            "format",
            "bytes",
            "sha256",
            "state",
            "progress",
            "rows_read",
            "rows_good",
            "rows_bad",
            "rows_duplicate",
            "columns",
            "preview",
            "failure",
            "created_at",
        )

    @extend_schema_field(OpenApiTypes.FLOAT)
    def get_progress(self, upload: Upload) -> float:
        return round(upload.bytes_read / upload.bytes, 4) if upload.bytes else 1.0


class RowErrorShape(serializers.ModelSerializer[UploadError]):
    class Meta:
        model = UploadError
        fields = ("row", "field", "reason")


class ResolutionShape(serializers.Serializer[Any]):
    """What the answers to an item come to. No confidence: nothing is decided yet."""

    value = serializers.JSONField()
    confidence = serializers.FloatField(allow_null=True)
    method = serializers.CharField()
    answers = serializers.IntegerField()


class ItemShape(serializers.ModelSerializer[Item]):
    resolution = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = (
            "id",
            "position",
            "data",
            "media",
            "original_name",
            "sha256",
            "places",
            "taken",
            "answered",
            "state",
            "is_gold",
            "resolution",
        )

    @extend_schema_field(ResolutionShape(allow_null=True))
    def get_resolution(self, item: Item) -> Any:
        row = getattr(item, "resolution", None)
        return None if row is None else ResolutionShape(row).data


class VerdictShape(serializers.ModelSerializer[Verdict]):
    class Meta:
        model = Verdict
        fields = ("id", "answer", "revision", "decision", "reason", "evidence", "created_at")
        read_only_fields = ("id", "answer", "revision", "created_at")


class RemarkShape(serializers.Serializer[Any]):
    """A comment on one place of an answer that is returned."""

    region = serializers.JSONField(
        help_text='{"on": "answer"}, {"on": "field", "field"}, {"on": "part", "field", "part"}, or {"on": "text", '
        '"source"} with start and end in code points, or with a quote: then where it first occurs.'
    )
    text = serializers.CharField(max_length=MOST_CHARACTERS)


class DecisionShape(serializers.Serializer[Any]):
    """`revision` is the one that was looked at: a newer one is then not judged unseen."""

    decision = serializers.ChoiceField(choices=Verdict.Decision.choices)
    reason = serializers.ChoiceField(choices=Verdict.Reason.choices, required=False, allow_blank=True, default="")
    evidence = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    revision = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    comments = RemarkShape(
        many=True,
        required=False,
        default=list,
        help_text="With a return, on its places. Evidence enough where none is.",
    )


class AnswerToReviewShape(serializers.ModelSerializer[Answer]):
    """`annotator` is a pseudonym; reviewers never see who somebody is."""

    annotator = serializers.SerializerMethodField()
    data: Any = serializers.JSONField(source="item.data")
    verdicts = VerdictShape(many=True, read_only=True)

    class Meta:
        model = Answer
        fields = (
            "id",
            "item",
            "data",
            "annotator",
            "value",
            "revision",
            "state",
            "active_ms",
            "created_at",
            "review_due_at",
            "verdicts",
        )

    def get_annotator(self, answer: Answer) -> str:
        return str(self.context["pseudonym"](answer.user_id))


class OwnAnswerShape(serializers.ModelSerializer[Answer]):
    """An annotator's own answer, with every verdict on it and its reason. `number` is the item's, as it was lent."""

    price_minor = MinorAsText()
    number = serializers.IntegerField(source="assignment.number", read_only=True)
    verdicts = VerdictShape(many=True, read_only=True)

    class Meta:
        model = Answer
        fields = ("id", "project", "number", "value", "revision", "state", "price_minor", "created_at", "verdicts")


class ExportShape(serializers.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = (
            "id",
            "format",
            "state",
            "items_total",
            "items_done",
            "bytes",
            "sha256",
            "losses",
            "failure",
            "created_at",
            "finished_at",
        )
        read_only_fields = tuple(name for name in fields if name != "format")
