"""How many people a batch should pay, from what its transactions cost. Pure. docs/algorithms/batching.md has the table.

What a batch costs however many it pays is shared by those that it pays. It is worth while once that share is a small
part of what paying one more person costs.
"""

# Gas used, measured on a real chain (make bench-settlement prints it anew, and a test holds these against it).
PROPOSE = 84_500
RELEASE = 79_000
RELEASE_PER_PROJECT = 25_300
RUN = 59_000
PER_PERSON = 8_600  # who has held the token before


def fixed_gas(projects: int) -> int:
    """Of a batch that pays nobody: the root, one release, one run."""
    return PROPOSE + RELEASE + RELEASE_PER_PROJECT * projects + RUN


def wanted(projects: int, *, overhead_percent: int) -> int:
    """The fewest people for whom the fixed gas is at most so many percent of the rest."""
    return -(-fixed_gas(max(projects, 1)) * 100 // (PER_PERSON * overhead_percent))
