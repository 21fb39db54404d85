"""Celery's shells around the verbs: fetch, call one verb. Every one is safe to run twice."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import OperationalError

logger = logging.getLogger(__name__)

# A deadlock or a lost connection: the verb rolled back, so it may simply be tried again.
TRANSIENT = (OperationalError,)


@shared_task(name="annotation.check_upload", autoretry_for=TRANSIENT, retry_backoff=True, max_retries=5)
def check_upload(upload_id: str) -> None:
    from annotation.domain.file_work import run_check

    run_check(UUID(upload_id))


@shared_task(name="annotation.import_upload", autoretry_for=TRANSIENT, retry_backoff=True, max_retries=5)
def import_upload(upload_id: str) -> None:
    from annotation.domain.file_work import run_import

    run_import(UUID(upload_id))


@shared_task(name="annotation.write_export", autoretry_for=TRANSIENT, retry_backoff=True, max_retries=5)
def write_export(export_id: str) -> None:
    from annotation.domain.file_work import run_export

    run_export(UUID(export_id))


@shared_task(name="annotation.resume_files")
def resume_files() -> None:
    """Hand out again what was lost with a worker, or never reached the broker."""
    from annotation.domain.file_work import stalled_exports, stalled_uploads
    from annotation.models import Upload

    for upload_id, state in stalled_uploads():
        task = import_upload if state == Upload.State.IMPORTING else check_upload
        task.delay(str(upload_id))
    for export_id in stalled_exports():
        write_export.delay(str(export_id))


@shared_task(name="annotation.expire_leases")
def expire_leases() -> None:
    from annotation.domain.exam_attempts import end_overdue_attempts
    from annotation.domain.lease import expire_leases

    expire_leases()
    end_overdue_attempts()


@shared_task(name="annotation.resolve_changed_items")
def resolve_changed_items() -> None:
    from annotation.domain.resolution import count_new_answers

    count_new_answers()


@shared_task(name="annotation.refit_projects")
def refit_projects() -> None:
    from annotation.domain.resolution import refit_changed_projects

    refit_changed_projects()


@shared_task(name="annotation.accept_by_silence")
def accept_by_silence() -> None:
    from annotation.domain.rework import lapse_returned
    from annotation.domain.verdict import accept_by_silence

    accept_by_silence()
    lapse_returned()


@shared_task(name="annotation.end_appeals")
def end_appeals() -> None:
    from annotation.domain.appeals import end_due
    from annotation.domain.rejection_holds import carry_out_decided

    end_due()
    carry_out_decided()


@shared_task(name="annotation.accrue_earnings")
def accrue_earnings() -> None:
    from annotation.domain.accrual import accrue_earnings

    accrue_earnings()


@shared_task(name="annotation.follow_funding")
def follow_funding() -> None:
    """Money that arrived, and money that the client asks back by itself."""
    from annotation.domain.project import follow_client_closing, follow_funding
    from annotation.models import Project

    for project in Project.objects.awaiting_funds():
        follow_funding(project)
    for project in Project.objects.closing_on_chain():
        follow_client_closing(project)


@shared_task(name="annotation.finish_closing_projects")
def finish_closing_projects() -> None:
    from annotation.domain.project import finish_closing
    from annotation.models import Project

    for project in Project.objects.filter(state=Project.State.CLOSING):
        finish_closing(project)


@shared_task(name="annotation.summarize_projects")
def summarize_projects() -> None:
    from annotation.domain.summary import summarize_projects

    summarize_projects()


@shared_task(name="annotation.summarize_people")
def summarize_people() -> None:
    from annotation.domain.summary import summarize_people

    summarize_people()


@shared_task(name="annotation.summarize_clients")
def summarize_clients() -> None:
    from annotation.domain.summary import summarize_clients

    summarize_clients()
