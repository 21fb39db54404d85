import pytest

from contracts.tests.harness import Reverted
from contracts.tests.scenes import claim, make_live, make_tree


@pytest.fixture
def tree(settlement, token, operator, worker, other_worker, outsider):
    tree = make_tree(
        settlement,
        1,
        {token.address: [(outsider, 1)] * 3},
        [(worker, token.address, 70), (other_worker, token.address, 30)],
    )
    make_live(settlement, tree, operator)
    token.mint(settlement.address, 1_000, sender=outsider)
    return tree


def test_claim_sent_by_anyone_pays_the_account(settlement, token, tree, worker, outsider):
    sent = claim(settlement, tree, worker, token.address, outsider)

    assert settlement.events(sent) == [("Claimed", worker, token.address, worker, 70, 70)]
    assert token.balanceOf(worker) == 70
    assert settlement.claimed(worker, token.address) == 70


def test_claim_sent_twice_pays_once(settlement, token, tree, worker, outsider):
    claim(settlement, tree, worker, token.address, outsider)

    sent = claim(settlement, tree, worker, token.address, outsider)

    assert settlement.events(sent) == []
    assert token.balanceOf(worker) == 70


def test_claim_of_a_later_epoch_pays_the_difference(settlement, token, tree, operator, worker, outsider):
    claim(settlement, tree, worker, token.address, outsider)
    later = make_tree(settlement, 2, {}, [(worker, token.address, 100)])
    make_live(settlement, later, operator)

    claim(settlement, later, worker, token.address, outsider)

    assert token.balanceOf(worker) == 100


def test_claim_with_the_previous_roots_proof_still_works(settlement, token, tree, operator, worker, outsider):
    make_live(settlement, make_tree(settlement, 2, {}, [(worker, token.address, 100)]), operator)

    claim(settlement, tree, worker, token.address, outsider)

    assert token.balanceOf(worker) == 70


def test_claim_with_an_older_proof_than_the_last_claimed_pays_nothing(
    settlement, token, tree, operator, worker, outsider
):
    later = make_tree(settlement, 2, {}, [(worker, token.address, 100)])
    make_live(settlement, later, operator)
    claim(settlement, later, worker, token.address, outsider)

    claim(settlement, tree, worker, token.address, outsider)

    assert token.balanceOf(worker) == 100


def test_claim_refuses_a_changed_amount_account_or_token(settlement, token, faulty, tree, worker, attacker):
    found = tree.claim(worker, token.address)

    for account, address, cumulative in (
        (worker, token.address, 71),
        (attacker, token.address, 70),
        (worker, faulty.address, 70),
    ):
        with pytest.raises(Reverted, match="proof"):
            settlement.claim(account, address, cumulative, found.proof, sender=attacker)


def test_claim_refuses_before_there_is_any_root(settlement, token, worker):
    with pytest.raises(Reverted, match="proof"):
        settlement.claim(worker, token.address, 1, (), sender=worker)


def test_claim_refuses_while_paused(settlement, token, tree, guardian, worker):
    settlement.pause(sender=guardian)

    with pytest.raises(Reverted, match="paused"):
        claim(settlement, tree, worker, token.address, worker)


def test_claim_refuses_a_token_without_code(settlement, operator, worker, attacker):
    tree = make_tree(settlement, 1, {}, [(worker, attacker, 70)])
    make_live(settlement, tree, operator)

    with pytest.raises(Reverted, match="no token"):
        claim(settlement, tree, worker, attacker, worker)


def test_claim_that_a_token_answers_false_to_stays_claimable(settlement, faulty, operator, worker):
    tree = make_tree(settlement, 1, {}, [(worker, faulty.address, 70)])
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, 70, sender=worker)
    faulty.set_answers_false(True, sender=worker)

    with pytest.raises(Reverted, match="transfer"):
        claim(settlement, tree, worker, faulty.address, worker)
    faulty.set_answers_false(False, sender=worker)
    claim(settlement, tree, worker, faulty.address, worker)

    assert faulty.balanceOf(worker) == 70


def test_claim_of_a_token_that_answers_nothing_pays(settlement, silent, operator, worker):
    tree = make_tree(settlement, 1, {}, [(worker, silent.address, 70)])
    make_live(settlement, tree, operator)
    silent.mint(settlement.address, 70, sender=worker)

    claim(settlement, tree, worker, silent.address, worker)

    assert silent.balanceOf(worker) == 70


def test_claim_to_sends_the_callers_own_earnings_elsewhere(settlement, token, tree, worker, successor):
    found = tree.claim(worker, token.address)

    sent = settlement.claim_to(successor, token.address, found.cumulative, found.proof, sender=worker)

    assert settlement.events(sent) == [("Claimed", worker, token.address, successor, 70, 70)]
    assert token.balanceOf(successor) == 70


def test_claim_to_refuses_somebody_elses_earnings(settlement, token, tree, worker, attacker):
    found = tree.claim(worker, token.address)

    with pytest.raises(Reverted, match="proof"):
        settlement.claim_to(attacker, token.address, found.cumulative, found.proof, sender=attacker)


def test_claim_to_refuses_receivers_that_would_lose_it(settlement, token, tree, worker):
    found = tree.claim(worker, token.address)

    for receiver in ("0x" + "00" * 20, settlement.address):
        with pytest.raises(Reverted, match="to"):
            settlement.claim_to(receiver, token.address, found.cumulative, found.proof, sender=worker)


def test_claim_to_after_claim_pays_nothing_more(settlement, token, tree, worker, successor):
    claim(settlement, tree, worker, token.address, worker)
    found = tree.claim(worker, token.address)

    settlement.claim_to(successor, token.address, found.cumulative, found.proof, sender=worker)

    assert token.balanceOf(successor) == 0
