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
    epoch, start, address, accounts, amounts, proof = pay_arguments(tree.run(0, 2))

    for changed in (
        (epoch + 1, start, address, accounts, amounts, proof),
        (epoch, start + 2, address, accounts, amounts, proof),
        (epoch, start, faulty.address, accounts, amounts, proof),
        (epoch, start, address, (attacker, worker), amounts, proof),
        (epoch, start, address, accounts, (5, 7), proof),
        (epoch, start, address, accounts, amounts, (*proof, bytes(32))),
        (epoch, start, address, accounts, amounts, ()),
        (epoch, start, address, accounts[:1], amounts[:1], proof),
        (0, start, address, accounts, amounts, proof),
    ):
        with pytest.raises(Reverted, match="proof"):
            settlement.pay(*changed, sender=attacker)


def test_pay_refuses_lists_of_different_or_no_length(settlement, token, operator, worker):
    make_live(settlement, make_tree(settlement, 1, {token.address: [(worker, 5)]}), operator)

    for accounts, amounts in (((worker,), (5, 5)), ((), ())):
        with pytest.raises(Reverted, match="lengths"):
            settlement.pay(1, 0, token.address, accounts, amounts, (), sender=worker)


def test_pay_refuses_an_index_that_would_wrap_around(settlement, token, operator, worker):
    make_live(settlement, make_tree(settlement, 1, {token.address: [(worker, 5)]}), operator)

    with pytest.raises(Reverted, match="start"):
        settlement.pay(1, 2**64, token.address, (worker,), (5,), (), sender=worker)


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
