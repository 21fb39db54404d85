"""Metrics: right with several processes, registered once, and not for strangers."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from lib.metrics import GAUGES, exposition
from stack.processes import free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
FROM_AFAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.django_db
def test_metrics_answer_this_machine_without_a_token(client):
    response = client.get("/metrics/")

    assert response.status_code == 200
    assert "foggara_http_requests_total" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "environ",
    [
        FROM_AFAR,
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
    ],
)
def test_metrics_are_absent_for_strangers(client, environ):
    assert client.get("/metrics/", **environ).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes", [{"TRUSTED_PROXY_COUNT": 1}, {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}]
)
def test_behind_a_proxy_this_machine_is_nobody_special(client, settings, changes):
    for name, value in changes.items():
        setattr(settings, name, value)

    assert client.get("/metrics/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "status"), [("Bearer right-token", 200), ("Bearer wrong", 404), ("right-token", 404), ("", 404)]
)
def test_a_token_opens_the_metrics_and_nothing_else_does(client, settings, sent, status):
    settings.METRICS_TOKEN = "right-token"

    assert client.get("/metrics/", headers={"Authorization": sent}, **FROM_AFAR).status_code == status


@pytest.mark.django_db
def test_with_a_token_this_machine_needs_it_too(client, settings):
    settings.METRICS_TOKEN = "right-token"

    assert client.get("/metrics/").status_code == 404


@pytest.mark.django_db
def test_every_metric_is_there_once_and_can_be_parsed():
    families = list(text_string_to_metric_families(exposition("").decode()))

    names = Counter(family.name for family in families)
    assert [name for name, count in names.items() if count > 1] == []
    assert {"foggara_projects", "foggara_leases_live", "foggara_settlement_age_seconds", "foggara_intents"} <= set(
        names
    )


@pytest.mark.django_db
def test_a_scrape_survives_a_database_that_is_away(monkeypatch):
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)

    assert "foggara_http_requests" in exposition("").decode()

    monkeypatch.undo()
    assert "foggara_projects" in exposition("").decode()


@pytest.mark.django_db
def test_a_scrape_asks_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        list(GAUGES.collect())


@pytest.mark.django_db
def test_labels_are_routes_and_known_methods_never_what_a_stranger_typed(client):
    client.get("/no/such/page-that-nobody-made/")
    client.generic("BREW", "/")

    said = exposition("").decode()
    assert "nobody-made" not in said
    assert "BREW" not in said
    assert 'method="other"' in said


@pytest.fixture
def gunicorn(tmp_path):
    """The product's web server as it is run, with its own two processes."""
    port = free_port()
    words = ["-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    environment = os.environ | {"TMPDIR": str(tmp_path), "SITE_URL": f"http://localhost:{port}", "LOG_LEVEL": "WARNING"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    assert wait_until(lambda: answers(address), timeout_seconds=40)
    yield address, process.pid
    process.terminate()
    process.wait(20)
    assert list(tmp_path.glob("foggara-metrics-*")) == []


def fetch(address: str) -> str:
    request = urllib.request.Request(address, headers={"Connection": "close"})
    # Long: a request given up would still be answered, and counted, by a server that was busy starting.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
        return response.read().decode()


def answers(address: str) -> bool:
    try:
        return bool(fetch(f"{address}/health/live/"))
    except OSError:
        return False


def lives_counted(address: str) -> int:
    found = re.search(
        r'foggara_http_requests_total\{.*route="health/live/".*\} ([0-9.]+)', fetch(f"{address}/metrics/")
    )
    return int(float(found[1])) if found else 0


@pytest.mark.slow
def test_all_web_processes_are_counted_and_a_killed_one_is_not_forgotten(gunicorn, tmp_path):
    import psutil

    address, pid = gunicorn
    before = lives_counted(address)
    for _ in range(30):
        fetch(f"{address}/health/live/")

    counted = {lives_counted(address) for _ in range(6)}
    assert counted == {before + 30}

    workers = psutil.Process(pid).children()
    workers[0].kill()
    assert wait_until(lambda: len(psutil.Process(pid).children()) == 2, timeout_seconds=20)
    time.sleep(1)
    for _ in range(10):
        fetch(f"{address}/health/live/")

    assert {lives_counted(address) for _ in range(6)} == {before + 40}
    (folder,) = tmp_path.glob("foggara-metrics-*")
    assert len(list(folder.glob("counter_*.db"))) == 2
