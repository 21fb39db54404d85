import time

import pytest
from django.core.cache import cache
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from config import probes
from config.celery import TIMETABLE, app
from config.tasks import note_heartbeat
from rewards.models import Chain

pytestmark = pytest.mark.django_db
DEAD = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def forget() -> None:
    cache.clear()
    probes._is_up_to_date.cache_clear()


def test_live_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/health/live/")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_is_degraded_but_serves_without_worker_and_chain(client):
    response = client.get("/health/ready/")

    assert response.status_code == 200
    assert response.json() == {
        "status": "degraded",
        "checks": {"database": True, "valkey": True, "migrations": True, "worker": False, "chain": False},
    }


def test_ready_is_ok_after_a_heartbeat(client, settings):
    # The recorded contracts are not asked for, only whether the node answers.
    Chain.objects.create(chain_id=settings.CHAIN_ID, name="development")
    note_heartbeat()

    response = client.get("/health/ready/")

    assert (response.status_code, response.json()["status"]) == (200, "ok")


def test_a_heartbeat_of_a_minute_ago_does_not_count(client):
    cache.set(probes.WORKER, time.time() - probes.SILENCE_SECONDS - 1)

    assert client.get("/health/ready/").json()["checks"]["worker"] is False


def test_a_worker_that_cannot_reach_the_chain_is_heard_all_the_same(settings):
    settings.CHAIN_RPC_URL = "http://127.0.0.1:1"
    Chain.objects.create(chain_id=settings.CHAIN_ID, name="development")

    note_heartbeat()

    assert probes.wanted() == {"worker": True, "chain": False}


def test_ready_refuses_while_a_migration_is_missing(client):
    MigrationRecorder.Migration.objects.filter(app="annotation").delete()

    response = client.get("/health/ready/")

    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] is False


def test_migrations_are_asked_for_only_until_they_are_there(django_assert_num_queries):
    assert probes.migrations_are_applied()

    with django_assert_num_queries(0):
        assert probes.migrations_are_applied()


def test_ready_refuses_when_valkey_is_away_and_does_not_fail(client, settings):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": DEAD}}

    response = client.get("/health/ready/")

    assert response.status_code == 503
    assert response.json()["checks"] == {
        "database": True, "valkey": False, "migrations": True, "worker": False, "chain": False,
    }  # fmt: skip


def test_ready_refuses_when_the_database_is_away_and_does_not_fail(client, monkeypatch):
    def away(*arguments: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(connections["default"], "cursor", away)

    response = client.get("/health/ready/")

    assert response.status_code == 503
    assert response.json()["checks"]["database"] is False


@pytest.mark.parametrize("address", ["/health/live/", "/health/ready/", "/metrics/"])
def test_probes_are_never_kept_by_a_cache_and_only_read(client, address):
    assert "no-store" in client.get(address).headers["Cache-Control"]
    assert client.post(address).status_code == 405


def test_every_entry_of_the_timetable_names_a_task_that_exists():
    app.loader.import_default_modules()

    missing = {entry["task"] for entry in TIMETABLE.values()} - set(app.tasks)

    assert missing == set()


def test_a_turn_nobody_took_is_dropped():
    late = {name for name, entry in app.conf.beat_schedule.items() if entry["options"]["expires"] < entry["schedule"]}

    assert late == set()
    assert app.conf.beat_schedule["index-chain"]["options"]["expires"] == 30.0
