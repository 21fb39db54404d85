from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.metrics import QueueCollector, queue_gauges
from annotation.tests.api.test_work import statements_of
from annotation.tests.factories import make_answer, make_lease, make_project, make_user

pytestmark = pytest.mark.django_db


def values():
    return {
        (metric.name, *sample.labels.values()): sample.value for metric in queue_gauges() for sample in metric.samples
    }


def test_the_queue_is_measured_without_counting_items():
    project = make_project(items=4)
    make_project(state="draft")
    make_answer(project.items.first(), make_user())
    make_lease(project.items.last(), make_user())
    make_lease(project.items.last(), make_user(), expires_at=timezone.now() - timedelta(hours=1))

    found = values()

    assert found["foggara_projects", "open"] == 1
    assert ("foggara_projects", "draft") not in found
    assert found["foggara_answers_wanted", "open"] == 11
    assert (found["foggara_leases_live",], found["foggara_leases_overdue",]) == (1, 1)
    assert found["foggara_answers_waiting", "verdict"] == 1


def test_scrapes_in_a_row_ask_the_database_once():
    collector = QueueCollector()
    list(collector.collect())

    _metrics, statements = statements_of(lambda: list(collector.collect()))

    assert statements == []
