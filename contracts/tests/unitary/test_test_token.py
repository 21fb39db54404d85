import pytest

from contracts.scripts.devchain import start_devchain
from contracts.tests.harness import ZERO, Chain, Reverted


def test_the_faucet_serves_anyone_up_to_a_million_tokens(token, outsider):
    token.mint(outsider, 1_000_000 * 10**6, sender=outsider)

    assert token.balanceOf(outsider) == token.totalSupply() == 10**12
    with pytest.raises(Reverted, match="too much"):
        token.mint(outsider, 10**12 + 1, sender=outsider)
    with pytest.raises(Reverted, match="to"):
        token.mint(ZERO, 1, sender=outsider)


def test_it_is_an_ordinary_token(token, worker, outsider, successor):
    token.mint(worker, 10, sender=worker)

    token.transfer(outsider, 4, sender=worker)
    token.approve(successor, 3, sender=worker)
    sent = token.transferFrom(worker, successor, 3, sender=successor)

    assert token.events(sent) == [("Transfer", worker, successor, 3)]
    assert [token.balanceOf(who) for who in (worker, outsider, successor)] == [3, 4, 3]
    assert token.allowance(worker, successor) == 0
    assert (token.name(), token.symbol(), token.decimals()) == ("Test token", "TEST", 6)


def test_it_refuses_more_than_is_owned_or_allowed(token, worker, attacker):
    token.mint(worker, 10, sender=worker)

    with pytest.raises(Reverted):
        token.transfer(attacker, 11, sender=worker)
    with pytest.raises(Reverted):
        token.transferFrom(worker, attacker, 1, sender=attacker)
    with pytest.raises(Reverted, match="to"):
        token.transfer(ZERO, 1, sender=worker)


def test_an_endless_allowance_is_not_used_up(token, worker, successor):
    token.mint(worker, 10, sender=worker)
    token.approve(successor, 2**256 - 1, sender=worker)

    token.transferFrom(worker, successor, 3, sender=successor)

    assert token.allowance(worker, successor) == 2**256 - 1


def test_it_refuses_a_chain_where_money_is_real():
    with start_devchain(chain_id=1) as devchain, pytest.raises(Reverted, match="development chain only"):
        Chain(devchain).deploy("TestToken", "Test token", "TEST", 6)


def test_it_refuses_absurd_decimals(chain):
    with pytest.raises(Reverted, match="decimals"):
        chain.deploy("TestToken", "Test token", "TEST", 37)
