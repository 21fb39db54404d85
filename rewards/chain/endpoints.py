"""Several nodes of one chain behind the one door: what one does not answer, the next one is asked.

One node is asked for as long as it answers, since two nodes seldom stand at the same block. Whoever fails, is busy,
lags behind the others or is on another chain rests, each time for twice as long, and is not asked meanwhile.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainUnavailable, error_from_node

log = logging.getLogger(__name__)
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0
# With no other node to go to, it is asked again soon.
LONGEST_REST_ALONE_SECONDS = 4.0
MOST_BLOCKS_BEHIND = 5


class Rests(Protocol):
    """Who rests until when (Unix time), and how often it failed in a row. Best shared by all processes."""

    def until(self, url: str) -> float: ...

    def failures(self, url: str) -> int: ...

    def rest(self, url: str, *, failures: int, until: float) -> None: ...

    def forget(self, url: str) -> None: ...


class RestsInMemory:
    """For one process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float]] = {}

    def until(self, url: str) -> float:
        return self._kept.get(url, (0, 0.0))[1]

    def failures(self, url: str) -> int:
        return self._kept.get(url, (0, 0.0))[0]

    def rest(self, url: str, *, failures: int, until: float) -> None:
        self._kept[url] = (failures, until)

    def forget(self, url: str) -> None:
        self._kept.pop(url, None)


class FailoverClient(ChainClient):
    """A ChainClient over a list of addresses, in the order of preference."""

    def __init__(
        self, urls: Sequence[str], chain_id: int, *, timeout_seconds: float = 10.0, rests: Rests | None = None
    ) -> None:
        super().__init__(urls[0], chain_id, timeout_seconds=timeout_seconds)
        self._nodes = {url: ChainClient(url, chain_id, timeout_seconds=timeout_seconds) for url in urls}
        self._rests = rests or RestsInMemory()
        self._chosen: str | None = None
        self._had_failed = False

    def _answer(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        last: ChainUnavailable | None = None
        for _ in self._nodes:
            url = self._chosen or self._choose()
            if url is None:
                break
            if self._chosen is None:
                self._chosen, self._had_failed = url, self._rests.failures(url) > 0
            try:
                answer = self._nodes[url]._answer(method, parameters)
                _raise_if_busy(answer)
            except ChainUnavailable as error:
                last = error
                self._send_to_rest(url, str(error))
            else:
                if self._had_failed:
                    self._rests.forget(url)
                    self._had_failed = False
                return answer
        raise last or ChainUnavailable("Every node of the chain rests after failing; it is asked again soon.")

    def _choose(self) -> str | None:
        """The first that is awake, on our chain, and not behind the others."""
        awake = [url for url in self._nodes if self._rests.until(url) <= time.time()]
        if len(self._nodes) == 1:
            return awake[0] if awake else None
        heads = {url: head for url in awake if (head := self._head_of(url)) is not None}
        highest = max(heads.values(), default=0)
        for url, head in heads.items():
            if highest - head <= MOST_BLOCKS_BEHIND:
                return url
            self._send_to_rest(url, f"It is {highest - head} blocks behind.")
        return None

    def _head_of(self, url: str) -> int | None:
        node = self._nodes[url]
        try:
            chain_id = int(node._request("eth_chainId"), 16)
            head = node.block_number()
        except ChainUnavailable as error:
            self._send_to_rest(url, str(error))
            return None
        if chain_id != self.chain_id and len(self._nodes) > 1:
            self._send_to_rest(url, f"It is on chain {chain_id}.")
            return None
        return head

    def _send_to_rest(self, url: str, why: str) -> None:
        failures = self._rests.failures(url) + 1
        longest = LONGEST_REST_SECONDS if len(self._nodes) > 1 else LONGEST_REST_ALONE_SECONDS
        seconds = min(FIRST_REST_SECONDS * 2 ** (failures - 1), longest)
        self._rests.rest(url, failures=failures, until=time.time() + seconds)
        if self._chosen == url:
            self._chosen = None
        # Not the address: it may carry a key.
        place = list(self._nodes).index(url) + 1
        log.warning("Node %s of chain %s rests for %.0f s: %s", place, self.chain_id, seconds, why)


def _raise_if_busy(answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if not isinstance(error, dict):
        return
    told = error_from_node(int(error.get("code") or 0), str(error.get("message", "")), _words(error))
    if isinstance(told, ChainUnavailable):
        raise told


def _words(error: dict[str, Any]) -> str | None:
    """A contract may revert with any words, "rate limit" too: that is no busy node."""
    return "" if error.get("data") else None
