"""Who is paid by the next batch, by which lane, and is it worth while now? docs/algorithms/batching.md explains it.

Everything is asked and done in SQL over all earnings at once: as many statements for 100,000 people as for one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from rewards.chain import company, gas
from rewards.chain.merkle import MAX_PAYMENT
from rewards.models import Chain, Escrow

# A person's earnings of one token, with what they come to, since when, and since when that is enough to be sent.
SUMMED = """
owing AS (
    SELECT locked.*,
           sum(locked.amount) OVER (PARTITION BY locked.user_id, locked.token_id ORDER BY locked.id) AS running
      FROM locked
), summed AS (
    SELECT owing.user_id, owing.token_id, owing.address, sum(owing.amount) AS minor, min(owing.created_at) AS since,
           min(owing.created_at) FILTER (
               WHERE owing.running >= greatest(token.smallest_push, coalesce(preference.threshold, 0))
           ) AS ripe_at,
           request.id IS NOT NULL AS has_asked, token.payment_gas > %(most_gas)s AS is_too_dear
      FROM owing
      JOIN rewards_token token ON token.id = owing.token_id
      LEFT JOIN rewards_payoutpreference preference
             ON preference.user_id = owing.user_id AND preference.token_id = owing.token_id
      LEFT JOIN rewards_payoutrequest request
             ON request.user_id = owing.user_id AND request.chain_id = token.chain_id AND request.batch_id IS NULL
     GROUP BY owing.user_id, owing.token_id, owing.address, request.id, token.payment_gas
), chosen AS (
    SELECT summed.*,
           CASE WHEN NOT has_asked AND ripe_at IS NULL AND since > %(dust_before)s THEN NULL
                WHEN minor > %(max_payment)s OR is_too_dear THEN 'claim'
                WHEN has_asked OR ripe_at IS NOT NULL THEN 'pay'
                ELSE 'claim' END AS lane
      FROM summed
)
"""
# Of an escrow whose client took back what it still held: what had been released before is in Settlement and is paid,
# after a veto or to people who had no wallet then. A release is of all that was earned until then, hence of the first.
EARNINGS = """
taken_back AS (
    SELECT earning.escrow_id, earning.id, escrow.released,
           sum(earning.amount) OVER (PARTITION BY earning.escrow_id ORDER BY earning.id) AS running
      FROM rewards_escrow escrow
      JOIN rewards_token token ON token.id = escrow.token_id AND token.chain_id = %(chain)s
      JOIN rewards_earning earning ON earning.escrow_id = escrow.id
     WHERE escrow.release_refused <> '' AND escrow.refunded > 0 AND escrow.released > 0
), saved AS (
    SELECT escrow_id, max(id) AS last FROM taken_back WHERE running <= released GROUP BY escrow_id
), locked AS MATERIALIZED (
    SELECT earning.id, earning.user_id, escrow.token_id, earning.amount, earning.created_at, wallet.address
      FROM rewards_earning earning
      JOIN rewards_escrow escrow ON escrow.id = earning.escrow_id
      JOIN rewards_token token ON token.id = escrow.token_id AND token.chain_id = %(chain)s
      JOIN accounts_wallet wallet ON wallet.user_id = earning.user_id AND wallet.is_payout
      LEFT JOIN saved ON saved.escrow_id = escrow.id
     WHERE earning.payout_id IS NULL AND (escrow.release_refused = '' OR earning.id <= saved.last)
"""
LOOK = f"""
WITH {EARNINGS}), {SUMMED}
SELECT count(*) FILTER (WHERE lane = 'pay'), bool_or(has_asked),
       least(min(ripe_at), min(since + %(dust)s) FILTER (WHERE ripe_at IS NULL AND lane = 'claim'))
  FROM chosen WHERE lane IS NOT NULL
"""  # noqa: S608
# The planner has no statistics of what the transaction itself makes, and would join it row by row with itself.
ROOM = "SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '128MB', true)"
PICK = f"""
WITH {EARNINGS}), {SUMMED}, made AS (
    INSERT INTO rewards_payout
           (batch_id, user_id, token_id, address, amount, lane, index, credit_batch_id, state, transaction_hash)
    SELECT %(batch)s, user_id, token_id, address, minor, lane,
           CASE WHEN lane = 'pay' THEN row_number() OVER (PARTITION BY token_id, lane ORDER BY user_id) - 1 END,
           CASE WHEN lane = 'claim' THEN %(batch)s::uuid END, 'frozen', ''
      FROM chosen WHERE lane IS NOT NULL
    RETURNING id, user_id, token_id
)
UPDATE rewards_earning SET payout_id = made.id
  FROM locked JOIN made USING (user_id, token_id)
 WHERE rewards_earning.id = locked.id
"""  # noqa: S608
# What is too little to be sent, and has been for long, is the person's own credit from this root on.
CREDIT = """
INSERT INTO rewards_claimbalance (token_id, address, cumulative, claimed)
SELECT token_id, address, amount, 0 FROM rewards_payout WHERE batch_id = %(batch)s AND lane = 'claim'
 ORDER BY token_id, address
    ON CONFLICT (token_id, address) DO UPDATE SET cumulative = rewards_claimbalance.cumulative + excluded.cumulative
"""
SERVE = """
UPDATE rewards_payoutrequest SET batch_id = %(batch)s
 WHERE chain_id = %(chain)s AND batch_id IS NULL AND created_at <= %(now)s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the next batch would hold."""

    people: int
    has_asked: bool
    since: datetime | None

    def is_worth_while(self, wanted: int) -> bool:
        if self.has_asked or self.people >= wanted:
            return True
        longest = timedelta(seconds=settings.SETTLEMENT_LONGEST_WAIT_SECONDS)
        return self.since is not None and self.since <= timezone.now() - longest


def look(chain: Chain) -> Waiting:
    with connection.cursor() as cursor:
        cursor.execute(LOOK, _values(chain))
        people, has_asked, since = cursor.fetchone()
    return Waiting(people=people, has_asked=bool(has_asked), since=since)


def company_wanted(chain: Chain) -> int:
    """How many people make a batch of the projects that owe something worth its fixed cost."""
    projects = Escrow.objects.filter(token__chain=chain, released__lt=F("rewarded"), release_refused="").count()
    return company.wanted(projects, overhead_percent=settings.SETTLEMENT_OVERHEAD_PERCENT)


def pick(chain: Chain, batch_id: UUID) -> int:
    """Makes the payouts, and says how many. One statement, hence one snapshot: what is earned meanwhile waits.

    The chain is locked, so nobody else gives an earning a payout.
    """
    values = _values(chain) | {"batch": batch_id, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(PICK, values)
        cursor.execute(CREDIT, values)
        cursor.execute(SERVE, values)
        cursor.execute("SELECT count(*) FROM rewards_payout WHERE batch_id = %(batch)s", values)
        return int(cursor.fetchone()[0])


def _values(chain: Chain) -> dict[str, Any]:
    dust = timedelta(seconds=settings.SETTLEMENT_DUST_SECONDS)
    return {
        "chain": chain.pk,
        "dust": dust,
        "dust_before": timezone.now() - dust,
        "max_payment": MAX_PAYMENT,
        "most_gas": gas.MOST_PER_RECIPIENT,
    }
