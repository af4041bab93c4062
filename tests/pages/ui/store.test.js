// The store: whatever comes in whichever order, it ends with the newest rows.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { loadAll, makeBrowser } from "./dom.js";

let store;

beforeEach(async () => {
  makeBrowser();
  ({ store } = await loadAll("shared/store.js"));
});

const makePart = (since, revision, put, gone = []) => ({ since, revision, put, gone });
const put = (table, ...parts) => parts.map((part) => store.put("1", { [table]: part }));
const read = (table) => Object.fromEntries(store.rows("1", table));

test("a part brings a table to its revision, and the same part again changes nothing", () => {
  put("facts", makePart(0, 5, { a: 1, b: 1 }), makePart(5, 6, { b: 2 }, ["a"]), makePart(0, 5, { a: 1 }));
  assert.deepEqual(read("facts"), { b: 2 });
  assert.deepEqual(store.have("1"), { facts: 6 });
});

test("a part that continues another revision than the tab has is refused", () => {
  put("facts", makePart(0, 5, { a: 1 }));
  const parts = [makePart(3, 7, { a: 2 }), makePart(9, 11, { a: 4 }), makePart(5, 7, { a: 3 })];
  assert.deepEqual(put("facts", ...parts), [true, true, false]);
  assert.deepEqual(read("facts"), { a: 3 });
});

test("messages older than the newest stay, unless some are missing in between", () => {
  put("messages", makePart(0, 5, { 1: "a", 2: "b" }));
  const told = [];
  store.follow("chat", "1", ["messages"], (isMissing) => told.push(isMissing));
  put("messages", makePart(0, 7, { 3: "c", 4: "d" }));
  assert.deepEqual(read("messages"), { 1: "a", 2: "b", 3: "c", 4: "d" });
  put("messages", makePart(0, 9, { 6: "f" }));
  assert.deepEqual(told, [false, true]);
  assert.deepEqual(store.have("1"), { messages: 7 });
});

test("all messages that the page brings replace those that the tab had", () => {
  put("messages", makePart(0, 5, { 1: "a", 2: "b" }), { ...makePart(0, 9, { 7: "g" }), is_all: true });
  assert.deepEqual(read("messages"), { 7: "g" });
});

test("another database's rows replace all", () => {
  put("facts", makePart(0, 500, { a: 1 }), { ...makePart(0, 3, { b: 1 }), reset: true });
  assert.deepEqual(read("facts"), { b: 1 });
  assert.deepEqual(store.have("1"), { facts: 3 });
});

test("only who follows the thread is told, until they no longer do", () => {
  const told = [];
  store.follow("one", "1", ["facts"], (isMissing) => told.push(isMissing));
  store.follow("two", "2", ["facts"], () => told.push("wrong"));
  store.follow("three", "1", ["events"], () => told.push("wrong"));
  put("facts", makePart(0, 5, {}), makePart(5, 6, {}));
  store.unfollow("one");
  put("facts", makePart(6, 7, {}));
  assert.deepEqual(told, [false, false]);
});

test("a follower that fails keeps no other from drawing", () => {
  const told = [];
  globalThis.reportError = (error) => told.push(error.message);
  store.follow("bad", "1", ["facts"], () => { throw new Error("odd"); });
  store.follow("good", "1", ["facts"], () => told.push("drawn"));
  put("facts", makePart(0, 5, {}));
  assert.deepEqual(told, ["odd", "drawn"]);
});

test("the rows of a thread that nobody follows any more are dropped", () => {
  store.follow("one", "1", ["facts"], () => {});
  put("facts", makePart(0, 5, { a: 1 }));
  store.unfollow("one");
  assert.deepEqual(store.have("1"), {});
});

test("parts of two servers that come twice, late or not at all end with the newest rows", () => {
  let seed = 7;
  const random = (most) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let round = 0; round < 200; round += 1) {
    const thread = `round ${round}`;
    const states = [{ revision: 1, rows: {} }];
    for (let n = 0; n < 20; n += 1) {
      const { revision, rows } = states.at(-1);
      const next = { ...rows, [`k${random(4)}`]: n };
      if (random(3) === 0) delete next[`k${random(4)}`];
      states.push({ revision: revision + 1 + random(3), rows: next });
    }
    const change = (from, to) => makePart(
      from.revision,
      to.revision,
      Object.fromEntries(Object.entries(to.rows).filter(([key, value]) => from.rows[key] !== value)),
      Object.keys(from.rows).filter((key) => !(key in to.rows)),
    );
    const whole = (state) => makePart(0, state.revision, state.rows);
    for (let n = 0; n < 40; n += 1) {
      const [a, b] = [random(states.length), random(states.length)].sort((x, y) => x - y);
      const part = random(4) === 0 || a === b ? whole(states[b]) : change(states[a], states[b]);
      const isOther = store.put(thread, { facts: part });
      const { revision } = states.find((it) => it.revision === store.have(thread).facts) ?? { revision: 0 };
      const { rows } = states.find((it) => it.revision === revision) ?? { rows: {} };
      assert.deepEqual(Object.fromEntries(store.rows(thread, "facts")), rows);
      if (isOther) assert.notEqual(part.since, revision);
    }
    store.put(thread, { facts: whole(states.at(-1)) });
    assert.deepEqual(Object.fromEntries(store.rows(thread, "facts")), states.at(-1).rows);
  }
});
