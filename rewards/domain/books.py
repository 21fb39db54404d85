"""Do the books add up? Everything is recomputed from entries, earnings and payouts; nothing is trusted or changed."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Finding:
    """`account` and `transaction` say which of each differs, as far as the rule can tell."""

    rule: str
    token_id: UUID | None
    account: str
    transaction: str
    detail: str

    @property
    def subject(self) -> str:
        return " in ".join(part for part in (self.account, self.transaction) if part)


# Whose account it is, for people: an SQL expression over a row named `account`.
NAMED = """
    account.kind || coalesce(' of person ' || account.user_id, ' of escrow ' || account.escrow_id, '')
    || ' (account ' || account.id || ')'
"""

# Each statement returns (token, account, transaction, detail) of what breaks its rule.
RULES = {
    "an account's balance is the sum of its entries": f"""
        SELECT account.token_id, {NAMED}, '', account.balance || ' <> ' || coalesce(summed.total, 0)
          FROM rewards_ledgeraccount account
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM rewards_entry GROUP BY account_id) summed
                 ON summed.account_id = account.id
         WHERE account.balance <> coalesce(summed.total, 0)
    """,  # noqa: S608
    "a transfer's entries sum to zero": """
        SELECT transfer.token_id, '', transfer.code || ' ' || transfer.id,
               'sum ' || coalesce(sum(entry.amount), 0) || ' of ' || count(entry.id)
          FROM rewards_transfer transfer LEFT JOIN rewards_entry entry ON entry.transfer_id = transfer.id
         GROUP BY transfer.id HAVING coalesce(sum(entry.amount), 0) <> 0 OR count(entry.id) < 2
    """,
    "deposits = escrow + committed + earned + unclaimed + claimed + fees + refunds": """
        SELECT token.id, token.symbol || ' ' || token.address, '', 'off by ' || sum(account.balance)
          FROM rewards_ledgeraccount account JOIN rewards_token token ON token.id = account.token_id
         GROUP BY token.id, token.symbol, token.address HAVING sum(account.balance) <> 0
    """,
    "an escrow holds what was deposited and is neither earned, nor a fee, nor refunded": """
        SELECT escrow.token_id, 'escrow ' || escrow.id, '', coalesce(held.total, 0) || ' <> '
               || escrow.deposited - escrow.rewarded
               - div(escrow.rewarded * escrow.fee_bps, 10000) - escrow.refunded
          FROM rewards_escrow escrow
          LEFT JOIN (SELECT escrow_id, sum(balance) AS total FROM rewards_ledgeraccount GROUP BY escrow_id) held
                 ON held.escrow_id = escrow.id
         WHERE coalesce(held.total, 0) <> escrow.deposited - escrow.rewarded
               - div(escrow.rewarded * escrow.fee_bps, 10000) - escrow.refunded
    """,
    "an escrow's rewards are the sum of its earnings": """
        SELECT escrow.token_id, 'escrow ' || escrow.id, '', escrow.rewarded || ' <> ' || coalesce(summed.total, 0)
          FROM rewards_escrow escrow
          LEFT JOIN (SELECT escrow_id, sum(amount) AS total FROM rewards_earning GROUP BY escrow_id) summed
                 ON summed.escrow_id = escrow.id
         WHERE escrow.rewarded <> coalesce(summed.total, 0)
    """,
    "what a transfer of earnings gives a person are the earnings that name it": f"""
        SELECT posted.token_id, {NAMED}, 'earn ' || coalesce(posted.transfer_id, summed.transfer_id),
               coalesce(posted.total, 0) || ' <> ' || coalesce(summed.total, 0)
          FROM (
                SELECT entry.transfer_id, transfer.token_id, entry.account_id, account.user_id,
                       sum(entry.amount) AS total
                  FROM rewards_transfer transfer
                  JOIN rewards_entry entry ON entry.transfer_id = transfer.id
                  JOIN rewards_ledgeraccount account ON account.id = entry.account_id AND account.kind = 'earned'
                 WHERE transfer.code = 'earn'
                 GROUP BY entry.transfer_id, transfer.token_id, entry.account_id, account.user_id
               ) posted
          FULL JOIN (
                SELECT transfer_id, user_id, sum(amount) AS total FROM rewards_earning GROUP BY transfer_id, user_id
               ) summed ON summed.transfer_id = posted.transfer_id AND summed.user_id = posted.user_id
          LEFT JOIN rewards_transfer transfer ON transfer.id = coalesce(posted.transfer_id, summed.transfer_id)
          LEFT JOIN rewards_ledgeraccount account
                 ON account.token_id = transfer.token_id AND account.kind = 'earned'
                AND account.user_id = coalesce(posted.user_id, summed.user_id)
         WHERE coalesce(posted.total, 0) <> coalesce(summed.total, 0)
    """,  # noqa: S608
    "a deposit's transfer is what was deposited": """
        SELECT escrow.token_id, 'escrow ' || escrow.id, deposit.transaction_hash,
               coalesce(-entry.amount, 0) || ' <> ' || deposit.amount
          FROM rewards_deposit deposit
          JOIN rewards_escrow escrow ON escrow.id = deposit.escrow_id
          LEFT JOIN (
                SELECT entry.transfer_id, entry.amount FROM rewards_entry entry
                  JOIN rewards_ledgeraccount account ON account.id = entry.account_id AND account.kind = 'deposits'
               ) entry ON entry.transfer_id = deposit.transfer_id
         WHERE deposit.transfer_id IS NOT NULL AND coalesce(-entry.amount, 0) <> deposit.amount
    """,
    "what a person has earned and not settled are the earnings without a payout": """
        SELECT coalesce(account.token_id, summed.token_id),
               'earned of person ' || coalesce(account.user_id, summed.user_id), '',
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
        SELECT coalesce(account.token_id, summed.token_id),
               'unclaimed of person ' || coalesce(account.user_id, summed.user_id), '',
               coalesce(account.balance, 0) || ' <> ' || coalesce(summed.total, 0)
          FROM (SELECT * FROM rewards_ledgeraccount WHERE kind = 'unclaimed') account
          FULL JOIN (
                SELECT user_id, token_id, sum(amount) AS total FROM rewards_payout
                 WHERE state <> 'paid' GROUP BY user_id, token_id
               ) summed ON summed.user_id = account.user_id AND summed.token_id = account.token_id
         WHERE coalesce(account.balance, 0) <> coalesce(summed.total, 0)
    """,
    "what was delivered to a person are the payouts that are paid": """
        SELECT coalesce(account.token_id, summed.token_id),
               'claimed of person ' || coalesce(account.user_id, summed.user_id), '',
               coalesce(account.balance, 0) || ' <> ' || coalesce(summed.total, 0)
          FROM (SELECT * FROM rewards_ledgeraccount WHERE kind = 'claimed') account
          FULL JOIN (
                SELECT user_id, token_id, sum(amount) AS total FROM rewards_payout
                 WHERE state = 'paid' GROUP BY user_id, token_id
               ) summed ON summed.user_id = account.user_id AND summed.token_id = account.token_id
         WHERE coalesce(account.balance, 0) <> coalesce(summed.total, 0)
    """,
    "what an address has claimed are its claimed payouts": """
        SELECT claim.token_id, claim.address, '', claim.claimed || ' <> ' || coalesce(summed.total, 0)
          FROM rewards_claimbalance claim
          LEFT JOIN (
                SELECT token_id, address, sum(amount) AS total FROM rewards_payout
                 WHERE state = 'paid' AND lane = 'claim' GROUP BY token_id, address
               ) summed ON summed.token_id = claim.token_id AND summed.address = claim.address
         WHERE claim.claimed <> coalesce(summed.total, 0)
    """,
}


def check_books() -> list[Finding]:
    """What does not add up, as of one moment; empty when all does."""
    found = []
    for rule, statement in RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found += [
                Finding(rule, token_id, str(account or ""), str(transaction), str(detail))
                for token_id, account, transaction, detail in cursor.fetchall()
            ]
    return found
