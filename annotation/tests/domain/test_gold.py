import pytest

from accounts.models import AuditEntry
from annotation.domain.gold import set_gold
from annotation.exceptions import AnnotationError
from annotation.models import GoldAnswer, Item, Project
from annotation.tests.factories import make_project
from lib.exceptions import InvalidInput

pytestmark = pytest.mark.django_db
RIGHT = {"sentiment": "pos"}


@pytest.fixture
def project():
    return make_project(items=3, state=Project.State.DRAFT)


def test_set_gold_makes_exactly_these_items_gold(project):
    first, second, _third = project.items.all()
    set_gold(project, actor=project.created_by, rows=[{"item": first.pk, "value": RIGHT}])

    count = set_gold(
        project, actor=project.created_by, rows=[{"item": second.pk, "value": RIGHT, "explanation": "Clear."}]
    )

    assert count == 1
    assert list(Item.objects.filter(is_gold=True)) == [second]
    assert GoldAnswer.objects.values_list("item", "value", "explanation").get() == (second.pk, RIGHT, "Clear.")
    assert AuditEntry.objects.filter(action="project.gold_set").count() == 2


def test_one_bad_row_changes_nothing_and_every_bad_row_is_named(project):
    first, second, _third = project.items.all()
    set_gold(project, actor=project.created_by, rows=[{"item": first.pk, "value": RIGHT}])

    with pytest.raises(InvalidInput) as refused:
        set_gold(
            project, actor=project.created_by,
            rows=[{"item": second.pk, "value": {"sentiment": "meh"}}, {"item": 0, "value": RIGHT}],
        )  # fmt: skip

    assert [error.path for error in refused.value.errors] == ["[0].value.sentiment", "[1].item"]
    assert list(Item.objects.filter(is_gold=True)) == [first]


def test_gold_of_another_project_is_no_item_of_this_one(project):
    other = make_project(items=1, state=Project.State.DRAFT).items.get()

    with pytest.raises(InvalidInput):
        set_gold(project, actor=project.created_by, rows=[{"item": other.pk, "value": RIGHT}])


def test_an_item_named_twice_is_refused(project):
    item = project.items.first()

    with pytest.raises(InvalidInput) as refused:
        set_gold(project, actor=project.created_by, rows=[{"item": item.pk, "value": RIGHT}] * 2)

    assert [error.path for error in refused.value.errors] == ["[1].item"]


@pytest.mark.parametrize("state", [Project.State.OPEN, Project.State.CLOSED])
def test_gold_is_set_before_the_project_is_funded(project, state):
    Project.objects.update(state=state)

    with pytest.raises(AnnotationError):
        set_gold(project, actor=project.created_by, rows=[{"item": project.items.first().pk, "value": RIGHT}])
