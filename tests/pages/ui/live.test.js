// The live socket of a tab: news comes in, and fragments are asked to run again.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { FakeSocket, load, make, makeBrowser } from "./dom.js";

let live;
let browser;
let asked; // which components were asked to draw, and at which revision

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  browser = makeBrowser();
  live = await load("shared/store.js", "shared/away.js", "shared/live.js");
  asked = [];
});

// A component that shows the topic of its name. Call it again to draw it again.
function makeComponent(name, waitMs = 0) {
  const parentElement = make("div");
  return (have) => {
    const unmount = live({
      data: { site: "", topics: [name], wait_ms: waitMs, have },
      parentElement,
      setTriggerValue: (trigger, revision) => asked.push([name, trigger, revision]),
    });
    mock.timers.tick(1);
    return unmount;
  };
}

function getSocket() {
  return FakeSocket.all.at(-1);
}

test("a component is asked to run when news of its topic is later than what it has", () => {
  makeComponent("events")(5);
  getSocket().open();
  getSocket().tell({ events: 5, facts: 9 });
  assert.deepEqual(asked, []);
  getSocket().tell({ events: 7 });
  assert.deepEqual(asked, [["events", "changed", 7]]);
});

test("of the page's address, the socket has only a spectator's key", () => {
  makeComponent("events")(5);
  assert.equal(getSocket().url, "ws://burn.example/live");
  browser.location.search = "?thread=1&invite=secret&key=a%26b";
  getSocket().onclose();
  mock.timers.tick(500);
  assert.equal(getSocket().url, "ws://burn.example/live?key=a%26b");
});

test("a tab names no more topics than the server listens to, those of short lists first", () => {
  const threads = Array.from({ length: 3000 }, (_, number) => `threads:${number}`);
  for (const topics of [threads, ["events:1", "users:1"]]) {
    live({ data: { site: "", topics, wait_ms: 0, have: 1 }, parentElement: make("div") });
  }
  getSocket().open();
  const named = getSocket().sent.at(-1).topics;
  assert.equal(named.length, 2000);
  assert.deepEqual(named.slice(0, 2), ["events:1", "users:1"]);
});

test("one component runs at a time", () => {
  const [drawEvents, drawFacts] = [makeComponent("events"), makeComponent("facts")];
  drawEvents(5);
  drawFacts(5);
  getSocket().open();
  getSocket().tell({ events: 7, facts: 7 });
  mock.timers.tick(1999);
  assert.deepEqual(asked, [["events", "changed", 7]]);
  drawEvents(7);
  assert.deepEqual(asked, [["events", "changed", 7], ["facts", "changed", 7]]);
});

test("a run that was lost is asked for again after 2 s, until it comes", () => {
  const draw = makeComponent("events");
  draw(5);
  getSocket().open();
  getSocket().tell({ events: 7 });
  mock.timers.tick(1999);
  assert.equal(asked.length, 1);
  mock.timers.tick(1);
  assert.equal(asked.length, 2);
  mock.timers.tick(2000);
  assert.equal(asked.length, 3);
  draw(7);
  mock.timers.tick(10_000);
  assert.equal(asked.length, 3);
});

test("news that comes in quick succession makes one run, which does not wait longer for it", () => {
  makeComponent("facts", 1000)(5);
  getSocket().open();
  for (const revision of [6, 7, 8]) {
    getSocket().tell({ facts: revision });
    mock.timers.tick(300);
  }
  mock.timers.tick(99);
  assert.deepEqual(asked, []);
  mock.timers.tick(1);
  assert.deepEqual(asked, [["facts", "changed", 8]]);
});

test("the component that is ready first runs first", () => {
  makeComponent("facts", 1000)(5);
  makeComponent("events")(5);
  getSocket().open();
  getSocket().tell({ facts: 7, events: 7 });
  assert.deepEqual(asked, [["events", "changed", 7]]);
});

test("a component that comes back with older data is asked to run again", () => {
  const draw = makeComponent("events");
  draw(5);
  getSocket().open();
  getSocket().tell({ events: 7 });
  draw(6); // drawn before the news, and delivered after it
  assert.deepEqual(asked, [["events", "changed", 7], ["events", "changed", 7]]);
});

test("a component mounted late is asked to run for news that came before it", () => {
  makeComponent("events")(5);
  getSocket().open();
  getSocket().tell({ events: 7, facts: 7 });
  makeComponent("facts")(5);
  mock.timers.tick(2000);
  assert.ok(asked.some(([name]) => name === "facts"));
});

test("a component drawn again with the same data is still waited for", () => {
  const [drawEvents, drawFacts] = [makeComponent("events"), makeComponent("facts")];
  drawEvents(5);
  drawFacts(5);
  getSocket().open();
  getSocket().tell({ events: 7, facts: 7 });
  drawEvents(5);
  assert.deepEqual(asked, [["events", "changed", 7]]);
});

test("a component that is gone holds up nobody", () => {
  const drawEvents = makeComponent("events");
  const unmount = drawEvents(5);
  makeComponent("facts")(5);
  getSocket().open();
  getSocket().tell({ events: 7, facts: 7 });
  unmount();
  mock.timers.tick(2000);
  assert.deepEqual(asked, [["events", "changed", 7], ["facts", "changed", 7]]);
});

test("a person's click and Enter go first, other keys do not", () => {
  makeComponent("events")(5);
  getSocket().open();
  mock.timers.tick(1000);
  browser.document.listeners.click({});
  getSocket().tell({ events: 6 });
  mock.timers.tick(299);
  assert.deepEqual(asked, []);
  mock.timers.tick(1);
  assert.deepEqual(asked, [["events", "changed", 6]]);
});

test("typing holds up nothing", () => {
  makeComponent("events")(5);
  getSocket().open();
  mock.timers.tick(1000);
  browser.document.listeners.keydown({ key: "a" });
  getSocket().tell({ events: 6 });
  assert.deepEqual(asked, [["events", "changed", 6]]);
});

test("the server is told all topics once, and again only when they change", () => {
  const [drawFacts, drawEvents] = [makeComponent("facts"), makeComponent("events")];
  drawFacts(5);
  const socket = getSocket();
  socket.open();
  const listTold = () => socket.sent.map((said) => said.topics);
  assert.deepEqual(listTold(), [["facts"]]);
  const unmount = drawEvents(5);
  drawEvents(6);
  makeComponent("facts")(5);
  assert.deepEqual(listTold(), [["facts"], ["facts", "events"]]);
  unmount();
  assert.deepEqual(listTold().at(-1), ["facts"]);
});

test("a socket that was cut is opened again, and told the topics again", () => {
  makeComponent("events")(5);
  const first = getSocket();
  first.open();
  first.close();
  mock.timers.tick(499);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(FakeSocket.all.length, 2);
  getSocket().open();
  assert.deepEqual(getSocket().sent, [{ topics: ["events"], have: {} }]);
  getSocket().tell({ events: 7 });
  assert.deepEqual(asked, [["events", "changed", 7]]);
});

// A component with more of what follow can say.
function follow(data) {
  const fired = [];
  live({
    data: { site: "", topics: [], have: 0, wait_ms: 0, ...data },
    parentElement: make("div"),
    setTriggerValue: (name) => fired.push(name),
  });
  mock.timers.tick(1);
  return fired;
}

function makePart(since, revision, put, gone = []) {
  return { since, revision, put, gone };
}

test("the open thread's rows come first, then the topics of parts with few, each once", () => {
  follow({ topics: ["users:1", "threads:1", "threads:2", "events:1", "events:2"] });
  getSocket().open();
  follow({ topics: ["sessions:1"] });
  follow({ topics: ["threads:1"], rows_of: "1" });
  assert.deepEqual(getSocket().sent.at(-1).topics, [
    ...["rows:1", "sessions:1", "threads:1"],
    ...["users:1", "threads:2", "events:1", "events:2"],
  ]);
});

test("rows go into the store, and a tab that connects again says what it has", () => {
  follow({ rows_of: "1" });
  getSocket().open();
  getSocket().tell({ of: "1", tables: { facts: makePart(0, 7, { a: { text: "chess" } }) } });
  assert.deepEqual(globalThis.burnStore.rows("1", "facts").get("a"), { text: "chess" });
  getSocket().close();
  mock.timers.tick(500);
  getSocket().open();
  assert.deepEqual(getSocket().sent, [{ topics: ["rows:1"], have: { facts: 7 } }]);
});

test("a tab that lacks rows in between asks for them once more", () => {
  follow({ rows_of: "1" });
  const socket = getSocket();
  socket.open();
  socket.tell({ of: "1", tables: { facts: makePart(5, 7, {}) } });
  assert.deepEqual(socket.sent.length, 2);
  socket.tell({ of: "1", tables: { facts: makePart(0, 8, {}) } });
  assert.deepEqual(socket.sent.length, 2);
});

test("a part with rows about the person runs when other rows are about them, and for no others'", () => {
  const fired = follow({ rows_of: "1", own_rows: { table: "facts", about: "ada", keys: ["a"] } });
  getSocket().open();
  const ofAda = { a: { about: "ada" }, b: { about: "bob" } };
  getSocket().tell({ of: "1", tables: { facts: makePart(0, 7, ofAda) } });
  assert.deepEqual(fired, []);
  getSocket().tell({ of: "1", tables: { facts: makePart(7, 8, { c: { about: "ada" } }) } });
  mock.timers.tick(1);
  assert.deepEqual(fired, ["changed"]);
});

for (const [isServed, words] of [[true, "Live updates don't get through"], [false, "Burn can't be reached"]]) {
  test(`without a socket one line says so, and everything asks every 3 s (served: ${isServed})`, async () => {
    globalThis.fetch = async () => ({ ok: isServed });
    const fired = follow({});
    getSocket().close();
    mock.timers.tick(1999);
    assert.equal(browser.document.body.textContent, "");
    mock.timers.tick(1);
    await new Promise((done) => { setImmediate(done); });
    assert.ok(browser.document.body.textContent.startsWith(words));
    assert.deepEqual(fired, ["changed"]);
    mock.timers.tick(3000);
    assert.ok(fired.length > 1);
    getSocket().open();
    assert.equal(browser.document.body.textContent, "");
  });
}

test("nothing is asked to run while something runs", () => {
  makeComponent("events")(5);
  let running = true;
  browser.document.querySelector = (selector) => (
    running && selector === '[data-test-script-state="running"]' ? make("div") : null
  );
  getSocket().open();
  getSocket().tell({ events: 7 });
  mock.timers.tick(1000);
  assert.deepEqual(asked, []);
  running = false;
  mock.timers.tick(50);
  assert.deepEqual(asked, [["events", "changed", 7]]);
});

test("in a folder of its site, Burn's socket is there too", () => {
  live({ data: { site: "/burn", topics: [], wait_ms: 0, have: 0 }, parentElement: make("div") });
  assert.equal(getSocket().url, "ws://burn.example/burn/live");
});

test("a socket that is silent for too long is given up", () => {
  makeComponent("events")(5);
  const first = getSocket();
  first.open();
  mock.timers.tick(60_000);
  first.tell({});
  mock.timers.tick(74_000);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.tick(1_000);
  mock.timers.tick(500);
  assert.equal(first.readyState, 3);
  assert.equal(FakeSocket.all.length, 2);
});
