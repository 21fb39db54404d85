"""Where an item turned out to be hard, its further places wait a while for the people whose answers tell more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.domain.lease import lease_items
from annotation.domain.resolution import count_new_answers, refit_project
from annotation.models import AnnotatorProgress, Assignment, Resolution
from annotation.tests.domain.test_places import answer, make_adaptive
from annotation.tests.factories import make_answer, make_progress, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(monkeypatch):
    """An unsure item that was just asked about again, and another that nobody has answered; who tells most comes first."""
    monkeypatch.setattr("annotation.domain.draw._dice.randrange", lambda most: 50)
    project = make_adaptive(items=2)
    hard, _new = project.items.all()
    answer(hard, "pos", "neg")
    count_new_answers()
    return project


def lent(project, person, n=2):
    """The positions of what this person is lent."""
    lease_items(project.pk, user=person, n=n)
    leases = Assignment.objects.filter(user=person, state="leased").order_by("item__position")
    return list(leases.values_list("item__position", flat=True))


def test_an_unsure_item_waits_for_people_whose_answers_tell_more(kept):
    doubtful, newcomer = make_user(), make_user()
    make_progress(kept, doubtful, is_doubtful=True)

    assert (lent(kept, doubtful), lent(kept, newcomer)) == ([1], [0, 1])


def test_what_nobody_better_took_in_time_comes_to_everybody(kept, settings):
    doubtful = make_user()
    make_progress(kept, doubtful, is_doubtful=True)
    Resolution.objects.update(asked_at=timezone.now() - timedelta(seconds=settings.HARD_ITEM_WAIT_SECONDS + 1))

    assert lent(kept, doubtful) == [0, 1]


def test_by_chance_also_the_doubtful_are_asked_about_unsure_items(kept, monkeypatch):
    doubtful = make_user()
    make_progress(kept, doubtful, is_doubtful=True)
    monkeypatch.setattr("annotation.domain.draw._dice.randrange", lambda most: 0)

    assert lent(kept, doubtful) == [0, 1]


def test_who_finds_only_what_waits_for_others_is_told_so(kept):
    doubtful = make_user()
    make_progress(kept, doubtful, is_doubtful=True)
    lent(kept, doubtful)

    found = lease_items(kept.pk, user=doubtful, n=1)

    assert (found.state, [why.code for why in found.why]) == ("empty", ["kept"])


def test_only_a_place_beyond_the_least_is_kept():
    project = make_adaptive(items=2)
    first, second = project.items.all()
    answer(first, "pos", "neg")
    answer(second, "pos")

    count_new_answers()

    asked = dict(Resolution.objects.values_list("item__position", "asked_at"))
    assert (asked[0] is not None, asked[1]) == (True, None)


def test_the_batch_fit_says_whose_answers_tell_little():
    project = make_adaptive(items=12, most=4)
    people = [make_user() for _n in range(4)]
    project.items.update(places=4)
    for item in project.items.all():
        for number, person in enumerate(people):
            is_right = number < 3 or item.position % 2
            make_answer(item, person, ("pos", "neg")[(item.position % 3 == 0) ^ (not is_right)])
    count_new_answers()

    refit_project(project)

    marked = AnnotatorProgress.objects.filter(is_doubtful=True).values_list("user", flat=True)
    assert list(marked) == [people[3].pk]
