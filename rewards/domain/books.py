"""Do the books add up? Everything is recomputed from entries, earnings and payouts; nothing is trusted or changed."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    subject: str
    detail: str


# Each statement returns (subject, detail) of what breaks its rule.
RULES = {
    "an account's balance is the sum of its entries": """
        SELECT account.id || ' ' || account.kind, account.balance || ' <> ' || coalesce(summed.total, 0)
          FROM rewards_ledgeraccount account
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM rewards_entry GROUP BY account_id) summed
                 ON summed.account_id = account.id
         WHERE account.balance <> coalesce(summed.total, 0)
    """,
    "a transfer's entries sum to zero": """
        SELECT transfer.id::text, 'sum ' || coalesce(sum(entry.amount), 0) || ' of ' || count(entry.id)
          FROM rewards_transfer transfer LEFT JOIN rewards_entry entry ON entry.transfer_id = transfer.id
         GROUP BY transfer.id HAVING coalesce(sum(entry.amount), 0) <> 0 OR count(entry.id) < 2
    """,
    "deposits = escrow + committed + earned + unclaimed + claimed + fees + refunds": """
        SELECT token.symbol || ' ' || token.address, 'off by ' || sum(account.balance)
          FROM rewards_ledgeraccount account JOIN rewards_token token ON token.id = account.token_id
         GROUP BY token.id, token.symbol, token.address HAVING sum(account.balance) <> 0
    """,
    "an escrow holds what was deposited and is neither earned, nor a fee, nor refunded": """
        SELECT escrow.id::text, coalesce(held.total, 0) || ' <> ' || escrow.deposited - escrow.rewarded
               - div(escrow.rewarded * escrow.fee_bps, 10000) - escrow.refunded
          FROM rewards_escrow escrow
          LEFT JOIN (SELECT escrow_id, sum(balance) AS total FROM rewards_ledgeraccount GROUP BY escrow_id) held
                 ON held.escrow_id = escrow.id
         WHERE coalesce(held.total, 0) <> escrow.deposited - escrow.rewarded
               - div(escrow.rewarded * escrow.fee_bps, 10000) - escrow.refunded
    """,
    "an escrow's rewards are the sum of its earnings": """
        SELECT escrow.id::text, escrow.rewarded || ' <> ' || coalesce(summed.total, 0)
          FROM rewards_escrow escrow
          LEFT JOIN (SELECT escrow_id, sum(amount) AS total FROM rewards_earning GROUP BY escrow_id) summed
                 ON summed.escrow_id = escrow.id
         WHERE escrow.rewarded <> coalesce(summed.total, 0)
    """,
    "what a person has earned and not settled are the earnings without a payout": """
        SELECT 'person ' || coalesce(account.user_id, summed.user_id),
               coalesce(account.balance, 0) || ' <> ' || coalesce(summed.total, 0)
          FROM (SELECT * FROM rewards_ledgeraccount WHERE kind = 'earned') account
          FULL JOIN (
                SELECT earning.user_id, escrow.token_id, sum(earning.amount) AS total
                  FROM rewards_earning earning JOIN rewards_escrow escrow ON escrow.id = earning.escrow_id
                 WHERE earning.payout_id IS NULL GROUP BY earning.user_id, escrow.token_id
               ) summed ON summed.user_id = account.user_id AND summed.token_id = account.token_id
         WHERE coalesce(account.balance, 0) <> coalesce(summed.total, 0)
    """,
    "what is settled and not delivered are the payouts that are not paid": """
        SELECT 'person ' || coalesce(account.user_id, summed.user_id),
               coalesce(account.balance, 0) || ' <> ' || coalesce(summed.total, 0)
          FROM (SELECT * FROM rewards_ledgeraccount WHERE kind = 'unclaimed') account
          FULL JOIN (
                SELECT user_id, token_id, sum(amount) AS total FROM rewards_payout
                 WHERE state <> 'paid' GROUP BY user_id, token_id
               ) summed ON summed.user_id = account.user_id AND summed.token_id = account.token_id
         WHERE coalesce(account.balance, 0) <> coalesce(summed.total, 0)
    """,
}


def check_books() -> list[Finding]:
    """What does not add up, as of one moment; empty when all does."""
    found = []
    for rule, statement in RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found += [Finding(rule, str(subject), str(detail)) for subject, detail in cursor.fetchall()]
    return found
