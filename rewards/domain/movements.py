"""Following the tokens' Transfer logs to a final block, and asking of each what it was for.

From a checkpoint per token, in bounded ranges, each stored with its sums: killed anywhere it goes on there.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain as joined

from django.db import transaction
from django.db.models import Q
from eth_utils import to_checksum_address

from rewards.chain import events, flows
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected, ChainUnavailable
from rewards.chain.log_ranges import read_range
from rewards.chain.reads import escrow_project, token_balance, treasury
from rewards.domain.incidents import Difference, Kind, open_incidents
from rewards.models import Chain, Checkpoint, Escrow, Payout, SettlementBatch, Token

SUMS = ("escrow_in", "escrow_out", "settlement_in", "settlement_out", "funded", "refunded", "released", "fees",
        "pushed", "claimed")  # fmt: skip
Logs = tuple[list[events.ChainEvent], dict[str, list[events.Transfer]]]


def watched_tokens(chain: Chain) -> list[Token]:
    """Those we accept, and those we ever had money of."""
    return list(chain.tokens.filter(Q(is_active=True) | Q(accounts__isnull=False)).distinct().order_by("pk"))


def follow(chain: Chain, client: ChainClient, last: int) -> tuple[list[Difference], set[bytes]]:
    """Bring every token's checkpoint to block `last`. Returns what differs, and which projects were touched."""
    found, touched = _replaced(chain, client), set[bytes]()
    points = _checkpoints(chain, client)
    front = max((point.block_number for point in points), default=last)
    while behind := [point for point in points if point.block_number < last]:
        start = min(point.block_number for point in behind)
        group = [point for point in behind if point.block_number == start]
        # A token that was accepted later catches up with the others first, and is then read together with them.
        until = min([last, *(point.block_number for point in behind if point.block_number > start)])
        differences, keys = Walk(chain, client, group, is_front=start >= front).step(start + 1, until)
        found += differences
        touched |= keys
    return found, touched


def _checkpoints(chain: Chain, client: ChainClient) -> list[Checkpoint]:
    known = {point.token_id: point for point in Checkpoint.objects.filter(token__chain=chain).select_related("token")}
    return [known.get(token.pk) or _opening(chain, token, client) for token in watched_tokens(chain)]


def _opening(chain: Chain, token: Token, client: ChainClient) -> Checkpoint:
    """Before the first block that is read. A contract's address is known in advance, and may have been sent money."""
    before = chain.deployed_block - 1
    point, _is_new = Checkpoint.objects.get_or_create(
        token=token,
        defaults={
            "block_number": before,
            "block_hash": "",
            "escrow_in": _held(client, token, chain.escrow_address, before),
            "settlement_in": _held(client, token, chain.settlement_address, before),
        },
    )
    return point


def _held(client: ChainClient, token: Token, address: str, block: int) -> int:
    """Nothing when the token was not there yet, or the node has forgotten: a difference then shows for ever."""
    try:
        return token_balance(client, token.address, address, block) if block >= 0 else 0
    except ChainRejected:
        return 0


def _replaced(chain: Chain, client: ChainClient) -> list[Difference]:
    """A final block that is another one now: the sums below it are worth nothing, and are counted anew."""
    points = Checkpoint.objects.filter(token__chain=chain).exclude(block_hash="")
    for number, block_hash in set(points.values_list("block_number", "block_hash")):
        now = client.block_hash(number)
        if now is None:
            raise ChainUnavailable(f"The node does not have block {number}.")
        if now != block_hash:
            points.delete()
            return [Difference(Kind.BLOCK_REPLACED, None, "", "", f"Block {number} was {block_hash} and is {now}.")]
    return []


class Walk:
    """One range of blocks for the tokens whose checkpoints stand right before it."""

    def __init__(self, chain: Chain, client: ChainClient, points: list[Checkpoint], *, is_front: bool) -> None:
        self.chain = chain
        self.client = client
        self.points = points
        self.is_front = is_front  # nobody has read these blocks before: what is no token's is looked at too
        self.places = flows.Places(
            chain.escrow_address, chain.settlement_address, treasury(client, chain.escrow_address)
        )

    def step(self, first: int, last: int) -> tuple[list[Difference], set[bytes]]:
        (said, transfers), until = read_range(self.chain.chain_id, first, last, self._fetch)
        block_hash = self.client.block_hash(until)
        if block_hash is None:
            raise ChainUnavailable(f"The node does not have block {until}.")
        projects = self._projects(said)
        found = self._of_the_chain(said, first, until) if self.is_front else []
        with transaction.atomic():
            for point in self.points:
                found += self._of_token(point, said, transfers[point.token.address], projects)
                point.block_number, point.block_hash = until, block_hash
                point.save()
            # With the checkpoint: these blocks are not read again.
            open_incidents(self.chain, found, block_number=until)
        return found, set(projects)

    def _fetch(self, first: int, last: int) -> Logs:
        said = self.client.escrow_events(self.chain.escrow_address, first, last)
        said += self.client.settlement_events(self.chain.settlement_address, first, last)
        tokens = [point.token.address for point in self.points]
        transfers: dict[str, list[events.Transfer]] = defaultdict(list)
        for place in (self.chain.escrow_address, self.chain.settlement_address):
            came = self.client.transfers(tokens, first, last, receiver=place)
            went = self.client.transfers(tokens, first, last, sender=place)
            for transfer in joined(came, went):
                transfers[transfer.at.contract].append(transfer)
        return said, transfers

    def _projects(self, said: Iterable[events.ChainEvent]) -> dict[bytes, tuple[str, bool]]:
        """Of each project in these events: its token, and whether its money is in the books."""
        keys = {key for event in said if (key := getattr(event, "project", None)) is not None}
        ours = Escrow.objects.filter(chain_key__in=["0x" + key.hex() for key in keys], token__chain=self.chain)
        found = {
            bytes.fromhex(key[2:]): (address, True)
            for key, address in ours.filter(refused_reason="").values_list("chain_key", "token__address")
        }
        for key in keys - set(found):
            project = escrow_project(self.client, self.chain.escrow_address, key)
            if project is not None:
                found[key] = (project.token, False)
        return found

    def _of_token(
        self,
        point: Checkpoint,
        said: list[events.ChainEvent],
        transfers: list[events.Transfer],
        projects: dict[bytes, tuple[str, bool]],
    ) -> list[Difference]:
        token = point.token

        def payees(run: events.RunPaid) -> list[tuple[str, int]]:
            payouts = Payout.objects.filter(
                batch__chain=self.chain, batch__epoch=run.epoch, token=token,
                index__gte=run.start, index__lt=run.start + run.count,
            )  # fmt: skip
            return [(to_checksum_address(at), minor) for at, minor in payouts.values_list("address", "amount")]

        explained = flows.explain(
            transfers,
            said,
            places=self.places,
            token=token.address,
            ours={key: is_ours for key, (address, is_ours) in projects.items() if address == token.address},
            payees=payees,
        )
        for name in SUMS:
            setattr(point, name, getattr(point, name) + getattr(explained.sums, name))
        return [Difference(one.kind, token, one.account, one.transaction, one.detail) for one in explained.differences]

    def _of_the_chain(self, said: list[events.ChainEvent], first: int, last: int) -> list[Difference]:
        return [*self._unstored(said, first, last), *self._unknown_roots(said), *self._unearned(said)]

    def _unstored(self, said: list[events.ChainEvent], first: int, last: int) -> list[Difference]:
        """What the indexer stored of these blocks is what the node says of them now."""
        rows = self.chain.events.filter(block_number__range=(first, last))
        stored = set(rows.values_list("transaction_hash", "log_index", "name"))
        told = {(event.at.transaction_hash, event.at.log_index, type(event).__name__) for event in said}
        words = {True: "The chain has it, the books do not.", False: "The books have it, the chain does not."}
        return [
            Difference(Kind.EVENT_DIFFERS, None, name, transaction_hash, words[(transaction_hash, at, name) in told])
            for transaction_hash, at, name in sorted(stored ^ told)
        ]

    def _unknown_roots(self, said: list[events.ChainEvent]) -> list[Difference]:
        proposed = [event for event in said if isinstance(event, events.RootProposed)]
        keys = ["0x" + event.batch.hex() for event in proposed]
        known = dict(SettlementBatch.objects.filter(batch_key__in=keys).values_list("batch_key", "root"))
        return [
            Difference(
                Kind.UNKNOWN_ROOT, None, "operator", event.at.transaction_hash,
                f"Epoch {event.epoch}, root 0x{event.root.hex()}: veto it, and revoke the operator's key.",
            )
            for event in proposed if known.get("0x" + event.batch.hex()) != "0x" + event.root.hex()
        ]  # fmt: skip

    def _unearned(self, said: list[events.ChainEvent]) -> list[Difference]:
        released = [event for event in said if isinstance(event, events.Released)]
        keys = ["0x" + event.project.hex() for event in released]
        rows = Escrow.objects.filter(chain_key__in=keys, token__chain=self.chain, refused_reason="")
        earned = {bytes.fromhex(key[2:]): minor for key, minor in rows.values_list("chain_key", "rewarded")}
        return [
            Difference(
                Kind.UNEARNED_RELEASE, None, f"project 0x{event.project.hex()}", event.at.transaction_hash,
                f"{event.rewarded} were released in all; the books know of {earned.get(event.project, 0)}.",
            )
            for event in released if event.rewarded > earned.get(event.project, 0)
        ]  # fmt: skip
