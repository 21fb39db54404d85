"""One epoch's tree: the payments of lane 1 in aligned sections, one per token, then the credits of lane 2. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewards.chain import merkle


@dataclass(frozen=True, slots=True)
class Payment:
    """Lane 1: pay this much, once, in this epoch."""

    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Lane 2: all that the account may ever have claimed."""

    account: str
    token: str
    cumulative: int


@dataclass(frozen=True, slots=True)
class Section:
    """A token's payments and the index of the first."""

    token: str
    start: int
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The arguments of one `Settlement.pay`."""

    epoch: int
    start: int
    token: str
    accounts: tuple[str, ...]
    amounts: tuple[int, ...]
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """The arguments of one `Settlement.claim`."""

    account: str
    token: str
    cumulative: int
    proof: tuple[bytes, ...]


class EpochTree:
    """Built from what is owed; answers with the root, the runs to send and the claims to serve.

    Tokens are ordered by address and credits by account and token, so the same debts give the same root.
    """

    def __init__(
        self,
        *,
        chain_id: int,
        settlement: str,
        epoch: int,
        payments: Mapping[str, Sequence[Payment]],
        credits: Sequence[Credit] = (),
    ) -> None:
        self.chain_id = chain_id
        self.settlement = settlement
        self.epoch = epoch
        self.sections = _lay_out(payments)
        self.credits = tuple(sorted(credits, key=lambda credit: (credit.account.lower(), credit.token.lower())))
        self.first_credit = _end_of(self.sections)
        self._credit_at = {(credit.account.lower(), credit.token.lower()): at for at, credit in enumerate(self.credits)}
        if len(self._credit_at) != len(self.credits):
            raise ValueError("An account has two credits in one token.")
        self._tree = merkle.build_tree(self._leaves())

    @property
    def root(self) -> bytes:
        return self._tree.root

    @property
    def batch_id(self) -> bytes:
        return merkle.batch_id(self.chain_id, self.settlement, self.epoch, self.root)

    @property
    def depth(self) -> int:
        return len(self._tree.layers) - 1

    def runs(self, max_run: int = merkle.MAX_RUN) -> Iterator[Run]:
        """Every payment, in as few runs as `max_run` (rounded down to a power of two) allows."""
        size = 1 << (min(max_run, merkle.MAX_RUN).bit_length() - 1)
        for section in self.sections:
            for first in range(0, len(section.payments), size):
                yield self._run(section, first, min(size, len(section.payments) - first))

    def run(self, start: int, count: int) -> Run:
        """A chosen run, say one payment that was skipped."""
        for section in self.sections:
            if section.start <= start and start + count <= section.start + len(section.payments):
                return self._run(section, start - section.start, count)
        raise ValueError("No section of this epoch holds the run.")

    def claim(self, account: str, token: str) -> Claim | None:
        at = self._credit_at.get((account.lower(), token.lower()))
        if at is None:
            return None
        proof = tuple(self._tree.proof(self.first_credit + at))
        return Claim(account, token, self.credits[at].cumulative, proof)

    def _run(self, section: Section, first: int, count: int) -> Run:
        chosen = section.payments[first : first + count]
        start = section.start + first
        return Run(
            epoch=self.epoch,
            start=start,
            token=section.token,
            accounts=tuple(payment.account for payment in chosen),
            amounts=tuple(payment.amount for payment in chosen),
            proof=tuple(self._tree.run_proof(start, count)),
        )

    def _leaves(self) -> bytes:
        leaves = bytearray()
        for section in self.sections:
            leaves.extend(bytes(merkle.NODE * section.start - len(leaves)))
            domain = merkle.payment_domain(self.chain_id, self.settlement, self.epoch, section.token)
            for index, payment in enumerate(section.payments, section.start):
                leaves += merkle.payment_leaf(domain, index, payment.account, payment.amount)
        claim_leaf = merkle.claim_leaf_maker(self.chain_id, self.settlement)
        for credit in self.credits:
            leaves += claim_leaf(credit.account, credit.token, credit.cumulative)
        return bytes(leaves)


def _lay_out(payments: Mapping[str, Sequence[Payment]]) -> tuple[Section, ...]:
    """Each section starts at a multiple of its first run's span, so that every run of it folds cleanly."""
    sections: list[Section] = []
    end = 0
    for token in sorted(payments, key=str.lower):
        owed = tuple(payments[token])
        if not owed:
            continue
        if any(payment.amount <= 0 for payment in owed):
            raise ValueError("A payment must be above zero.")
        span = min(merkle.run_span(len(owed)), merkle.MAX_RUN)
        start = -(-end // span) * span
        sections.append(Section(token, start, owed))
        end = start + len(owed)
    return tuple(sections)


def _end_of(sections: Sequence[Section]) -> int:
    return sections[-1].start + len(sections[-1].payments) if sections else 0
