/**
 * Several calls as one transaction, where the wallet can do that (EIP-5792). All of them happen, or none. Null where it
 * cannot, or will not say: then they are sent one after another. A person who declines has declined.
 */

import { WalletError, ask } from "./provider.js";

const ABLE = new Set(["supported", "ready"]);
const DONE = 200;
const FAILED = 400;

export async function sendTogether(provider, from, chainId, calls, { everyMs = 1500, forMs = 180000 } = {}) {
  const chain = `0x${Number(chainId).toString(16)}`;
  const able = await quietly(() => ask(provider, "wallet_getCapabilities", [from, [chain]]));
  if (!ABLE.has(able?.[chain]?.atomic?.status)) return null;
  const batch = { version: "2.0.0", chainId: chain, from, atomicRequired: true, calls: calls.map(({ to, data }) => ({ to, data })) };
  const sent = await quietly(() => ask(provider, "wallet_sendCalls", [batch]));
  if (!sent?.id) return null;
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const said = await ask(provider, "wallet_getCallsStatus", [sent.id]);
    if (said?.status >= FAILED) throw new WalletError("failed");
    if (said?.status >= DONE) return said;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new WalletError("failed");
}

/** Null for everything but a person's no: a wallet that does not know the question answers in many ways. */
async function quietly(work) {
  try {
    return await work();
  } catch (error) {
    if (error.kind === "declined" || error.kind === "busy") throw error;
    return null;
  }
}
