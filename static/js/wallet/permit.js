/**
 * One signature instead of a first transaction (EIP-2612). The server builds what is signed and the call that uses it;
 * `url` is its address for one escrow. Throws what the wallet or the server said when an approval is the way instead.
 */

import { send } from "./challenge.js";
import { signTypedData } from "./provider.js";

const TIMES = 3;

/** Returns {call, is_used, deadline}. `onExpired` is told when the wallet is asked once more, the time being over. */
export async function signPermit(provider, account, url, { onExpired = () => {} } = {}) {
  for (let time = 1; ; time += 1) {
    const { typed_data: data, deadline } = await send("GET", url);
    const signature = await signTypedData(provider, account, data);
    try {
      return { ...(await send("POST", url, { deadline, signature })), deadline };
    } catch (error) {
      if (error.code !== "permit_expired" || time === TIMES) throw error;
      onExpired();
    }
  }
}
