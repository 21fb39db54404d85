"""The embedded stack: real PostgreSQL, Valkey and an EVM chain, without Docker and without root."""
