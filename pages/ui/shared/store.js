// The rows of threads, by table. What the page brings and what the socket brings come in by the same
// door, put, which tells everybody who follows the thread. Each component's script is a module of its
// own, so a tab's one store is where all of them find it: globalThis.burnStore.
//
// A part of a table is {since, revision, put: {key: row}, gone: [key]}. It takes a table from revision
// since to revision, and from no other: rows could have come and gone in between. With since 0 it is
// the whole table or, if the table only grows, its newest rows (burn_core/room/broadcast.py): those from
// before stay, unless it is_all.

const GROWING = new Set(["messages", "authors"]);

function makeTable() {
  return { revision: 0, rows: new Map() };
}

const LEFT_OUT = "left out"; // the table has later rows, or these
const TAKEN = "taken";
const OTHER = "other"; // it continues another revision than the table has
const APART = "apart"; // messages are missing between those that the table has and these

function takePart(name, table, part) {
  if (part.revision <= table.revision && !part.reset) return LEFT_OUT;
  if (part.since && part.since !== table.revision) return OTHER;
  if (!part.since) {
    const isWhole = !GROWING.has(name) || part.is_all || part.reset;
    if (!isWhole && name === "messages" && isApart(table, part)) return APART;
    if (isWhole) table.rows.clear();
  }
  for (const [key, row] of Object.entries(part.put)) table.rows.set(key, row);
  for (const key of part.gone) table.rows.delete(key);
  table.revision = part.revision;
  return TAKEN;
}

// Messages have numbers without gaps.
function isApart(table, part) {
  const lowest = Math.min(...Object.keys(part.put).map(Number));
  return table.rows.size > 0 && lowest > Math.max(...[...table.rows.keys()].map(Number)) + 1;
}

function makeStore() {
  const threads = new Map(); // id -> Map of name -> table
  const followers = new Map(); // what follows -> {thread, names, draw}

  function find(thread, name) {
    if (!threads.has(thread)) threads.set(thread, new Map());
    const tables = threads.get(thread);
    if (!tables.has(name)) tables.set(name, makeTable());
    return tables.get(name);
  }

  function tell({ draw }, isMissing) {
    try {
      draw(isMissing);
    } catch (error) {
      reportError(error); // the others draw all the same
    }
  }

  return {
    // Returns whether a part continues another revision. Then the tab has to say what it has.
    put(thread, parts) {
      const results = Object.entries(parts).map(([name, part]) =>
        [name, takePart(name, find(thread, name), part)]);
      const changed = results.filter(([, result]) => result !== LEFT_OUT).map(([name]) => name);
      const isMissing = results.some(([, result]) => result === APART);
      for (const follower of followers.values()) {
        const isConcerned = follower.names.some((name) => changed.includes(name));
        if (follower.thread === thread && isConcerned) tell(follower, isMissing);
      }
      return results.some(([, result]) => result === OTHER);
    },
    // A table's rows, by key.
    rows(thread, name) {
      return find(thread, name).rows;
    },
    // The revision of each table of the thread.
    have(thread) {
      const tables = threads.get(thread) ?? new Map();
      return Object.fromEntries([...tables].map(([name, { revision }]) => [name, revision]));
    },
    // Draw when rows of these tables of the thread change. draw is told whether messages are missing that
    // only the page brings.
    follow(key, thread, names, draw) {
      followers.set(key, { thread, names, draw });
    },
    unfollow(key) {
      followers.delete(key);
      const followed = [...followers.values()].map((follower) => follower.thread);
      for (const thread of threads.keys()) if (!followed.includes(thread)) threads.delete(thread);
    },
  };
}

export const store = (globalThis.burnStore ??= makeStore());
