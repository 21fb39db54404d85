"""What is said on places of an answer that was returned. Both sides use the same addresses."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, Scope
from annotation import access
from annotation.api.http import caller, checked
from annotation.domain import comments as verbs
from annotation.models import CommentThread
from annotation.models.comment import MOST_CHARACTERS
from annotation.queries.comments import ShownThread, threads_of

SIDES = [("author", "author"), ("reviewer", "reviewer")]


class CommentShape(serializers.Serializer[Any]):
    """Nobody is named: `side` is whose words these are."""

    id = serializers.UUIDField(read_only=True)
    side = serializers.ChoiceField(choices=SIDES, read_only=True)
    is_mine = serializers.BooleanField(read_only=True)
    text = serializers.CharField(max_length=MOST_CHARACTERS)
    at = serializers.DateTimeField(read_only=True)


class ThreadShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="Of the answer that it was said about.")
    region = serializers.JSONField(help_text="The place: of the answer, of a question, of a part of it, of the text.")
    title = serializers.CharField(help_text="The place in words.")
    is_removed = serializers.BooleanField(help_text="The answer has no such place any more.")
    is_open = serializers.BooleanField()
    resolved_by = serializers.CharField(help_text="author or reviewer; empty while it is open.")
    resolved_at = serializers.DateTimeField(allow_null=True)
    can_write = serializers.BooleanField(help_text="Until the answer is decided.")
    comments = CommentShape(many=True)


class ThreadsView(APIView):
    """All that was said on one answer, for its author and for whoever may review it."""

    required_scope = Scope.READ

    @extend_schema(responses=ThreadShape(many=True), operation_id="comment_threads")
    def get(self, request: Request, pk: UUID) -> Response:
        answer = access.answer_with_threads(caller(request), pk)
        return Response(ThreadShape(threads_of([answer], caller(request))[answer.pk], many=True).data)


class TalkingView(APIView):
    """For both sides: a key that may work speaks for the author, one that may review for the reviewer."""

    @property
    def required_scope(self) -> Scope:
        key = getattr(getattr(self, "request", None), "auth", None)
        return Scope.REVIEW if isinstance(key, ApiKey) and Scope.WORK not in key.scopes else Scope.WORK

    def thread(self, request: Request, pk: UUID) -> CommentThread:
        thread = access.thread_for(caller(request), pk)
        side = Scope.WORK if thread.answer.user_id == caller(request).pk else Scope.REVIEW
        if isinstance(request.auth, ApiKey) and side not in request.auth.scopes:
            raise PermissionDenied
        return thread


class CommentsView(TalkingView):
    """Answer a comment, until the answer is decided."""

    @extend_schema(request=CommentShape, responses={201: ThreadShape}, operation_id="reply")
    def post(self, request: Request, pk: UUID) -> Response:
        thread = self.thread(request, pk)
        verbs.reply(thread, actor=caller(request), text=checked(CommentShape(data=request.data))["text"])
        return Response(ThreadShape(_now(request, thread)).data, status=201)


class ResolutionOfThreadView(TalkingView):
    """Say that the matter is settled, or with DELETE that it is not."""

    @extend_schema(request=None, responses=ThreadShape, operation_id="resolve_thread")
    def put(self, request: Request, pk: UUID) -> Response:
        return self._set(request, pk, is_resolved=True)

    @extend_schema(responses=ThreadShape, operation_id="reopen_thread")
    def delete(self, request: Request, pk: UUID) -> Response:
        return self._set(request, pk, is_resolved=False)

    def _set(self, request: Request, pk: UUID, *, is_resolved: bool) -> Response:
        thread = self.thread(request, pk)
        verbs.set_resolved(thread, actor=caller(request), is_resolved=is_resolved)
        return Response(ThreadShape(_now(request, thread)).data)


def _now(request: Request, thread: CommentThread) -> ShownThread:
    answer = access.answer_with_threads(caller(request), thread.answer_id)
    return next(each for each in threads_of([answer], caller(request))[answer.pk] if each.id == thread.pk)
