from celery import shared_task


@shared_task(name="accounts.forget_expired")
def forget_expired() -> None:
    from django.core.management import call_command

    from accounts.domain import forgetting

    forgetting.forget_expired()
    call_command("clearsessions")
