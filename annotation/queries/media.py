"""Who may see a file: whoever has worked or works on an item with it, the client's team, and quality admins."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from accounts.models import Membership, User
from annotation.models import Assignment, Item, Media

# An item that was given back is not the person's business any more.
HOLDING = (Assignment.State.LEASED, Assignment.State.SUBMITTED)


def media_for(user: User, pk: UUID) -> Media:
    """The file, in one statement; absent and forbidden look alike."""
    files = Media.objects.filter(pk=pk)
    if not user.is_quality_admin:
        member = Membership.objects.filter(user=user, team=OuterRef("project__team"))
        own = Assignment.objects.filter(user=user, item=OuterRef("pk"), state__in=HOLDING)
        files = files.filter(
            Exists(member)
            | Exists(Item.objects.filter(Q(Exists(own)), media=OuterRef("pk"), project=OuterRef("project")))
        )
    found = files.first()
    if found is None:
        raise Http404
    return found
