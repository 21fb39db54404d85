"""Arguments for any function of an ABI: of the right type, and as odd as they come."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

ODD_NUMBERS = (0, 1, 2, 3, 4, 5, 7, 99, 256, 500, 512, 1_000, 2**64, 2**96, 2**128, 2**255, 2**256 - 1)


def values_of(kind: str, known: dict[str, Sequence[Any]], components: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """Mostly what is `known` in the scene: keys, accounts and hashes that mean something, in the wrong places."""
    if kind.endswith("[]"):
        inner = values_of(kind[:-2], known, components)
        lists = st.lists(inner, max_size=3)
        return st.one_of(st.sampled_from(known[kind]), lists) if known.get(kind) else lists
    if kind.startswith("tuple"):
        return st.tuples(*(values_of(part["type"], known) for part in components))
    if kind == "address":
        return st.sampled_from(known["address"])
    if kind == "bytes32":
        return st.one_of(st.sampled_from(known["bytes32"]), st.binary(min_size=32, max_size=32))
    if kind.startswith("uint"):
        most = 2 ** int(kind[4:] or 256) - 1
        return st.sampled_from([number for number in (*ODD_NUMBERS, *known["uint256"]) if number <= most])
    raise ValueError(f"Nothing odd is known of {kind}.")


def arguments_of(entry: dict[str, Any], known: dict[str, Sequence[Any]]) -> st.SearchStrategy[list[Any]]:
    parts = (values_of(part["type"], known, part.get("components", ())) for part in entry["inputs"])
    return st.tuples(*parts).map(list)


def one_changed(entry: dict[str, Any], good: Sequence[Any], known: dict[str, Sequence[Any]]) -> st.SearchStrategy[list]:
    """A call that would work, with one argument made odd."""

    def put(place_and_values: tuple[int, list[Any]]) -> list[Any]:
        place, values = place_and_values
        return [*good[:place], values[place], *good[place + 1 :]]

    return st.tuples(st.integers(0, len(good) - 1), arguments_of(entry, known)).map(put)
