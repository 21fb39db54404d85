from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rewards.domain import node
from rewards.domain.deployment import sync_chain
from rewards.exceptions import RewardsError


class Command(BaseCommand):
    help = "Bring chains and accepted tokens in step with the configuration (CHAINS_FILE). Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for chain_id, said in sorted(node.configured_chains().items()):
            try:
                chain = sync_chain(said)
            except RewardsError as error:
                failed += 1
                self.stderr.write(f"eip155:{chain_id}: {error.message}")
                continue
            tokens = ", ".join(f"{token.symbol} {token.address}" for token in chain.tokens.filter(is_active=True))
            self.stdout.write(f"{chain.caip2} {chain.name}: {tokens or 'no tokens'}.")
        if failed:
            raise CommandError(f"{failed} of the configured chains could not be brought in step.")
