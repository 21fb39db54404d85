"""How agreed and how sure: consensus and quality mathematics. numpy in, numpy out; no Django, no database.

votes.py        what goes into a method and what comes out
methods.py      the methods by name (majority.py, one_coin.py)
spaces.py       the shapes an answer can have (one of, any of)
online.py       the estimate that follows every answer
resolve.py      a whole schema: from answers to decided values, and the state that is kept with an item
stored.py       standings and crowds as the JSON of their rows
refit.py        a whole project: the batch fit that replaces the online estimate
coefficients.py Krippendorff's alpha;  intervals.py  Wilson and beta intervals
"""
