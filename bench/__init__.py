"""The performance budgets, measured against a whole product of its own: `make bench`. One JSON object a line."""
