/**
 * Undo and redo over immutable snapshots. One gesture (a drag, a burst of typing) shares a coalesce key
 * and is undone as one step; `seal` ends the gesture.
 */

const LIMIT = 200;

export function createHistory(initial, onChange = () => {}) {
  let past = [];
  let future = [];
  let present = freeze(initial);
  let gesture = null;

  function move(next) {
    gesture = null;
    present = next;
    onChange(present);
  }

  return {
    get value() {
      return present;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    set(next, coalesceKey = null) {
      if (Object.is(next, present)) return;
      if (coalesceKey === null || coalesceKey !== gesture) past = [...past, present].slice(-LIMIT);
      future = [];
      gesture = coalesceKey;
      present = freeze(next);
      onChange(present);
    },
    seal() {
      gesture = null;
    },
    undo() {
      if (!past.length) return false;
      future = [present, ...future];
      const previous = past.at(-1);
      past = past.slice(0, -1);
      move(previous);
      return true;
    },
    redo() {
      if (!future.length) return false;
      past = [...past, present];
      const [next, ...rest] = future;
      future = rest;
      move(next);
      return true;
    },
  };
}

function freeze(value) {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
