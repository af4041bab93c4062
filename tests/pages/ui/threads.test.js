// The links to threads: their order, what they say, and where a click leads.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { loadAll, make, makeBrowser } from "./dom.js";

let threads;
let store;
let nav;
let parentElement;
let revision;
let visited; // addresses, and the events that tell Streamlit of them

beforeEach(async () => {
  visited = [];
  makeBrowser({
    history: { pushState: (state, title, address) => visited.push(address) },
    window: { dispatchEvent: (event) => visited.push(event.type) },
    PopStateEvent: Event,
  });
  const loaded = await loadAll("shared/store.js", "shared/follow.js", "shared/threads.js");
  ({ default: threads, store } = loaded);
  nav = make("nav");
  parentElement = make("div", nav);
  revision = 0;
});

function write(rows) {
  revision += 1;
  const put = Object.fromEntries(rows.map(({ id, ...row }, order) => [id, { order, ...row }]));
  return { threads: { since: 0, revision, put, gone: [] } };
}

// As the page draws them. current is the id of the thread that is open here.
function draw(rows, current = null) {
  threads({ data: { person: "ada", tables: JSON.stringify(write(rows)), current }, parentElement });
}

function makeThread(id, more = {}) {
  return { id, name: `Thread ${id}`, href: `/?thread=${id}`, is_open: true, is_unread: false, ...more };
}

function listNames() {
  return nav.children.map((link) => link.querySelector(".name").textContent);
}

function click(link, keys = {}) {
  const event = { ...keys, isPrevented: false, preventDefault() { this.isPrevented = true; } };
  link.onclick(event);
  return event.isPrevented;
}

test("links are in the order of the threads, and are kept when that changes", () => {
  draw([makeThread("a"), makeThread("b"), makeThread("c")]);
  const [a, b, c] = nav.children;
  draw([makeThread("c"), makeThread("a"), makeThread("b")]);
  assert.deepEqual(nav.children, [c, a, b]);
  draw([makeThread("b"), makeThread("new"), makeThread("c")]);
  assert.deepEqual(listNames(), ["Thread b", "Thread new", "Thread c"]);
  assert.equal(nav.children[0], b);
  assert.equal(nav.children[2], c);
});

test("a new name and address reach the link that is there", () => {
  draw([makeThread("a")]);
  const [link] = nav.children;
  draw([makeThread("a", { name: "<b>Friday</b>", href: "/?thread=a&x=1" })]);
  assert.deepEqual(listNames(), ["<b>Friday</b>"]);
  assert.equal(link.href, "/?thread=a&x=1");
  assert.equal(nav.children[0], link);
});

test("a link says that its thread has news or is closed, and which one is open here", () => {
  const unread = makeThread("a", { is_unread: true, is_open: false });
  const rows = [unread, makeThread("b", { is_open: false }), makeThread("c")];
  draw(rows, "c");
  const notes = nav.children.map((link) => link.querySelector(".note").textContent);
  assert.deepEqual(notes, ["new", "closed", ""]);
  const list = () => nav.children.map((link) => link.attributes["aria-current"]);
  assert.deepEqual(list(), [undefined, undefined, "page"]);
  draw(rows, "a");
  assert.equal(nav.children[0].querySelector(".note").textContent, "closed"); // it is being read here
  assert.deepEqual(list(), ["page", undefined, undefined]);
});

test("a plain click goes there as the browser's own back and forward do", () => {
  draw([makeThread("a"), makeThread("b")]);
  assert.ok(click(nav.children[1]));
  assert.deepEqual(visited, ["/?thread=b", "popstate"]);
});

test("a click leads to where the link leads by now", () => {
  draw([makeThread("a")]);
  draw([makeThread("a", { href: "/?thread=a&x=1" })]);
  click(nav.children[0]);
  assert.deepEqual(visited, ["/?thread=a&x=1", "popstate"]);
});

for (const key of ["ctrlKey", "metaKey", "shiftKey"]) {
  test(`a click with ${key} is the browser's own business`, () => {
    draw([makeThread("a")]);
    assert.ok(!click(nav.children[0], { [key]: true }));
    assert.deepEqual(visited, []);
  });
}

test("what the socket brings changes the links, and the page doesn't run", () => {
  draw([makeThread("a"), makeThread("b")], "a");
  const [, b] = nav.children;
  store.put("ada", write([makeThread("new"), makeThread("a"), makeThread("b", { is_unread: true })]));
  assert.deepEqual(listNames(), ["Thread new", "Thread a", "Thread b"]);
  assert.equal(nav.children[2], b);
  assert.equal(b.querySelector(".note").textContent, "new");
});
