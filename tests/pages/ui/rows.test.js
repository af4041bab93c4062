// The table of rows: what is shown, and what stays as it is while rows come in.

import assert from "node:assert/strict";
import test from "node:test";
import { loadAll, make, makeBrowser } from "./dom.js";

const HERE = "http://burn.test/events?type=text&event=old";
const EVENT = {
  key: "e1",
  cells: ["#1", "ada", "text", "I like chess", "A thread"],
  at: "2026-01-01T00:00:00Z",
  detail: '{"text": "I like chess"}',
  links: [{ label: "Run", address: "?event=e1" }, { label: "Thread", address: "/?thread=t1" }],
};
const COLUMNS = ["seq", "author", "type", "words", "thread"];

makeBrowser({ location: { href: HERE } });
const rows = await loadAll(
  "shared/store.js", "shared/follow.js", "shared/time.js", "shared/rows.js",
);

// Draws a table, as Streamlit does; its end stops what the table does by itself.
function draw(t, parent, table) {
  const whole = { label: "Events", empty: "No events match.", columns: [], view: "", rows: [] };
  const data = JSON.stringify({ ...whole, ...table });
  t.after(rows.default({ data, parentElement: parent }));
  const [input, note, list] = ["input", "p", "ul"].map((tag) => parent.querySelector(tag));
  return { input, note, list };
}

const makeTable = () => make("div", make("input"), make("p"), make("ul"));
const listShown = (list) => list.children.filter((li) => !li.hidden).map((li) => li.textContent);
const makeRows = (...words) => words.map((word) => ({ key: word, cells: [word] }));

test("an address that begins with ? adds to the page's own", () => {
  assert.equal(rows.resolve("?event=new", HERE), "http://burn.test/events?type=text&event=new");
  assert.equal(rows.resolve("/?thread=t1", HERE), "/?thread=t1");
});

test("a row matches by its cells and its detail, in any case", () => {
  for (const typed of ["", "  ", "ADA", " chess ", '"text"']) assert.ok(rows.matches(EVENT, typed));
  assert.ok(!rows.matches(EVENT, "checkers"));
  assert.ok(!rows.matches({ key: "1", cells: ["ada", "bob"] }, "dab"));
});

test("rows keep their elements and their order while others come and go", (t) => {
  const parent = makeTable();
  const { list } = draw(t, parent, { rows: makeRows("b", "c") });
  const [b, c] = list.children;
  draw(t, parent, { rows: makeRows("a", "c", "b") });
  assert.deepEqual(listShown(list).map((text) => text.trim()), ["a", "c", "b"]);
  assert.deepEqual(list.children.slice(1), [c, b]);
  draw(t, parent, { rows: makeRows("b") });
  assert.deepEqual(list.children, [b]);
});

test("a row that stays shows the new name of its thread", (t) => {
  const parent = makeTable();
  const { list } = draw(t, parent, { rows: [EVENT], columns: COLUMNS });
  const cells = [...EVENT.cells.slice(0, 4), "Another name"];
  draw(t, parent, { rows: [{ ...EVENT, cells }], columns: COLUMNS });
  assert.equal(list.querySelector(".thread").textContent, "Another name");
  assert.equal(list.querySelector(".author").textContent, "ada");
});

test("a row that is opened shows its links and its detail, once", (t) => {
  const { list } = draw(t, makeTable(), { rows: [EVENT], columns: COLUMNS });
  const details = list.querySelector("details");
  assert.equal(details.querySelector("pre"), null);
  details.ontoggle();
  details.ontoggle?.();
  assert.deepEqual(details.querySelectorAll("pre").map((pre) => pre.textContent), [EVENT.detail]);
  const links = details.querySelectorAll("a").map((link) => [link.textContent, link.href]);
  assert.deepEqual(links, [
    ["Run", "http://burn.test/events?type=text&event=e1"],
    ["Thread", "/?thread=t1"],
  ]);
});

test("a time is told as how long ago it was", (t) => {
  const at = new Date(Date.now() - 5 * 60_000).toISOString();
  const { list } = draw(t, makeTable(), { rows: [{ ...EVENT, at }] });
  assert.equal(list.querySelector(".ago").textContent, "5 min. ago");
});

test("a mark has its words for a screen reader", (t) => {
  const mark = { level: "low", title: "confidence 0.3" };
  const { list } = draw(t, makeTable(), { rows: [{ key: "1", cells: ["ada"], mark }] });
  assert.equal(list.querySelector(".low").attributes["aria-label"], "confidence 0.3");
});

test("what is typed filters the rows, and those that come in", (t) => {
  const parent = makeTable();
  const { input, note, list } = draw(t, parent, {
    has_filter: true,
    rows: makeRows("chess", "cheese"),
  });
  input.value = "chess";
  input.oninput();
  assert.deepEqual(listShown(list).map((text) => text.trim()), ["chess"]);
  draw(t, parent, { has_filter: true, rows: makeRows("chessboard", "chess", "cheese") });
  assert.deepEqual(listShown(list).map((text) => text.trim()), ["chessboard", "chess"]);
  assert.ok(note.hidden);
  input.value = "checkers";
  input.oninput();
  assert.equal(note.textContent, "No rows match.");
  assert.ok(!note.hidden);
});

test("without rows it says so", (t) => {
  const { input, note, list } = draw(t, makeTable(), {});
  assert.equal(note.textContent, "No events match.");
  assert.ok(!note.hidden && list.hidden && input.hidden);
});

test("another view begins at its top, and the same one stays where it is", (t) => {
  const parent = makeTable();
  const { list } = draw(t, parent, { view: "one", rows: makeRows("a") });
  list.scrollTop = 50;
  draw(t, parent, { view: "one", rows: makeRows("b", "a") });
  assert.equal(list.scrollTop, 50);
  draw(t, parent, { view: "two", rows: makeRows("c") });
  assert.equal(list.scrollTop, 0);
});

test("a table of the store shows the rows with the highest order first, and follows them", (t) => {
  const parent = makeTable();
  const look = { table: "facts", label: "Facts", empty: "No facts yet.", columns: [], view: "", has_filter: true };
  const part = { since: 0, revision: 1, put: { a: { order: 1, cells: ["old"] } }, gone: [] };
  const data = { thread: "1", tables: JSON.stringify({ facts: part }), look };
  t.after(rows.default({ data, parentElement: parent }));
  const list = parent.querySelector("ul");
  const [old] = list.children;
  globalThis.burnStore.put("1", { facts: { ...part, since: 1, revision: 2, put: { b: { order: 2, cells: ["new"] } } } });
  assert.deepEqual(listShown(list).map((words) => words.trim()), ["new", "old"]);
  assert.equal(list.children[1], old);
});
