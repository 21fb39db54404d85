import pytest
from eth_utils import to_checksum_address

from contracts.tests.harness import Reverted
from contracts.tests.scenes import make_live, make_tree, pay, pay_arguments


def people(count: int) -> list[str]:
    return [to_checksum_address(f"0x{7_000_000 + number:040x}") for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 100, 101, 255, 257, 512])
def test_pay_pays_a_run_of_any_length(settlement, token, operator, outsider, count):
    owed = [(account, 10 + number) for number, account in enumerate(people(count))]
    tree = make_tree(settlement, 1, {token.address: owed}, [(outsider, token.address, 9)])
    make_live(settlement, tree, operator)
    token.mint(settlement.address, sum(amount for _, amount in owed), sender=outsider)

    (run,) = tree.runs()
    sent = pay(settlement, run, outsider)

    assert settlement.events(sent) == [("RunPaid", 1, token.address, 0, count, 0)]
    assert token.balanceOf(settlement.address) == 0
    assert token.balanceOf(owed[-1][0]) == owed[-1][1]
    assert settlement.paid(1, (count - 1) // 256) == (1 << ((count - 1) % 256 + 1)) - 1


def test_pay_pays_every_run_of_many_tokens(settlement, token, faulty, silent, operator, outsider):
    owed = {
        contract.address: [(account, 3) for account in people(count)]
        for contract, count in ((token, 700), (faulty, 5), (silent, 130))
    }
    tree = make_tree(settlement, 1, owed, [(account, token.address, 4) for account in people(40)])
    make_live(settlement, tree, operator)
    for contract in (token, faulty, silent):
        contract.mint(settlement.address, 3 * 700, sender=outsider)

    for run in tree.runs(max_run=256):
        pay(settlement, run, outsider)

    assert [contract.balanceOf(settlement.address) for contract in (token, faulty, silent)] == [0, 2085, 1710]


def test_pay_sent_twice_pays_once(settlement, token, operator, outsider, worker):
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]})
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 100, sender=outsider)
    (run,) = tree.runs()

    pay(settlement, run, outsider)
    pay(settlement, run, outsider)

    assert token.balanceOf(worker) == 5


def test_pay_passes_over_the_payments_already_made(settlement, token, operator, outsider):
    tree = make_tree(settlement, 1, {token.address: [(account, 5) for account in people(4)]})
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 20, sender=outsider)
    pay(settlement, tree.run(1, 1), outsider)
    pay(settlement, tree.run(2, 2), outsider)

    pay(settlement, tree.run(0, 4), outsider)

    assert [token.balanceOf(account) for account in people(4)] == [5, 5, 5, 5]


def test_pay_skips_a_blocked_recipient_and_pays_the_others(settlement, faulty, operator, outsider):
    tree = make_tree(settlement, 1, {faulty.address: [(account, 5) for account in people(3)]})
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, 15, sender=outsider)
    faulty.set_blocked(people(3)[1], True, sender=outsider)

    sent = pay(settlement, tree.run(0, 3), outsider)

    assert settlement.events(sent) == [
        ("Unpaid", 1, people(3)[1], 1),
        ("RunPaid", 1, faulty.address, 0, 3, 1),
    ]
    assert [faulty.balanceOf(account) for account in people(3)] == [5, 0, 5]
    assert settlement.paid(1, 0) == 0b101


def test_pay_tries_a_skipped_recipient_again(settlement, faulty, operator, outsider):
    tree = make_tree(settlement, 1, {faulty.address: [(account, 5) for account in people(3)]})
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, 15, sender=outsider)
    faulty.set_blocked(people(3)[1], True, sender=outsider)
    pay(settlement, tree.run(0, 3), outsider)
    faulty.set_blocked(people(3)[1], False, sender=outsider)

    pay(settlement, tree.run(1, 1), outsider)

    assert settlement.paid(1, 0) == 0b111


def test_pay_does_not_mark_as_paid_what_a_token_answered_false_to(settlement, faulty, operator, outsider, worker):
    tree = make_tree(settlement, 1, {faulty.address: [(worker, 5)]})
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, 5, sender=outsider)
    faulty.set_answers_false(True, sender=outsider)

    pay(settlement, tree.run(0, 1), outsider)

    assert settlement.paid(1, 0) == 0


def test_pay_skips_what_the_settlement_cannot_afford(settlement, token, operator, outsider):
    tree = make_tree(settlement, 1, {token.address: [(account, 5) for account in people(3)]})
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 12, sender=outsider)

    pay(settlement, tree.run(0, 3), outsider)

    assert settlement.paid(1, 0) == 0b011
    assert token.balanceOf(settlement.address) == 2


def test_pay_refuses_a_token_address_without_code(settlement, operator, outsider, worker, attacker):
    tree = make_tree(settlement, 1, {attacker: [(worker, 5)]})
    make_live(settlement, tree, operator)

    with pytest.raises(Reverted, match="no token"):
        pay(settlement, tree.run(0, 1), outsider)


def test_pay_refuses_anything_changed(settlement, token, faulty, operator, worker, attacker):
    tree = make_tree(settlement, 1, {token.address: [(worker, 5), (worker, 6)]}, [(worker, token.address, 1)])
    make_live(settlement, tree, operator)
    epoch, start, address, (one, two), proof, first, count = pay_arguments(tree.run(0, 2))
    to_attacker = int(attacker, 16) << 96 | 5

    for changed in (
        (epoch + 1, start, address, (one, two), proof),
        (epoch, start + 2, address, (one, two), proof),
        (epoch, start, faulty.address, (one, two), proof),
        (epoch, start, address, (to_attacker, two), proof),
        (epoch, start, address, (one, two + 1), proof),
        (epoch, start, address, (two, one), proof),
        (epoch, start, address, (one, two, two), proof),
        (epoch, start, address, (one, two), (*proof, bytes(32))),
        (epoch, start, address, (one, two), ()),
        (0, start, address, (one, two), proof),
    ):
        with pytest.raises(Reverted, match="proof"):
            settlement.pay(*changed, first, count, sender=attacker)
    with pytest.raises(Reverted, match="proof"):
        settlement.pay(epoch, start, address, (one,), proof, 0, 1, sender=attacker)


def test_pay_pays_any_part_of_a_run(settlement, token, operator, outsider):
    """Around a recipient that burns all gas, and for one that helps itself."""
    owed = [(account, 5) for account in people(300)]
    tree = make_tree(settlement, 1, {token.address: owed})
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 1_500, sender=outsider)

    sent = pay(settlement, tree.run(200, 90), outsider)
    pay(settlement, tree.run(299, 1), outsider)

    assert settlement.events(sent) == [("RunPaid", 1, token.address, 200, 90, 0)]
    assert settlement.paid(1, 0) == (2**56 - 1) << 200
    assert settlement.paid(1, 1) == (2**34 - 1) | 1 << 43
    assert token.balanceOf(settlement.address) == 1_500 - 91 * 5


def test_pay_refuses_a_part_that_is_empty_or_beyond_the_run(settlement, token, operator, worker):
    tree = make_tree(settlement, 1, {token.address: [(worker, 5), (worker, 6)]})
    make_live(settlement, tree, operator)
    arguments = pay_arguments(tree.run(0, 2))[:5]

    for first, count in ((0, 0), (0, 3), (1, 2), (2, 0), (2, 1), (2**256 - 1, 2), (1, 2**256 - 1)):
        with pytest.raises(Reverted, match="window"):
            settlement.pay(*arguments, first, count, sender=worker)
    with pytest.raises(Reverted, match="window"):
        settlement.pay(1, 0, token.address, (), (), 0, 0, sender=worker)


def test_pay_pays_the_largest_amount_that_a_word_holds(settlement, token, faulty, operator, worker):
    most = 2**96 - 1
    tree = make_tree(settlement, 1, {faulty.address: [(worker, most)]})
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, most, sender=worker)

    pay(settlement, tree.run(0, 1), worker)

    assert faulty.balanceOf(worker) == most


def test_pay_refuses_an_index_that_would_wrap_around(settlement, token, operator, worker):
    make_live(settlement, make_tree(settlement, 1, {token.address: [(worker, 5)]}), operator)

    with pytest.raises(Reverted, match="start"):
        settlement.pay(1, 2**64, token.address, (5,), (), 0, 1, sender=worker)


def test_pay_refuses_while_paused_and_works_when_the_pause_has_ended(
    settlement, token, operator, guardian, worker, chain
):
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]})
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 5, sender=worker)
    settlement.pause(sender=guardian)

    with pytest.raises(Reverted, match="paused"):
        pay(settlement, tree.run(0, 1), worker)
    chain.pass_time(settlement.PAUSE_SECONDS())
    pay(settlement, tree.run(0, 1), worker)

    assert token.balanceOf(worker) == 5


def test_pay_works_for_the_previous_epoch_and_not_for_the_one_before(settlement, token, operator, worker):
    trees = [make_tree(settlement, epoch, {token.address: [(worker, epoch)]}) for epoch in (1, 2, 3)]
    token.mint(settlement.address, 100, sender=worker)
    for tree in trees:
        make_live(settlement, tree, operator)

    pay(settlement, trees[1].run(0, 1), worker)
    with pytest.raises(Reverted, match="proof"):
        pay(settlement, trees[0].run(0, 1), worker)

    assert token.balanceOf(worker) == 2
