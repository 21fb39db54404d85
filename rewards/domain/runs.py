"""Runs that are written down and not signed: made to fit, parted, or left to be claimed. Under the signer's lock.

A run pays some of the payments of one leaf, so it can be parted anywhere without touching the root. What is left to be
claimed goes the way of every refused payment: nobody loses it, and nobody is held up by it.
"""

import logging

from django.utils.translation import gettext_lazy as _

from rewards.chain import calldata, gas
from rewards.chain.calldata import PayCall
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected, Reason
from rewards.domain import alerts, confirmations, effects, token_gas
from rewards.models import ChainIntent

log = logging.getLogger(__name__)
# The contract's own words, which say nothing of the run: it waits, and a person may have to act.
NOT_THE_RUN = {"paused", "proof"}
CODE_IS_GONE = "no token"


def part_paid(intent: ChainIntent, client: ChainClient) -> bool:
    """Some of it is paid already, by whomever: that part is one intent, what is unpaid another. Nothing is sent twice.

    So it is after rows were lost: our own memory says that nothing was sent. True when the run was changed.
    """
    flags = effects.flags_of_run(intent, client, "latest")
    if all(flags) or not any(flags):
        return False
    _part(intent, _read(intent), flags.index(not flags[0]))
    return True


def fit(intent: ChainIntent, client: ChainClient) -> bool:
    """Give it what its token is known to take now. True when the run was changed."""
    call = _read(intent)
    cost = token_gas.of_run(intent.chain, call).payment_gas
    if cost > gas.MOST_PER_RECIPIENT:
        _leave_to_claim(intent, client, f"one payment takes {cost} gas")
        return True
    longest = gas.max_run(per_recipient=cost)
    if call.count > longest:
        _part(intent, call, longest)
        return True
    if (given := _gas(call, cost)) > intent.gas:
        _give(intent, given)
    return False


def lighten(intent: ChainIntent, client: ChainClient, error: ChainRejected, *, sender: str) -> bool:
    """It would not go through: measured again, then as much less of it as does go. False when that is not why."""
    if error.reason not in {Reason.REVERTED, Reason.GAS_LIMIT} or error.detail in NOT_THE_RUN:
        return False
    call = _read(intent)
    if error.detail == CODE_IS_GONE:
        _leave_to_claim(intent, client, "there is no contract any more")
        return True
    given = intent.gas
    token_gas.measure_run(intent.chain, call, client)
    if fit(intent, client) or intent.gas > given:
        return True
    if call.count > 1:
        _part(intent, call, _largest_that_goes(call, intent, client, sender))
    elif not _give_most(intent, call):
        _leave_to_claim(intent, client, error.detail)
    return True


def after_failure(intent: ChainIntent, client: ChainClient, gas_used: int, *, is_last_try: bool) -> bool:
    """Mined, and failed. With nearly all of its gas: half as many, or more gas for one. False when it was not that."""
    if gas_used * 8 < intent.gas * 7:
        return False
    call = _read(intent)
    if call.count > 1:
        _part(intent, call, call.count // 2)
    elif not _give_most(intent, call) and is_last_try:
        _leave_to_claim(intent, client, f"it took all of {intent.gas} gas")
    return True


def _read(intent: ChainIntent) -> PayCall:
    return calldata.read_pay(bytes.fromhex(intent.data[2:]))


def _gas(call: PayCall, cost: int) -> int:
    return gas.pay_gas(call.count, len(call.proof), per_recipient=cost, passed_over=call.passed_over)


def _part(intent: ChainIntent, call: PayCall, count: int) -> None:
    """Its first `count` payments stay, with all the gas; the others become an intent of their own, after all others."""
    cost = token_gas.of_run(intent.chain, call).payment_gas
    kept, rest = call.of(0, count), call.of(count, call.count - count)
    ChainIntent.objects.create(
        chain=intent.chain,
        kind=intent.kind,
        batch=intent.batch,
        to=intent.to,
        data="0x" + rest.data().hex(),
        gas=min(_gas(rest, cost), gas.TRANSACTION_CAP),
        effect=effects.paid(rest.epoch, rest.start, rest.count),
    )
    intent.data = "0x" + kept.data().hex()
    intent.effect = effects.paid(kept.epoch, kept.start, kept.count)
    intent.gas = min(max(intent.gas, _gas(kept, cost)), gas.TRANSACTION_CAP)
    intent.save(update_fields=["data", "effect", "gas", "updated_at"])
    log.info("Intent %s pays %s, and another the %s after them.", intent.pk, kept.count, rest.count)


def _largest_that_goes(call: PayCall, intent: ChainIntent, client: ChainClient, sender: str) -> int:
    """Half, a quarter, …: 1 when nothing does, which is then looked at alone."""
    count = call.count // 2
    while count > 1:
        try:
            client.simulate(to=intent.to, data=call.of(0, count).data(), sender=sender, gas=intent.gas)
        except ChainRejected:
            count //= 2
        else:
            return count
    return 1


def _give(intent: ChainIntent, given: int) -> None:
    intent.gas = given
    intent.save(update_fields=["gas", "updated_at"])


def _give_most(intent: ChainIntent, call: PayCall) -> bool:
    """For one payment, which may be to a contract that uses up what it gets. False when it has that already."""
    most = _gas(call, gas.MOST_PER_RECIPIENT)
    if intent.gas >= most:
        return False
    _give(intent, most)
    return True


def _leave_to_claim(intent: ChainIntent, client: ChainClient, why: str) -> None:
    """As if the token had refused them: what is still unset when the epoch is over is credited, and they are told."""
    told = ChainIntent.objects.filter(batch=intent.batch, state=ChainIntent.State.CONFIRMED).exclude(held_reason="")
    is_first = not told.exists()
    intent.held_reason = f"Left to be claimed: {why}."
    intent.save(update_fields=["held_reason"])
    if is_first:
        call = _read(intent)
        alerts.tell_finance_admins(
            _("Payments were not sent, because they take too much gas"),
            detail=f"token {call.token}, epoch {call.epoch}, {call.count} payments from place {call.start} on: {why}",
            advice=_("These people can claim them in some epochs' time. Everybody else is paid. Look at the token."),
        )
    confirmations.confirm(intent, client, deep=max(client.block_number() - intent.chain.confirmations, 0))
