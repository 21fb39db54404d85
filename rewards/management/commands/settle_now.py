import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rewards.domain import node
from rewards.domain.indexing import index_chain
from rewards.domain.intents import finish_empty_closings
from rewards.domain.outbox import advance
from rewards.domain.settlement import settle
from rewards.exceptions import RewardsError
from rewards.models import Chain, SettlementBatch

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = "Settle everything that is due now, and wait until it is final."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patience", type=float, default=120, help="Seconds to wait for the chain.")

    def handle(self, *args: Any, **options: Any) -> None:
        chain = Chain.objects.filter(chain_id=settings.CHAIN_ID).first()
        if chain is None:
            raise CommandError("No chain is recorded: run `manage.py deploy_contracts` first.")
        try:
            client, signer = node.client_for(chain), node.operator_signer()
            index_chain(chain, client)
            batch = settle(chain, client, now=True) or chain.batches.exclude(state__in=SettlementBatch.ENDED).first()
            deadline = time.monotonic() + options["patience"]
            while batch and batch.state != SettlementBatch.State.FINAL and time.monotonic() < deadline:
                advance(chain, client, signer)
                index_chain(chain, client)
                batch.refresh_from_db()
                time.sleep(POLL_SECONDS)
            finish_empty_closings(chain)
        except RewardsError as error:
            raise CommandError(str(error)) from None
        chain.refresh_from_db()
        if chain.stopped_reason:
            raise CommandError(f"The chain is stopped: {chain.stopped_reason}")
        if batch is None:
            self.stdout.write("Nothing to settle.")
        elif batch.state == SettlementBatch.State.FINAL:
            self.stdout.write(f"Epoch {batch.epoch} is final: {batch.payment_count} payouts.")
        else:
            raise CommandError(f"Epoch {batch.epoch} is {batch.state}. {batch.held_reason}")
