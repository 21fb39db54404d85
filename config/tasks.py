"""The heartbeat: that beat, the broker and a worker do their part, and that the worker reaches the chain."""

from celery import shared_task


@shared_task(name="config.note_heartbeat", soft_time_limit=30)
def note_heartbeat() -> None:
    from config import probes

    probes.note_worker()
    probes.note_chain()
