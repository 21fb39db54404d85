import pytest

from rewards.chain import merkle
from rewards.chain.epoch_tree import Credit, EpochTree, Payment

SETTLEMENT, TOKEN, OTHER = ("0x" + two * 20 for two in ("11", "22", "99"))


def account(number: int) -> str:
    return f"0x{number + 1:040x}"


def tree_of(payments: dict[str, int], credits: int = 0, epoch: int = 1) -> EpochTree:
    return EpochTree(
        chain_id=31337,
        settlement=SETTLEMENT,
        epoch=epoch,
        payments={token: [Payment(account(n), n + 1) for n in range(count)] for token, count in payments.items()},
        credits=[Credit(account(n), TOKEN, n + 1) for n in range(credits)],
    )


def leads_to_the_root(tree: EpochTree, run) -> bool:
    domain = merkle.payment_domain(31337, SETTLEMENT, tree.epoch, run.token)
    shown = b"".join(map(merkle.payment_word, run.accounts, run.amounts))
    first = (run.start - run.leaf_start) * 32
    assert run.leaf_words[first : first + len(shown)] == shown
    return merkle.verify(tree.root, merkle.run_leaf(domain, run.leaf_start, run.leaf_words), run.proof)


@pytest.mark.parametrize("count", [1, 99, 100, 101, 511, 512, 513, 10_000])
def test_runs_cover_every_payment_once(count):
    tree = tree_of({TOKEN: count}, credits=3)

    runs = list(tree.runs())

    assert len(runs) == -(-count // 512)
    assert [who for run in runs for who in run.accounts] == [account(n) for n in range(count)]
    assert all(leads_to_the_root(tree, run) for run in runs)


def test_a_leaf_can_be_paid_in_several_runs():
    tree = tree_of({TOKEN: 600})

    runs = list(tree.runs(max_run=200))

    assert [(run.start, len(run.accounts), run.passed_over) for run in runs] == [
        (0, 200, 312), (200, 200, 312), (400, 112, 400), (512, 88, 0),
    ]  # fmt: skip
    assert all(leads_to_the_root(tree, run) for run in runs)


def test_a_tree_of_shorter_runs_has_more_leaves():
    payments = {TOKEN: [Payment(account(n), n + 1) for n in range(300)]}

    tree = EpochTree(chain_id=31337, settlement=SETTLEMENT, epoch=1, payments=payments, run_size=128)

    assert [(run.start, len(run.accounts)) for run in tree.runs()] == [(0, 128), (128, 128), (256, 44)]
    assert tree.first_credit == 3
    assert all(leads_to_the_root(tree, run) for run in tree.runs())
    for nonsense in (0, 513):
        with pytest.raises(ValueError, match="1 to 512"):
            EpochTree(chain_id=1, settlement=SETTLEMENT, epoch=1, payments=payments, run_size=nonsense)


def test_sections_touch_as_few_words_of_bits_as_they_can_and_no_index_is_used_twice():
    tree = tree_of({OTHER: 5, TOKEN: 700, "0x" + "aa" * 20: 60, "0x" + "bb" * 20: 100})

    assert [(section.token[:4], section.start) for section in tree.sections] == [
        ("0x22", 0), ("0x99", 700), ("0xaa", 705), ("0xbb", 768),
    ]  # fmt: skip
    assert all(leads_to_the_root(tree, run) for run in tree.runs())


def test_one_payment_can_be_run_alone():
    tree = tree_of({TOKEN: 700})

    run = tree.run(613, 1)

    assert run.accounts == (account(613),)
    assert leads_to_the_root(tree, run)


def test_a_run_across_two_tokens_or_two_leaves_is_refused():
    tree = tree_of({OTHER: 4, TOKEN: 600})

    for start, count in ((598, 4), (511, 2), (604, 1), (0, 0)):
        with pytest.raises(ValueError, match="No leaf"):
            tree.run(start, count)


def test_a_claims_proof_leads_to_the_root():
    tree = tree_of({TOKEN: 3}, credits=10)

    claim = tree.claim(account(7), TOKEN)

    leaf = merkle.claim_leaf(31337, SETTLEMENT, account(7), TOKEN, 8)
    assert claim.cumulative == 8
    assert merkle.verify(tree.root, leaf, claim.proof)


def test_an_account_without_credit_has_no_claim():
    assert tree_of({TOKEN: 3}, credits=1).claim(account(7), TOKEN) is None


def test_the_same_debts_in_another_order_give_the_same_root_and_batch():
    credits = [Credit(account(n), TOKEN, n + 1) for n in range(5)]
    payments = {TOKEN: [Payment(account(1), 5)], OTHER: [Payment(account(2), 6)]}

    one, two = (
        EpochTree(chain_id=1, settlement=SETTLEMENT, epoch=1, payments=owed, credits=listed)
        for owed, listed in ((payments, credits), (dict(reversed(payments.items())), credits[::-1]))
    )

    assert (one.root, one.batch_id) == (two.root, two.batch_id)


def test_another_epoch_gives_another_root():
    assert tree_of({TOKEN: 3}, epoch=1).root != tree_of({TOKEN: 3}, epoch=2).root


def test_nonsense_is_refused():
    for payments, credits in (
        ({TOKEN: [Payment(account(1), 0)]}, []),
        ({}, []),
        ({}, [Credit(account(10), TOKEN, 1), Credit(account(10).upper().replace("0X", "0x"), TOKEN, 2)]),
    ):
        with pytest.raises(ValueError):
            EpochTree(chain_id=1, settlement=SETTLEMENT, epoch=1, payments=payments, credits=credits)
