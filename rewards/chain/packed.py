"""Payments and credits as bytes: a record of fixed length each, in the order of their leaves. Pure.

Three million of them are a quarter of a gigabyte, where as many objects would be two.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import overload

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


class Payments(Sequence[Payment]):
    """Addresses come out in lower case."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, payments: Sequence[Payment]) -> "Payments":
        if isinstance(payments, Payments):
            return cls(payments.packed)
        return cls(b"".join(merkle.payment_word(payment.account, payment.amount) for payment in payments))

    def __len__(self) -> int:
        return len(self.packed) // merkle.PAYMENT.size

    @overload
    def __getitem__(self, at: int) -> Payment: ...
    @overload
    def __getitem__(self, at: slice) -> "Payments": ...
    def __getitem__(self, at: int | slice) -> "Payment | Payments":
        size = merkle.PAYMENT.size
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                raise ValueError("Payments are cut in one piece.")
            return Payments(self.packed[start * size : stop * size])
        account, minor = merkle.PAYMENT.unpack_from(self.packed, range(len(self))[at] * size)
        return Payment("0x" + account.hex(), int.from_bytes(minor))


class Credits(Sequence[Credit]):
    """Sorted by account and token, each pair once: so that one is found by halving."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    @classmethod
    def of(cls, credits: Iterable[Credit]) -> "Credits":
        record = merkle.CREDIT.pack
        packed = sorted(
            record(merkle.address_bytes(c.account), merkle.address_bytes(c.token), c.cumulative.to_bytes(32, "big"))
            for c in credits
        )
        return cls(b"".join(packed)).checked()

    def checked(self) -> "Credits":
        before = b""
        for account, token, _minor in merkle.CREDIT.iter_unpack(self.packed):
            if account + token == before:
                raise ValueError("An account has two credits in one token.")
            if account + token < before:
                raise ValueError("Credits are sorted by account and token.")
            before = account + token
        return self

    def __len__(self) -> int:
        return len(self.packed) // merkle.CREDIT.size

    @overload
    def __getitem__(self, at: int) -> Credit: ...
    @overload
    def __getitem__(self, at: slice) -> "Credits": ...
    def __getitem__(self, at: int | slice) -> "Credit | Credits":
        size = merkle.CREDIT.size
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                raise ValueError("Credits are cut in one piece.")
            return Credits(self.packed[start * size : stop * size])
        account, token, minor = merkle.CREDIT.unpack_from(self.packed, range(len(self))[at] * size)
        return Credit("0x" + account.hex(), "0x" + token.hex(), int.from_bytes(minor))

    def place_of(self, account: str, token: str) -> int | None:
        return place_of(self.record, len(self), account, token)

    def record(self, at: int) -> bytes:
        return self.packed[at * merkle.CREDIT.size : (at + 1) * merkle.CREDIT.size]


def place_of(record: Callable[[int], bytes], count: int, account: str, token: str) -> int | None:
    """Where the credit of an account stands among sorted ones, by halving: two dozen reads among millions."""
    wanted = merkle.address_bytes(account) + merkle.address_bytes(token)
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if record(middle)[: len(wanted)] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < count and record(low)[: len(wanted)] == wanted else None
