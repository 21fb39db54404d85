from hypothesis import given
from hypothesis import strategies as st

from rewards.chain import leaf_cache, merkle
from rewards.chain.epoch_tree import EpochTree
from rewards.chain.packed import Credit, Credits, Payment

SETTLEMENT, TOKEN = ("0x" + two * 20 for two in ("11", "22"))
sums = st.dictionaries(st.integers(0, 90), st.integers(0, 3), max_size=90)


def packed(owed: dict[int, int]) -> Credits:
    return Credits.of([Credit(f"0x{number:040x}", TOKEN, minor) for number, minor in owed.items()])


def known_leaves(credits: Credits) -> leaf_cache.KnownLeaves:
    return leaf_cache.KnownLeaves(credits.packed, merkle.credit_leaves(1, SETTLEMENT, credits.packed))


@given(before=sums, changes=sums, gone=st.sets(st.integers(0, 90)))
def test_leaves_are_the_same_with_and_without_what_is_known(before, changes, gone):
    after = {number: minor for number, minor in (before | changes).items() if number not in gone}
    credits = packed(after)

    leaves = leaf_cache.credit_leaves(1, SETTLEMENT, credits.packed, known_leaves(packed(before)))

    assert leaves == merkle.credit_leaves(1, SETTLEMENT, credits.packed)


def test_only_changed_credits_are_hashed(monkeypatch):
    owed = dict.fromkeys(range(1, 70_000), 7)
    known = known_leaves(packed(owed))
    hashed = []
    whole = merkle.credit_leaves

    monkeypatch.setattr(merkle, "credit_leaves", lambda *given: hashed.append(given[2]) or whole(*given))
    del owed[500]
    leaf_cache.credit_leaves(1, SETTLEMENT, packed(owed | {3: 8, 60_000: 9, 80_000: 1}).packed, known)

    assert [len(each) // merkle.CREDIT.size for each in hashed] == [3]


def test_a_tree_gives_its_leaves_to_the_next():
    def tree(epoch, owed, known=None):
        payments = {TOKEN: [Payment(SETTLEMENT, epoch)]}
        return EpochTree(
            chain_id=1, settlement=SETTLEMENT, epoch=epoch, payments=payments, credits=packed(owed), known=known
        )

    first = tree(1, {1: 5, 2: 6})
    second = {1: 5, 2: 8, 3: 1}

    assert tree(2, second, first.known_leaves()).root == tree(2, second).root
