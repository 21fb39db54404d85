"""Notes which way every conditional jump of a contract went, when CONTRACTS_TRACE names a file. Else costs nothing."""

import atexit
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.tests.harness import Chain

# Every step is looked at inside the node: a trace of 500 payments would be a hundred megabytes here.
TRACER = """{
  seen: {},
  step: function(log) {
    if (log.op.toString() != "JUMPI") return;
    var taken = log.stack.peek(1).valueOf() != 0 ? 1 : 0;
    this.seen[toHex(log.contract.getAddress()) + " " + log.getDepth() + " " + log.getPC() + " " + taken] = 1;
  },
  fault: function(log) {},
  result: function() { return this.seen; }
}"""


class Recorder:
    def __init__(self, path: str) -> None:
        self.names: dict[tuple[str, str], str] = {}
        self.seen: set[tuple[str, str, int, int]] = set()
        self.path = path
        atexit.register(self.write)

    def deployed(self, chain: "Chain", address: str, name: str) -> None:
        # After a snapshot is taken back, another contract may get the same address; on another chain it does at once.
        self.names[chain.devchain.url, address.lower()] = name

    def call(self, chain: "Chain", call: dict[str, Any], creates: str = "") -> None:
        """Of a creation, the outermost frame is the constructor of `creates`; all else is deployed code."""
        seen = chain.devchain.rpc("debug_traceCall", call, "latest", {"tracer": TRACER})
        jumps = [key.split() for key in seen]
        outermost = min((int(depth) for _, depth, _, _ in jumps), default=0)
        for address, depth, pc, taken in jumps:
            is_constructor = bool(creates) and int(depth) == outermost
            name = creates if is_constructor else self.names.get((chain.devchain.url, address.lower()), "")
            if name:
                self.seen.add((name, "constructor" if is_constructor else "runtime", int(pc), int(taken)))

    def write(self) -> None:
        with open(self.path, "w", encoding="ascii") as file:
            json.dump(sorted(self.seen), file)


recorder = Recorder(os.environ["CONTRACTS_TRACE"]) if os.environ.get("CONTRACTS_TRACE") else None
