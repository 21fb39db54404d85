"""The Celery application, and the whole timetable of the product in one dictionary."""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("foggara")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

TIMETABLE: dict[str, dict[str, Any]] = {
    "expire-leases": {"task": "annotation.expire_leases", "schedule": 15.0},
    "resolve-items": {"task": "annotation.resolve_changed_items", "schedule": 5.0},
    "refit-consensus": {"task": "annotation.refit_projects", "schedule": 20.0},
    "accept-by-silence": {"task": "annotation.accept_by_silence", "schedule": 30.0},
    "end-appeals": {"task": "annotation.end_appeals", "schedule": 15.0},
    "finish-closing-projects": {"task": "annotation.finish_closing_projects", "schedule": 15.0},
    "summarize-projects": {"task": "annotation.summarize_projects", "schedule": 10.0},
    "summarize-people": {"task": "annotation.summarize_people", "schedule": 60.0},
    "summarize-clients": {"task": "annotation.summarize_clients", "schedule": 60.0},
    "resume-files": {"task": "annotation.resume_files", "schedule": 60.0},
    "accrue-earnings": {"task": "annotation.accrue_earnings", "schedule": 5.0},
    "follow-funding": {"task": "annotation.follow_funding", "schedule": 5.0},
    "index-chain": {"task": "rewards.index_chain", "schedule": 2.0},
    "advance-intents": {"task": "rewards.advance_intents", "schedule": 2.0},
    "reconcile": {"task": "rewards.reconcile", "schedule": float(settings.RECONCILE_INTERVAL_SECONDS)},
    "settle": {"task": "rewards.settle", "schedule": float(settings.SETTLEMENT_INTERVAL_SECONDS)},
    "note-heartbeat": {"task": "config.note_heartbeat", "schedule": 15.0},
    "forget-old-challenges": {"task": "accounts.forget_expired", "schedule": 3600.0},
}
# A turn that nobody has taken within its interval is dropped, or hours without a worker would pile up thousands.
LEAST_PATIENCE_SECONDS = 30.0
app.conf.beat_schedule = {
    name: entry | {"options": {"expires": max(LEAST_PATIENCE_SECONDS, entry["schedule"])}}
    for name, entry in TIMETABLE.items()
}
