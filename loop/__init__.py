"""The whole product from upload to tokens in wallets, over HTTP alone, with wallets of its own: `make loop`.

It imports nothing of the product: what it needs, a client's own program could use as well.
"""
