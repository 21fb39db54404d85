import assert from "node:assert/strict";
import { test } from "node:test";
import { sendTogether } from "../wallet/together.js";

const CALLS = [
  { to: "0x01", data: "0xaa", only: "" },
  { to: "0x01", data: "0xbb", only: "" },
];

/** A wallet that answers these methods; a function is called, an Error is thrown. */
function wallet(answers) {
  const asked = [];
  const request = async ({ method, params }) => {
    asked.push([method, params]);
    const answer = typeof answers[method] === "function" ? answers[method]() : answers[method];
    if (answer === undefined) throw Object.assign(new Error("unknown method"), { code: -32601 });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { request, asked };
}

const able = { "0x7a69": { atomic: { status: "supported" } } };

test("a wallet that can sends all calls as one, and is asked until it is done", async () => {
  const states = [{ status: 100 }, { status: 200 }];
  const provider = wallet({
    wallet_getCapabilities: able,
    wallet_sendCalls: { id: "7" },
    wallet_getCallsStatus: () => states.shift(),
  });

  assert.equal((await sendTogether(provider, "0xme", 31337, CALLS, { everyMs: 1 })).status, 200);

  const [batch] = provider.asked.find(([method]) => method === "wallet_sendCalls")[1];
  assert.equal(batch.atomicRequired, true);
  assert.deepEqual(batch.calls, [{ to: "0x01", data: "0xaa" }, { to: "0x01", data: "0xbb" }]);
});

test("a wallet that cannot, on this chain or at all, is asked for nothing", async () => {
  for (const capabilities of [undefined, {}, { "0x1": able["0x7a69"] }, { "0x7a69": { atomic: { status: "unsupported" } } }]) {
    const provider = wallet({ wallet_getCapabilities: capabilities, wallet_sendCalls: { id: "7" } });

    assert.equal(await sendTogether(provider, "0xme", 31337, CALLS), null);
    assert.equal(provider.asked.length, 1);
  }
});

test("a wallet that says it can and then cannot leaves the other way", async () => {
  assert.equal(await sendTogether(wallet({ wallet_getCapabilities: able }), "0xme", 31337, CALLS), null);
});

test("a person's no is a no", async () => {
  const declined = Object.assign(new Error("no"), { code: 4001 });
  const provider = wallet({ wallet_getCapabilities: able, wallet_sendCalls: declined });

  await assert.rejects(sendTogether(provider, "0xme", 31337, CALLS), { kind: "declined" });
});

test("a batch that failed is told", async () => {
  const provider = wallet({
    wallet_getCapabilities: able,
    wallet_sendCalls: { id: "7" },
    wallet_getCallsStatus: { status: 500 },
  });

  await assert.rejects(sendTogether(provider, "0xme", 31337, CALLS), { kind: "failed" });
});
