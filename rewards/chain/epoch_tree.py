"""One epoch's tree: the payments of lane 1 in runs, each run one leaf, then the credits of lane 2. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewards.chain import leaf_cache, merkle
from rewards.chain.leaf_cache import KnownLeaves
from rewards.chain.packed import Credit, Credits, Payment, Payments

WORD_BITS = 256  # of Settlement.paid

__all__ = ["Claim", "Credit", "EpochTree", "Payment", "Run", "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """A token's payments and the index of the first. Indices number payments, not leaves: each has its bit on chain."""

    token: str
    start: int
    payments: Payments


@dataclass(frozen=True, slots=True)
class Run:
    """One `Settlement.pay`: the payments from `start` on, which are all or some of one leaf's."""

    epoch: int
    start: int
    token: str
    accounts: tuple[str, ...]
    amounts: tuple[int, ...]
    proof: tuple[bytes, ...]
    leaf_start: int
    leaf_words: bytes

    @property
    def passed_over(self) -> int:
        """How many payments of the leaf are shown but not paid by this call."""
        return len(self.leaf_words) // merkle.PAYMENT.size - len(self.accounts)


@dataclass(frozen=True, slots=True)
class Claim:
    """The arguments of one `Settlement.claim`."""

    account: str
    token: str
    cumulative: int
    proof: tuple[bytes, ...]


class EpochTree:
    """Built from what is owed; answers with the root, the runs to send and the claims to serve.

    Tokens are ordered by address and credits by account and token, so the same debts give the same root. Both may come
    packed. `known` are leaves of an earlier tree of the same contract, which are not hashed again.
    """

    def __init__(
        self,
        *,
        chain_id: int,
        settlement: str,
        epoch: int,
        payments: Mapping[str, Sequence[Payment]],
        credits: Sequence[Credit] = (),
        known: KnownLeaves | None = None,
        run_size: int = merkle.MAX_RUN,
    ) -> None:
        if not 0 < run_size <= merkle.MAX_RUN:
            raise ValueError(f"A run has 1 to {merkle.MAX_RUN} payments.")
        self.chain_id = chain_id
        self.settlement = settlement
        self.epoch = epoch
        self.run_size = run_size
        self.sections = _lay_out(payments)
        self.credits = credits.checked() if isinstance(credits, Credits) else Credits.of(credits)
        self.first_credit = sum(self._leaves_in(section) for section in self.sections)
        self.tree = merkle.build_tree(self._leaves(known))

    @property
    def root(self) -> bytes:
        return self.tree.root

    @property
    def batch_id(self) -> bytes:
        return merkle.batch_id(self.chain_id, self.settlement, self.epoch, self.root)

    @property
    def depth(self) -> int:
        return len(self.tree.layers) - 1

    def runs(self, max_run: int = merkle.MAX_RUN) -> Iterator[Run]:
        """Every payment: one run per leaf, or several where `max_run` is less than a leaf holds."""
        for section in self.sections:
            yield from self.runs_of(section, max_run)

    def runs_of(self, section: Section, max_run: int) -> Iterator[Run]:
        size = min(max_run, self.run_size)
        for leaf_first in range(0, len(section.payments), self.run_size):
            end = min(leaf_first + self.run_size, len(section.payments))
            for first in range(leaf_first, end, size):
                yield self._run(section, first, min(size, end - first))

    def run(self, start: int, count: int) -> Run:
        """A chosen run, say one payment that was skipped. It must lie within one leaf."""
        for section in self.sections:
            first = start - section.start
            is_inside = 0 <= first < first + count <= len(section.payments)
            if is_inside and first // self.run_size == (first + count - 1) // self.run_size:
                return self._run(section, first, count)
        raise ValueError("No leaf of this epoch holds the run.")

    def claim(self, account: str, token: str) -> Claim | None:
        at = self.credits.place_of(account, token)
        if at is None:
            return None
        proof = tuple(self.tree.proof(self.first_credit + at))
        return Claim(account, token, self.credits[at].cumulative, proof)

    def _run(self, section: Section, first: int, count: int) -> Run:
        chosen = section.payments[first : first + count]
        number = first // self.run_size
        leaf_first = number * self.run_size
        return Run(
            epoch=self.epoch,
            start=section.start + first,
            token=section.token,
            accounts=tuple(payment.account for payment in chosen),
            amounts=tuple(payment.amount for payment in chosen),
            proof=tuple(self.tree.proof(self._first_leaf_of(section) + number)),
            leaf_start=section.start + leaf_first,
            leaf_words=section.payments[leaf_first : leaf_first + self.run_size].packed,
        )

    def _leaves_in(self, section: Section) -> int:
        return -(-len(section.payments) // self.run_size)

    def _first_leaf_of(self, section: Section) -> int:
        return sum(self._leaves_in(before) for before in self.sections if before.start < section.start)

    def known_leaves(self) -> KnownLeaves:
        """For the next tree."""
        return KnownLeaves(self.credits.packed, self.tree.layers[0][merkle.NODE * self.first_credit :])

    def _leaves(self, known: KnownLeaves | None) -> bytes:
        leaves = bytearray()
        for section in self.sections:
            domain = merkle.payment_domain(self.chain_id, self.settlement, self.epoch, section.token)
            leaves += merkle.run_leaves(domain, section.start, section.payments.packed, self.run_size)
        if known is None:
            leaves += merkle.credit_leaves(self.chain_id, self.settlement, self.credits.packed)
        else:
            leaves += leaf_cache.credit_leaves(self.chain_id, self.settlement, self.credits.packed, known)
        return bytes(leaves)


def _lay_out(payments: Mapping[str, Sequence[Payment]]) -> tuple[Section, ...]:
    """Bits are kept in words of 256, so a section begins where it touches as few words as it can."""
    sections: list[Section] = []
    end = 0
    for token in sorted(payments, key=str.lower):
        owed = Payments.of(payments[token])
        if not owed:
            continue
        if any(minor == _NOTHING for _account, minor in merkle.PAYMENT.iter_unpack(owed.packed)):
            raise ValueError("A payment must be above zero.")
        start = end if end % WORD_BITS + len(owed) <= WORD_BITS else -(-end // WORD_BITS) * WORD_BITS
        sections.append(Section(token, start, owed))
        end = start + len(owed)
    return tuple(sections)


_NOTHING = bytes(12)
