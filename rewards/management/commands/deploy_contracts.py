from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rewards.chain.artifacts import ArtifactMissing
from rewards.chain.signer import KeystoreRefused
from rewards.domain import node
from rewards.domain.deployment import allow_token, deploy
from rewards.exceptions import RewardsError


class Command(BaseCommand):
    help = "Put the contracts on the configured chain, or verify those that are recorded. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", type=int, default=settings.CHAIN_ID, help="Which of the configured chains.")
        parser.add_argument("--token", action="append", default=[], help="Address of an ERC-20 to accept as well.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client = node.client_of(options["chain"])
            deployed = deploy(client, node.signer_of(options["chain"]))
            for address in options["token"]:
                allow_token(deployed.chain, client, address)
        except (RewardsError, KeystoreRefused, ArtifactMissing) as error:
            raise CommandError(str(error)) from None
        chain = deployed.chain
        if chain.stopped_reason:
            self.stderr.write(f"The chain is stopped: {chain.stopped_reason}")
        self.stdout.write(
            f"{'Deployed' if deployed.is_new else 'Verified'} on chain {chain.chain_id}:"
            f" Escrow {chain.escrow_address}, Settlement {chain.settlement_address}."
        )
        for token in chain.tokens.filter(is_active=True):
            self.stdout.write(f"Token {token.symbol} {token.address}.")
