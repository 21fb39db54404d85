import pytest

from accounts.models import AuditEntry
from annotation.domain.hidden import leave_out_item, show_item
from annotation.domain.lease import lease_items, skip_lease
from annotation.exceptions import AnnotationError
from annotation.models import HiddenItem, Item
from annotation.tests.factories import make_answer, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return make_project(items=1)


def call_it_broken(project, people=3):
    for _each in range(people):
        worker = make_user()
        (held,) = lease_items(project.pk, user=worker, n=1).leases
        skip_lease(worker, lease_id=held.id, reason="broken", note="There is no text.")


@pytest.fixture
def hidden(project):
    call_it_broken(project)
    return project.items.get()


def test_an_item_that_three_people_call_broken_waits_for_a_decision(project, hidden):
    row = HiddenItem.objects.get()

    assert (hidden.state, row.people, row.decision, row.project) == ("hidden", 3, "", project)
    assert lease_items(project.pk, user=make_user(), n=1).leases == []


def test_show_item_hands_it_out_again_to_those_who_have_not_seen_it(project, hidden):
    show_item(hidden, actor=project.created_by, reason="It is a quotation.")

    assert len(lease_items(project.pk, user=make_user(), n=1).leases) == 1
    entry = AuditEntry.objects.get(action="item.shown")
    assert (entry.object_id, entry.actor, entry.reason) == (
        str(project.pk), project.created_by, "It is a quotation."
    )  # fmt: skip


def test_it_takes_three_more_people_to_hide_it_a_second_time(project, hidden):
    show_item(hidden, actor=project.created_by)

    call_it_broken(project, people=2)
    after_two = Item.objects.get().state
    call_it_broken(project, people=1)

    assert (after_two, Item.objects.get().state) == ("open", "hidden")
    assert (HiddenItem.objects.get().decision, HiddenItem.objects.get().people) == ("", 3)


def test_leave_out_item_keeps_it_from_everybody_and_may_be_changed_again(project, hidden):
    left = leave_out_item(hidden, actor=project.created_by, reason="Empty.")
    again = leave_out_item(hidden, actor=project.created_by, reason="Twice is once.")

    assert (left.decision, again.reason, Item.objects.get().state) == ("left_out", "Empty.", "hidden")
    assert AuditEntry.objects.filter(action="item.left_out").count() == 1

    show_item(hidden, actor=project.created_by)
    assert Item.objects.get().state == "open"


def test_an_item_whose_answers_are_all_accepted_is_done_when_it_is_shown(project, hidden):
    for _each in range(project.overlap):
        make_answer(hidden, make_user(), state="accepted")
        hidden.refresh_from_db()
    Item.objects.update(state="hidden")

    show_item(hidden, actor=project.created_by)

    assert Item.objects.get().state == "done"


def test_what_was_never_hidden_or_is_shown_already_is_not_left_out(project):
    item = project.items.get()
    with pytest.raises(AnnotationError, match="never hidden"):
        show_item(item, actor=project.created_by)

    call_it_broken(project)
    show_item(item, actor=project.created_by)
    assert show_item(item, actor=project.created_by).decision == "shown"
    with pytest.raises(AnnotationError, match="not hidden any more"):
        leave_out_item(item, actor=project.created_by)
