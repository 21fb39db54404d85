"""Who may reach what in the work app. Absent and forbidden look alike: a 404."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Role, User
from annotation.models import Answer, Appeal, AppealStep, Assignment, CommentThread, Export, Item, Project, Upload

VIEW = frozenset({Role.OWNER, Role.MANAGER, Role.REVIEWER, Role.VIEWER})
REVIEW = frozenset({Role.OWNER, Role.MANAGER, Role.REVIEWER})
MANAGE = frozenset({Role.OWNER, Role.MANAGER})


def projects_for(user: User) -> QuerySet[Project]:
    """The projects of the person's own teams; a quality admin sees every project."""
    projects = Project.objects.select_related("team", "token__chain")
    if user.is_quality_admin:
        return projects
    return projects.filter(team__memberships__user=user)


def project_for(user: User, pk: UUID | str, *, roles: frozenset[Role] = VIEW) -> Project:
    """The project, if this person has one of these roles in its team.

    A quality admin may view and review everywhere, and manages nothing: the money is the client's.
    """
    allowed = Q(team__in=Membership.objects.filter(user=user, role__in=roles).values("team"))
    if user.is_quality_admin and roles in (VIEW, REVIEW):
        allowed = Q()
    return get_object_or_404(
        Project.objects.select_related("team", "token__chain", "schema_version", "escrow"), allowed, pk=pk
    )


def project_with_items_for(user: User, pk: UUID | str) -> Project:
    """The same, to look at items: at what is gold, and what was decided."""
    project = project_for(user, pk)
    if not may_see_items(user, project):
        raise Http404
    return project


def project_with_hidden_for(user: User, pk: UUID | str) -> Project:
    """To decide of items that annotators called broken: the client's managers, and quality admins."""
    project = project_for(user, pk)
    if not may_decide_hidden(user, project):
        raise Http404
    return project


def may_decide_hidden(user: User, project: Project) -> bool:
    return user.is_quality_admin or can_manage(user, project)


def may_see_items(user: User, project: Project) -> bool:
    """The list of items tells gold by its mark, its places and its decision."""
    return may_see_gold(user, project)


def may_see_gold(user: User, project: Project) -> bool:
    """Not those it is there to test: who has worked in the project, and in a project for its own team every member who
    may still be given an item. Who manages the project has chosen the gold."""
    if project.state == Project.State.CLOSED or can_manage(user, project):
        return True
    if project.team_only and role_in_project(user, project):
        return False
    return not Assignment.objects.filter(project=project, user=user).exists()


def answers_to_review(user: User, project: Project) -> QuerySet[Answer]:
    """The answers this person may judge; those to gold items only when he may know them for gold."""
    answers = project.answers.judgeable_by(user)
    return answers if may_see_gold(user, project) else answers.filter(item__is_gold=False)


def role_in_project(user: User, project: Project) -> Role | None:
    membership = Membership.objects.filter(user=user, team=project.team_id).first()
    return Role(membership.role) if membership else None


def can_manage(user: User, project: Project) -> bool:
    return role_in_project(user, project) in MANAGE


def can_review(user: User, project: Project) -> bool:
    return user.is_quality_admin or role_in_project(user, project) in REVIEW


def upload_for(user: User, pk: UUID | str, *, roles: frozenset[Role] = MANAGE) -> Upload:
    upload = get_object_or_404(Upload.objects.select_related("project__team"), pk=pk)
    project_for(user, upload.project_id, roles=roles)
    return upload


def export_for(user: User, pk: UUID | str, *, roles: frozenset[Role] = MANAGE) -> Export:
    """Exports carry everybody's answers: viewers and reviewers do not get them."""
    export = get_object_or_404(Export.objects.select_related("project__team"), pk=pk)
    project_for(user, export.project_id, roles=roles)
    return export


def answer_to_review(user: User, pk: UUID | str) -> Answer:
    """An answer in a project this person may review, unless it is his own or of somebody close to him."""
    answers = Answer.objects.judgeable_by(user).select_related("project__team", "item", "user")
    answer = get_object_or_404(answers, pk=pk)
    project = project_for(user, answer.project_id, roles=REVIEW)
    if answer.item.is_gold and not may_see_gold(user, project):
        raise Http404
    return answer


def may_answer_appeal(user: User, appeal: Appeal) -> bool:
    """Never who rejected, nor who is close to the author. First somebody of the client's; then a quality admin who is
    not, and has not answered it before."""
    answer = Answer.objects.judgeable_by(user).filter(pk=appeal.answer_id).select_related("item").first()
    if answer is None or user.pk == appeal.verdict.decided_by_id:
        return False
    if answer.item.is_gold and not may_see_gold(user, appeal.project):
        return False
    role = role_in_project(user, appeal.project)
    if appeal.state == Appeal.State.APPEALED:
        return role in REVIEW
    if appeal.state != Appeal.State.ESCALATED or not user.is_quality_admin or role is not None:
        return False
    return not appeal.steps.filter(kind=AppealStep.Kind.UPHELD, by=user).exists()


def appeal_for(user: User, pk: UUID | str) -> Appeal:
    """An appeal in a project that this person may review, unless the answer is his own or of somebody close to him."""
    related = ("project__team", "project__schema_version", "verdict", "hold", "answer__item__media")
    appeals = Appeal.objects.select_related(*related, "answer__schema_version").prefetch_related(
        "steps", "answer__revisions", "answer__verdicts"
    )
    appeal = get_object_or_404(appeals, answer__in=Answer.objects.judgeable_by(user).filter(pk=pk), pk=pk)
    project = project_for(user, appeal.project_id, roles=REVIEW)
    if appeal.answer.item.is_gold and not may_see_gold(user, project):
        raise Http404
    return appeal


def thread_for(user: User, pk: UUID | str) -> CommentThread:
    """What was said on an answer: for its author, and for whoever may review it. For nobody else."""
    threads = CommentThread.objects.select_related("answer__project__team", "answer__item", "answer__schema_version")
    thread = get_object_or_404(threads.select_related("verdict__decided_by"), pk=pk)
    if thread.answer.user_id != user.pk:
        answer_to_review(user, thread.answer_id)
    return thread


def answer_with_threads(user: User, pk: UUID | str) -> Answer:
    """The same of all that was said on one answer."""
    answer = get_object_or_404(Answer.objects.select_related("project__team", "item", "schema_version"), pk=pk)
    if answer.user_id != user.pk:
        answer_to_review(user, pk)
    return answer


def item_to_review(user: User, project: Project, pk: int) -> Item:
    """An item of a project that was reached by `project_for` with the roles that review."""
    item = item_of(project, pk)
    if item.is_gold and not may_see_gold(user, project):
        raise Http404
    return item


def own_answer(user: User, pk: UUID | str) -> Answer:
    related = (
        "project__team", "project__token__chain", "project__second_pay__token__chain", "item__media", "schema_version",
        "assignment",
    )  # fmt: skip
    answers = Answer.objects.select_related(*related, "appeal")
    return get_object_or_404(answers.prefetch_related("verdicts", "revisions", "appeal__steps"), pk=pk, user=user)


def item_of(project: Project, pk: int) -> Item:
    """An item of a project that was reached by `project_for`."""
    return get_object_or_404(project.items.select_related("media", "resolution", "gold"), pk=pk)
