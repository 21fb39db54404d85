"""Answering what was said on places of an answer, on either side's page of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation import access
from annotation.domain import comments as verbs
from annotation.models import CommentThread
from annotation.views.http import PersonRequest, tell
from lib.exceptions import Refusal


@login_required
@require_POST
def thread_reply(request: PersonRequest, pk: UUID) -> HttpResponse:
    thread = access.thread_for(request.user, pk)
    try:
        verbs.reply(thread, actor=request.user, text=request.POST.get("text", ""))
    except Refusal as refusal:
        tell(request, refusal)
    else:
        messages.success(request, _("Your reply is there."))
    return _back(request, thread)


@login_required
@require_POST
def thread_resolve(request: PersonRequest, pk: UUID) -> HttpResponse:
    thread = access.thread_for(request.user, pk)
    try:
        verbs.set_resolved(thread, actor=request.user, is_resolved=request.POST.get("is_resolved") == "1")
    except Refusal as refusal:
        tell(request, refusal)
    return _back(request, thread)


def _back(request: PersonRequest, thread: CommentThread) -> HttpResponseRedirect:
    answer = thread.answer
    if answer.user_id == request.user.pk:
        page = reverse("my-answer", args=[answer.pk])
    else:
        page = reverse("review-item", args=[answer.project_id, answer.item_id])
    return redirect(f"{page}#thread-{thread.pk}")
