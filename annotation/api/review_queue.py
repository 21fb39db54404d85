"""What waits for whose verdict, in its order, and one item as its reviewer sees it."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.comments import ThreadShape
from annotation.api.http import REVIEWS, caller
from annotation.api.shapes import AnswerToReviewShape, ResolutionShape
from annotation.api.work_shapes import AmountShape
from annotation.domain.insider import remember_insider
from annotation.models import Project
from annotation.queries import review as queue
from annotation.queries.review_item import ItemReview, ReviewedAnswer, item_review
from annotation.review_forms import QueueForm
from lib.api.pagination import OffsetPagination
from rewards.queries import AmountJson, amount_json

ORDER = OpenApiParameter("order", OpenApiTypes.STR, enum=queue.ORDERS, description="uncertain, when left out.")
UNCERTAIN = OpenApiParameter("uncertain", OpenApiTypes.BOOL, description="Only items below a confidence of 0.8.")
ANNOTATOR = OpenApiParameter("annotator", OpenApiTypes.STR, description="Only items answered under this pseudonym.")
SEED = OpenApiParameter("seed", OpenApiTypes.STR, description="The same seed gives the same random order.")


class ProjectToReviewShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    team = serializers.CharField(source="team.name")
    waiting = serializers.IntegerField(help_text="Answers that wait for a verdict of yours.")
    uncertain = serializers.IntegerField(allow_null=True, help_text="Items below a confidence of 0.8.")
    due = serializers.DateTimeField(help_text="When silence accepts the first of them.")
    pays = serializers.SerializerMethodField(help_text="What your next verdict earns.")

    @extend_schema_field(AmountShape(allow_null=True))
    def get_pays(self, project: Project) -> AmountJson | None:
        return _pays(self.context["user"], project)


class QueueRowShape(serializers.Serializer[Any]):
    item = serializers.IntegerField(source="item.pk")
    position = serializers.IntegerField(source="item.position")
    data: Any = serializers.JSONField(source="item.data")
    media = serializers.UUIDField(source="item.media_id", allow_null=True)
    pending = serializers.IntegerField(help_text="Answers that wait for a verdict of yours.")
    due = serializers.DateTimeField(allow_null=True)
    resolution = ResolutionShape()
    answers = serializers.ListField(child=serializers.JSONField(), help_text="The values that count.")


class OptionShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    share = serializers.FloatField(help_text="How likely it is, of 1.")


class DecidedFieldShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())
    confidence = serializers.FloatField()
    votes = serializers.IntegerField()
    options = OptionShape(many=True)


class SaidFieldShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())
    is_different = serializers.BooleanField(help_text="From what was decided.")


class EventShape(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="answered, accepted, rejected, returned, lapsed, or a step of an appeal")
    at = serializers.DateTimeField(allow_null=True)
    said = SaidFieldShape(many=True)
    reason = serializers.CharField()
    evidence = serializers.CharField()
    is_silence = serializers.BooleanField()


class ChangeShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    before = serializers.ListField(child=serializers.CharField())
    now = serializers.ListField(child=serializers.CharField())


class ReviewedAnswerShape(serializers.Serializer[Any]):
    answer = serializers.SerializerMethodField()
    said = SaidFieldShape(many=True)
    agrees = serializers.BooleanField(allow_null=True, help_text="With the consensus; null while there is none.")
    can_judge = serializers.BooleanField()
    history = EventShape(many=True)
    changes = ChangeShape(many=True, help_text="Against what it said before it was returned.")
    threads = ThreadShape(many=True, help_text="What was said on its places.")

    @extend_schema_field(AnswerToReviewShape)
    def get_answer(self, each: ReviewedAnswer) -> Any:
        return AnswerToReviewShape(each.answer, context={"pseudonym": lambda _user: each.name}).data


class ItemReviewShape(serializers.Serializer[Any]):
    item = serializers.IntegerField(source="item.pk")
    position = serializers.IntegerField(source="item.position")
    data: Any = serializers.JSONField(source="item.data")
    media = serializers.UUIDField(source="item.media_id", allow_null=True)
    resolution = ResolutionShape(allow_null=True)
    decided = DecidedFieldShape(many=True)
    answers = ReviewedAnswerShape(many=True)
    agreeing = serializers.SerializerMethodField(help_text="How many answers `agreement/` would accept.")
    others = serializers.IntegerField(help_text="Answers that somebody else has to judge.")
    pays = serializers.SerializerMethodField(help_text="What your next verdict earns.")

    def get_agreeing(self, review: ItemReview) -> int:
        return len(review.agreeing)

    @extend_schema_field(AmountShape(allow_null=True))
    def get_pays(self, review: ItemReview) -> AmountJson | None:
        return _pays(self.context["user"], review.project)


class ReviewsView(APIView):
    """The projects where something waits for this person's verdict, whoever waits longest first."""

    required_scope = REVIEWS
    pagination_class = OffsetPagination

    @extend_schema(responses=ProjectToReviewShape(many=True), operation_id="projects_to_review")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queue.projects_to_review(caller(request)), request)
        return pages.get_paginated_response(
            ProjectToReviewShape(found, many=True, context={"user": caller(request)}).data
        )


class QueuePagination(OffsetPagination):
    farthest = queue.QUEUE_LENGTH


class ReviewQueueView(APIView):
    """The items with answers that wait for this person's verdict, in the wanted order. What was judged leaves it."""

    required_scope = REVIEWS
    pagination_class = QueuePagination

    @extend_schema(
        responses=QueueRowShape(many=True), parameters=[ORDER, UNCERTAIN, ANNOTATOR, SEED], operation_id="review_queue"
    )
    def get(self, request: Request, pk: UUID) -> Response:
        user = caller(request)
        project = access.project_for(user, pk, roles=access.REVIEW)
        remember_insider(user, project)
        wanted = QueueForm(request.query_params).chosen()
        items = queue.review_queue(user, project, wanted, with_gold=access.may_see_gold(user, project))
        pages = QueuePagination()
        rows = queue.queue_rows(user, project, pages.paginate_queryset(items, request))
        return pages.get_paginated_response(QueueRowShape(rows, many=True).data)


class ItemReviewView(APIView):
    """One item with its consensus and all answers that this person may see, under pseudonyms."""

    required_scope = REVIEWS

    @extend_schema(responses=ItemReviewShape, operation_id="item_review")
    def get(self, request: Request, pk: UUID, item: int) -> Response:
        user = caller(request)
        project = access.project_for(user, pk, roles=access.REVIEW)
        found = access.item_to_review(user, project, item)
        remember_insider(user, project)
        review = item_review(user, project, found)
        return Response(ItemReviewShape(review, context={"user": user}).data)


def _pays(user: Any, project: Project) -> AmountJson | None:
    return amount_json(project.token, queue.review_pay(user, project)) if project.token else None
