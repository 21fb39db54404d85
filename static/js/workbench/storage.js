/**
 * What this browser keeps for one person: unsent answers, drafts, small memories. One database per person, so that
 * wiping it at sign-out wipes everything. Where IndexedDB is refused, memory takes its place and `isDurable` is false.
 */

import { deleteDatabase, openDatabase, run } from "./idb.js";

const KEYS = { queue: "key", drafts: "lease", memory: "name" };

export function databaseName(user) {
  return `foggara-${user}`;
}

export async function openStorage(user, { onWiped = () => {} } = {}) {
  try {
    const database = await openDatabase(databaseName(user), 1, (fresh) => {
      for (const [name, keyPath] of Object.entries(KEYS)) {
        const store = fresh.createObjectStore(name, { keyPath });
        // Two tabs that show the same lease can put only one answer to it into the queue.
        if (name === "queue") store.createIndex("lease", "lease", { unique: true });
      }
    });
    database.onversionchange = () => {
      database.close();
      onWiped();
    };
    return { isDurable: true, ...mapStores((name) => durableStore(database, name)), close: () => database.close() };
  } catch {
    return { isDurable: false, ...mapStores((name) => memoryStore(KEYS[name], name === "queue" ? "lease" : null)), close() {} };
  }
}

export function wipeStorage(user) {
  return deleteDatabase(databaseName(user));
}

function mapStores(build) {
  return Object.fromEntries(Object.keys(KEYS).map((name) => [name, build(name)]));
}

function durableStore(database, name) {
  return {
    all: () => run(database, name, "readonly", (store) => store.getAll()),
    get: (key) => run(database, name, "readonly", (store) => store.get(key)),
    add: (row) => run(database, name, "readwrite", (store) => store.add(row)),
    put: (row) => run(database, name, "readwrite", (store) => store.put(row)),
    delete: (key) => run(database, name, "readwrite", (store) => store.delete(key)),
  };
}

export function memoryStore(keyPath, uniquePath = null) {
  const rows = new Map();
  return {
    all: async () => [...rows.values()],
    get: async (key) => rows.get(key),
    async add(row) {
      const isTaken = rows.has(row[keyPath]) || (uniquePath && [...rows.values()].some((each) => each[uniquePath] === row[uniquePath]));
      if (isTaken) throw Object.assign(new Error("taken"), { name: "ConstraintError" });
      rows.set(row[keyPath], structuredClone(row));
    },
    put: async (row) => void rows.set(row[keyPath], structuredClone(row)),
    delete: async (key) => void rows.delete(key),
  };
}
