"""Value as whole minor units of an asset, and splitting without loss. Pure: no Django."""

from collections.abc import Sequence
from dataclasses import dataclass

BPS = 10_000


class AssetMismatch(ValueError):
    """Two amounts of different assets were put together."""


@dataclass(frozen=True, slots=True, order=False)
class Amount:
    """`minor` whole units of `asset`, a CAIP-19 id such as `eip155:31337/erc20:0x…`."""

    minor: int
    asset: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError("An amount is a whole number of minor units.")

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.minor + self._same(other).minor, self.asset)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.minor - self._same(other).minor, self.asset)

    def __neg__(self) -> "Amount":
        return Amount(-self.minor, self.asset)

    def times(self, count: int) -> "Amount":
        return Amount(self.minor * count, self.asset)

    def _same(self, other: "Amount") -> "Amount":
        if other.asset != self.asset:
            raise AssetMismatch(f"{self.asset} and {other.asset} cannot be added.")
        return other


def fee_minor(rewarded_minor: int, fee_bps: int) -> int:
    """The fee owed on all rewards so far: floor(rewarded × bps / 10,000), as Escrow.vy computes it.

    The fee of one batch is the difference of two of these, so rounding never accumulates.
    """
    return rewarded_minor * fee_bps // BPS


def split_by_weight(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split by largest remainder (Hamilton): sums exactly to the input; a tie goes to the earlier share."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights must be whole numbers from 0, with a sum above 0.")
    shares = [total_minor * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i))
    for i in by_remainder[: total_minor - sum(shares)]:
        shares[i] += 1
    return shares


def parse_minor(text: str, decimals: int) -> int:
    """Minor units of a plain decimal number such as `0.05`; refuses what the token cannot express."""
    sign_free = text.strip()
    whole, _, fraction = sign_free.partition(".")
    if not (whole or fraction) or not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise ValueError("Write a plain number such as 0.05.")
    if len(fraction.rstrip("0")) > decimals:
        raise ValueError(f"This token has {decimals} decimal places.")
    return int(whole or "0") * 10**decimals + int((fraction.rstrip("0") or "0").ljust(decimals, "0"))


def format_minor(minor: int, decimals: int) -> str:
    """The exact decimal number, without trailing zeros and without grouping."""
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**decimals)
    tail = str(fraction).rjust(decimals, "0").rstrip("0") if decimals else ""
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"
