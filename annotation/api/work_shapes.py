"""The shapes of the work API, for its documentation, and the JSON of a project in an annotator's list."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from annotation.domain.lease import SKIP_REASONS
from annotation.queries.work import WorkRow, prices_json, second_price, token_json


@extend_schema_serializer(component_name="TokenOfAmount")
class TokenShape(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    decimals = serializers.IntegerField()
    address = serializers.CharField()
    chain_id = serializers.IntegerField()


class AmountShape(serializers.Serializer[Any]):
    minor = serializers.CharField(help_text="Whole minor units, as a string.")
    token = TokenShape()


class WhyShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()


class ProgressShape(serializers.Serializer[Any]):
    mine = serializers.IntegerField()
    project_done = serializers.IntegerField()
    project_total = serializers.IntegerField()


class PaceShape(serializers.Serializer[Any]):
    answers = serializers.IntegerField()
    median_ms = serializers.IntegerField(allow_null=True)
    hourly = AmountShape(allow_null=True)
    second_hourly = AmountShape(allow_null=True, help_text="Of the second token, where the project pays in two.")


class WorkProjectShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    team = serializers.CharField()
    state = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    price = AmountShape()
    second_price = AmountShape(allow_null=True, help_text="Paid besides, for the same answer, in another token.")
    progress = ProgressShape()
    remaining = serializers.IntegerField(help_text="Answers still wanted, about.")
    returned = serializers.BooleanField(help_text="An answer of yours came back to be done again.")
    live_leases = serializers.IntegerField()
    pace = PaceShape()
    why_not = WhyShape(many=True)


class WorkProjectsShape(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WorkProjectShape(many=True)


class ReturnedCommentShape(serializers.Serializer[Any]):
    text = serializers.CharField()
    at = serializers.DateTimeField()
    is_mine = serializers.BooleanField()


class ReturnedThreadShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    region = serializers.JSONField()
    title = serializers.CharField(help_text="The place in words.")
    is_removed = serializers.BooleanField(help_text="The answer has no such place any more.")
    is_open = serializers.BooleanField()
    comments = ReturnedCommentShape(many=True)


class ReturnedShape(serializers.Serializer[Any]):
    comment = serializers.CharField()
    reason = serializers.CharField()
    value = serializers.JSONField()
    threads = ReturnedThreadShape(many=True, help_text="What was said on its places.")


class LeaseShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    item = serializers.IntegerField(help_text="Counts your leases in the project; it is not the item's id.")
    data: Any = serializers.JSONField()
    media = serializers.JSONField()
    schema_version = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    expires_in_s = serializers.IntegerField()
    price = AmountShape()
    draft = serializers.JSONField(allow_null=True)
    returned = ReturnedShape(allow_null=True)


class PrefsShape(serializers.Serializer[Any]):
    shortcuts = serializers.BooleanField()
    keymap = serializers.JSONField()


class WorkbenchShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.CharField()
    instructions_html = serializers.CharField()
    schema_version = serializers.IntegerField()
    schema = serializers.JSONField()
    price = AmountShape()
    second_price = AmountShape(allow_null=True, help_text="Paid besides, for the same answer, in another token.")
    progress = ProgressShape()
    earned = AmountShape()
    pending = AmountShape()
    prefs = PrefsShape()
    why_not = WhyShape(many=True)
    leases = LeaseShape(many=True)


class TakeShape(serializers.Serializer[Any]):
    n = serializers.IntegerField(min_value=1, max_value=20, default=1)


class LeasesShape(serializers.Serializer[Any]):
    leases = LeaseShape(many=True)
    state = serializers.ChoiceField(choices=["ok", "empty", "not_eligible", "paused", "closed"])
    why = WhyShape(many=True)
    retry_after_s = serializers.IntegerField(allow_null=True)


class HeartbeatShape(serializers.Serializer[Any]):
    leases = serializers.ListField(child=serializers.UUIDField(), max_length=100)


class AliveShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    expires_in_s = serializers.IntegerField(allow_null=True)
    live = serializers.BooleanField()


class HeartbeatsShape(serializers.Serializer[Any]):
    leases = AliveShape(many=True)


class DraftShape(serializers.Serializer[Any]):
    result = serializers.DictField()


class SkipShape(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=SKIP_REASONS)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)


class SubmissionShape(serializers.Serializer[Any]):
    lease = serializers.UUIDField()
    result = serializers.DictField()
    lead_ms = serializers.IntegerField(min_value=0, default=0)
    active_ms = serializers.IntegerField(min_value=0, default=0)
    schema_version = serializers.IntegerField(required=False)
    client = serializers.DictField(required=False, help_text="v and locale")


class ReceiptShape(serializers.Serializer[Any]):
    answer = serializers.UUIDField()
    state = serializers.CharField()
    progress = ProgressShape()
    earned = AmountShape()
    pending = AmountShape()


def row_json(row: WorkRow) -> dict[str, Any]:
    project = row.project
    token = token_json(project.token)
    second = second_price(project)
    pace = {
        "answers": row.pace.answers,
        "median_ms": row.pace.median_ms,
        "hourly": _estimate(row.pace.hourly_minor, token),
        "second_hourly": _estimate(row.pace.second_hourly_minor, token_json(second.token) if second else None),
    }
    return {
        "id": str(project.pk),
        "title": project.title,
        "description": project.description,
        "team": project.team.name,
        "state": project.state,
        "languages": project.languages,
        **prices_json(project),
        "progress": {"mine": row.mine, "project_done": row.done, "project_total": row.total},
        "remaining": row.remaining,
        "returned": row.has_rework,
        "live_leases": row.live_leases,
        "pace": pace,
        "why_not": [why.as_json() for why in row.why_not],
    }


def _estimate(minor: int | None, token: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if minor is None or token is None else {"minor": str(minor), "token": token}


def too_many(most: int) -> str:
    return _("Send a list of at most %(most)d.") % {"most": most}


def send_object() -> str:
    return _("Send an object with one entry per field.")
