"""Exams: a client's rules, questions and voids; an annotator's attempts and practice."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation import access
from annotation.api import exam_shapes as shapes
from annotation.api.http import PROJECTS, caller, checked
from annotation.domain.exam_attempts import (
    answer_question,
    end_if_over,
    exam_of,
    in_the_way,
    own_attempt,
    start_attempt,
)
from annotation.domain.exam_voids import void_question
from annotation.domain.exams import remove_exam, set_exam, share_out_gold
from annotation.domain.insider import remember_insider
from annotation.domain.practice import practice_question, practice_questions, practise
from annotation.models import Exam, ExamAttempt, GoldAnswer, Project
from annotation.queries.exams import prospect_of, question_figures
from annotation.queries.standing import visible_projects
from lib.api.pagination import CursorPagination


class QuestionPages(CursorPagination):
    ordering = "item_id"


class ExamView(APIView):
    """404 while the project asks for no exam."""

    required_scope = PROJECTS

    @extend_schema(responses=shapes.ExamShape, operation_id="exam")
    def get(self, request: Request, pk: UUID) -> Response:
        access.project_for(caller(request), pk, roles=access.MANAGE)
        exam = Exam.objects.filter(pk=pk).first()
        if exam is None:
            raise Http404
        return Response(shapes.ExamShape(exam).data)

    @extend_schema(request=shapes.ExamShape, responses=shapes.ExamShape, operation_id="set_exam")
    def put(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        rules = checked(shapes.ExamShape(data=request.data))
        return Response(shapes.ExamShape(set_exam(project, actor=caller(request), **rules)).data)

    @extend_schema(responses={204: None}, operation_id="remove_exam")
    def delete(self, request: Request, pk: UUID) -> Response:
        remove_exam(access.project_for(caller(request), pk, roles=access.MANAGE), actor=caller(request))
        return Response(status=204)


class ExamQuestionsView(APIView):
    """The gold set aside for the exam, and how it does. POST sets so much of the gold aside by lot."""

    required_scope = PROJECTS

    @extend_schema(responses=shapes.ExamQuestionsShape, operation_id="exam_questions")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        remember_insider(caller(request), project)
        golds = GoldAnswer.objects.filter(item__project=project, use=GoldAnswer.Use.EXAM)
        pages = QuestionPages()
        found = pages.paginate_queryset(golds, request, view=self) or []
        return pages.get_paginated_response(shapes.figures_json(question_figures(pk, list(found))))

    @extend_schema(request=shapes.ShareOutShape, responses={204: None}, operation_id="share_out_gold")
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        share_out_gold(project, actor=caller(request), **checked(shapes.ShareOutShape(data=request.data)))
        return Response(status=204)


class ExamVoidView(APIView):
    """A bad question counts for nobody any more."""

    required_scope = PROJECTS

    @extend_schema(request=shapes.VoidShape, responses=shapes.VoidedShape, operation_id="void_exam_question")
    def post(self, request: Request, pk: UUID, item: int) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given = checked(shapes.VoidShape(data=request.data))
        void = void_question(project, item=item, actor=caller(request), reason=given["reason"])
        return Response(shapes.VoidedShape(void).data)


class WorkExamView(APIView):
    """What the exam of a project is like for me. 404 where none is asked."""

    required_scope = Scope.WORK

    @extend_schema(responses=shapes.ProspectShape, operation_id="work_exam")
    def get(self, request: Request, pk: UUID) -> Response:
        exam = _exam(request, pk)
        prospect = prospect_of(caller(request), exam)
        if prospect.live is not None and not end_if_over(prospect.live).is_live:
            prospect = prospect_of(caller(request), exam)
        why = [] if prospect.live or prospect.passed else in_the_way(caller(request), pk)
        return Response(shapes.prospect_json(prospect, why=why, practice=len(practice_questions(exam.project))))


class WorkExamAttemptsView(APIView):
    """POST begins an attempt, or gives the one that is under way."""

    required_scope = Scope.WORK
    # Starting what is started goes on with it.
    handles_idempotency = True

    @extend_schema(request=None, responses=shapes.AttemptShape, operation_id="start_exam")
    def post(self, request: Request, pk: UUID) -> Response:
        started = start_attempt(_exam(request, pk), user=caller(request))
        return Response(shapes.attempt_json(_attempt(request, started.pk)))


class ExamAttemptView(APIView):
    """The question that waits, or the result."""

    required_scope = Scope.WORK

    @extend_schema(responses=shapes.AttemptShape, operation_id="exam_attempt")
    def get(self, request: Request, pk: UUID) -> Response:
        end_if_over(_attempt(request, pk))
        return Response(shapes.attempt_json(_attempt(request, pk)))


class ExamAnswersView(APIView):
    """One answer after the other. The same again changes nothing; another to the same question is refused."""

    required_scope = Scope.WORK
    handles_idempotency = True

    @extend_schema(request=shapes.ExamAnswerShape, responses=shapes.AttemptShape, operation_id="answer_exam")
    def post(self, request: Request, pk: UUID) -> Response:
        attempt = _attempt(request, pk)
        given = checked(shapes.ExamAnswerShape(data=request.data))
        answer_question(attempt, number=given["number"], result=given["result"])
        return Response(shapes.attempt_json(_attempt(request, pk)))


class PracticeView(APIView):
    """A question to practise with; POST says what is right, and why. Nothing is paid, and nothing is kept."""

    required_scope = Scope.WORK
    handles_idempotency = True

    @extend_schema(responses=shapes.PracticeShape, operation_id="practice_question")
    def get(self, request: Request, pk: UUID, number: int) -> Response:
        project = _visible(request, pk)
        gold = practice_question(project, number)
        version = project.schema_version
        assert version is not None
        found: dict[str, Any] = {"number": number, "of": len(practice_questions(project)), "schema": version.schema}
        return Response(found | shapes.item_json(version, gold.item))

    @extend_schema(request=shapes.PracticeResultShape, responses=shapes.PractisedShape, operation_id="practise")
    def post(self, request: Request, pk: UUID, number: int) -> Response:
        project = _visible(request, pk)
        given = checked(shapes.PracticeResultShape(data=request.data))
        return Response(shapes.PractisedShape(practise(project, number=number, result=given["result"])).data)


def _exam(request: Request, pk: UUID) -> Exam:
    exam = exam_of(caller(request), pk)
    if exam is None:
        raise Http404
    return exam


def _attempt(request: Request, pk: UUID) -> ExamAttempt:
    attempt = own_attempt(caller(request), pk)
    if attempt is None:
        raise Http404
    return attempt


def _visible(request: Request, pk: UUID) -> Project:
    project = visible_projects(caller(request)).select_related("schema_version").filter(pk=pk).first()
    if project is None or project.schema_version is None:
        raise Http404
    return project
