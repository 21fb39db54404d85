"""What an intent wants to be true on chain, and asking the chain whether it is. Never our memory, never "sent".

An effect is a small JSON object, written when the intent is: its `is` names the question.
"""

from collections.abc import Callable
from typing import Any

from rewards.chain import events
from rewards.chain.client import BlockTag, ChainClient
from rewards.chain.reads import batch_epoch, escrow_project, paid_flags, settlement_status
from rewards.models import Chain, ChainIntent

Effect = dict[str, Any]


def released(dues: list[tuple[str, int]]) -> Effect:
    return {"is": "released", "dues": [[project, str(rewarded)] for project, rewarded in dues]}


def proposed(batch_key: str, epoch: int) -> Effect:
    return {"is": "proposed", "batch": batch_key, "epoch": epoch}


def active(epoch: int) -> Effect:
    return {"is": "active", "epoch": epoch}


def paid(epoch: int, start: int, count: int) -> Effect:
    return {"is": "paid", "epoch": epoch, "start": start, "count": count}


def closed(project: str) -> Effect:
    return {"is": "closed", "project": project}


def refunded(project: str) -> Effect:
    return {"is": "refunded", "project": project}


def is_there(intent: ChainIntent, client: ChainClient, block: BlockTag = "latest") -> bool:
    """Has what the intent is for happened, by whomever?"""
    return QUESTIONS[intent.effect["is"]](intent.chain, intent.effect, client, block)


def must_wait(intent: ChainIntent, client: ChainClient) -> bool:
    """Is it too early, so that sending would do nothing or fail? It will change by itself."""
    if intent.kind in {ChainIntent.Kind.CLOSE, ChainIntent.Kind.REFUND, ChainIntent.Kind.PROPOSE}:
        return False
    status = settlement_status(client, intent.chain.settlement_address)
    if intent.kind == ChainIntent.Kind.ACTIVATE:
        return status.now < status.ready_at
    return status.is_paused if intent.kind == ChainIntent.Kind.PAY else False


def was_vetoed(intent: ChainIntent, client: ChainClient, block: int) -> bool:
    """Was the epoch's root thrown away before it became active, as of this block?"""
    epoch, settlement = intent.effect["epoch"], intent.chain.settlement_address
    status = settlement_status(client, settlement, block)
    if not status.is_expired(epoch):
        return False
    if status.live < epoch:
        return True
    # A later one is active, so it may also have been active itself: only the logs tell.
    logs = client.settlement_events(settlement, intent.chain.deployed_block, block)
    return any(isinstance(log, events.RootVetoed) and log.epoch == epoch for log in logs)


def flags_of_run(intent: ChainIntent, client: ChainClient, block: BlockTag) -> list[bool]:
    effect = intent.effect
    return paid_flags(client, intent.chain.settlement_address, effect["epoch"], effect["start"], effect["count"], block)


def _is_released(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    for key, rewarded in effect["dues"]:
        project = escrow_project(client, chain.escrow_address, bytes.fromhex(key[2:]), block)
        if project is None or project.rewarded < int(rewarded):
            return False
    return True


def _is_proposed(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    key = bytes.fromhex(effect["batch"][2:])
    return batch_epoch(client, chain.settlement_address, key, block) == effect["epoch"]


def _is_active(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    """Or was: a vetoed or replaced epoch will not become active any more, and waiting for it would be for ever."""
    status = settlement_status(client, chain.settlement_address, block)
    return status.is_payable(effect["epoch"]) or status.is_expired(effect["epoch"])


def _is_paid(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    """Every bit is set; or the epoch is over, and no bit can be set any more."""
    status = settlement_status(client, chain.settlement_address, block)
    if status.is_expired(effect["epoch"]):
        return True
    flags = paid_flags(client, chain.settlement_address, effect["epoch"], effect["start"], effect["count"], block)
    return all(flags)


def _is_closed(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    project = escrow_project(client, chain.escrow_address, bytes.fromhex(effect["project"][2:]), block)
    return project is not None and 0 < project.closing_at <= client.block(block).timestamp


def _is_refunded(chain: Chain, effect: Effect, client: ChainClient, block: BlockTag) -> bool:
    project = escrow_project(client, chain.escrow_address, bytes.fromhex(effect["project"][2:]), block)
    return project is not None and project.closing_at > 0 and project.left == 0


QUESTIONS: dict[str, Callable[[Chain, Effect, ChainClient, BlockTag], bool]] = {
    "released": _is_released,
    "proposed": _is_proposed,
    "active": _is_active,
    "paid": _is_paid,
    "closed": _is_closed,
    "refunded": _is_refunded,
}
