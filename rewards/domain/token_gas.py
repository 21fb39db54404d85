"""What one payment of a token takes, so that a costly token makes its own runs shorter and holds up nobody.

Measured at each freeze, by the node's estimate of single transfers; learned from what confirmed runs took. What was
learned is forgotten by an eighth a batch. docs/contracts/gas.md has the formula.
"""

from collections.abc import Sequence
from statistics import median_low

from eth_utils import to_checksum_address

from lib.ids import new_id
from rewards.chain import calldata, gas
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.chain.merkle import keccak
from rewards.models import Chain, ChainIntent, Payout, SettlementBatch, Token

Payee = tuple[str, int]
SAMPLE = 3


def measure_batch(batch: SettlementBatch, token: Token, client: ChainClient) -> None:
    """Before its runs are written. Escrow has the money then: nothing is released yet."""
    owed = Payout.objects.filter(batch=batch, token=token).order_by("index")
    payees = list(owed.values_list("address", "amount")[:SAMPLE])
    measured = _measured(token, client, batch.chain, payees)
    _record(token, max(measured, token.payment_gas - token.payment_gas // 8))


def measure_run(chain: Chain, call: calldata.PayCall, client: ChainClient) -> None:
    """When a run would not go through: the token may have become dearer since."""
    token = of_run(chain, call)
    payees = call.payees()
    chosen = [payees[0], payees[len(payees) // 2], payees[-1]]
    _record(token, max(_measured(token, client, chain, chosen), token.payment_gas))


def learn(intent: ChainIntent) -> None:
    """From the receipt of a confirmed run: what was nearly not enough is raised, by an eighth.

    No further, since one recipient that burns gas may have taken most of it.
    """
    if not intent.gas_used:
        return
    call = calldata.read_pay(bytes.fromhex(intent.data[2:]))
    fixed = gas.pay_gas(0, len(call.proof), passed_over=call.passed_over)
    token = of_run(intent.chain, call)
    taken = min((intent.gas_used - fixed) // call.count, token.payment_gas)
    _record(token, max(token.payment_gas, min(taken * 9 // 8, gas.MOST_PER_RECIPIENT)))


def of_run(chain: Chain, call: calldata.PayCall) -> Token:
    token: Token = chain.tokens.get(address=call.token)
    return token


def _measured(token: Token, client: ChainClient, chain: Chain, payees: Sequence[Payee]) -> int:
    """By somebody new, and by those asked, of whom one with a costly contract must not speak for all."""
    nobody = to_checksum_address(keccak(new_id().bytes)[12:])
    new = _estimate(token, client, chain, (nobody, payees[0][1])) if payees else None
    found = [cost for payee in payees if (cost := _estimate(token, client, chain, payee)) is not None]
    if new is not None and len(found) < 2:
        return new
    return max(median_low(found) if found else 0, new or 0)


def _estimate(token: Token, client: ChainClient, chain: Chain, payee: Payee) -> int | None:
    """None when neither contract can send it: refused, or not there. Then the formula stands as it is."""
    data = calldata.transfer(*payee)
    for holder in (chain.escrow_address, chain.settlement_address):
        try:
            return gas.payment_gas(client.estimate_gas(to=token.address, data=data, sender=holder))
        except ChainRejected:
            continue
    return None


def _record(token: Token, measured: int) -> None:
    figure = max(measured, gas.PAY_PER_RECIPIENT)
    if figure != token.payment_gas:
        token.payment_gas = figure
        Token.objects.filter(pk=token.pk).update(payment_gas=figure)
