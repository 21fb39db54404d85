"""Who may see a file: whoever has worked or works on an item with it or was asked it in an exam, whoever may practise
with it, the client's team, and quality admins."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.models import Membership, User
from annotation.models import Assignment, ExamAnswer, GoldAnswer, Item, Media
from annotation.queries.standing import visible_projects

# An item that was given back is not the person's business any more.
HOLDING = (Assignment.State.LEASED, Assignment.State.SUBMITTED)


def media_for(user: User, pk: UUID) -> Media:
    """The file, in one statement; absent and forbidden look alike."""
    files = Media.objects.filter(pk=pk)
    if not user.is_quality_admin:
        member = Membership.objects.filter(user=user, team=OuterRef("project__team"))
        own = Assignment.objects.filter(user=user, item=OuterRef("pk"), state__in=HOLDING)
        asked = ExamAnswer.objects.filter(attempt__user=user, item=OuterRef("pk"))
        practice = GoldAnswer.objects.filter(
            use=GoldAnswer.Use.PRACTICE, pk=OuterRef("pk"), item__project__in=visible_projects(user)
        )
        shown = Q(Exists(own)) | Q(Exists(asked)) | Q(Exists(practice))
        files = files.filter(
            Exists(member) | Exists(Item.objects.filter(shown, media=OuterRef("pk"), project=OuterRef("project")))
        )
    found = files.first()
    if found is None:
        raise Http404
    return found
