// How a browser enters: the ticket goes out once, the cookie is proven to arrive, and every tab that
// asks for a name follows.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load, makeBrowser } from "./dom.js";

let requests;
let answers;
let reloads;
let listeners;
let stored;
let heard;

function makeStorage(items) {
  return {
    getItem: (key) => items[key] ?? null,
    setItem: (key, value) => { items[key] = String(value); },
    removeItem: (key) => { delete items[key]; },
  };
}

beforeEach(() => {
  requests = [];
  answers = [204, 204];
  reloads = [];
  listeners = {};
  stored = { local: {}, session: {} };
  heard = [];
});

async function open(more = {}) {
  makeBrowser({
    location: {
      href: "http://burn.example/",
      reload: () => reloads.push("again"),
      replace: (address) => reloads.push(address),
    },
    localStorage: makeStorage(stored.local),
    sessionStorage: makeStorage(stored.session),
    addEventListener: (kind, listener) => { listeners[kind] = listener; },
    fetch: async (path, options) => {
      requests.push([path, options.headers?.["burn-ticket"]]);
      const status = answers.shift();
      return { status, ok: status < 300 };
    },
    ...more,
  });
  const enter = await load("shared/enter.js");
  const setTriggerValue = (name, value) => heard.push([name, value]);
  return (data) => {
    enter({ data: { site: "", ticket: "", is_done: false, ...data }, setTriggerValue });
    return new Promise((resolve) => setTimeout(resolve));
  };
}

test("the ticket goes out once, then the cookie is shown to arrive", async () => {
  const draw = await open();
  await draw({ ticket: "t" });
  await draw({ ticket: "t" });
  assert.deepEqual(requests, [["/enter", "t"], ["/entered", undefined]]);
  assert.deepEqual(heard, [["answered", 204]]);
});

test("a ticket that is refused is said, and nothing more is asked", async () => {
  answers = [409];
  const draw = await open();
  await draw({ ticket: "t" });
  assert.equal(requests.length, 1);
  assert.deepEqual(heard, [["answered", 409]]);
});

test("a server that is away is said", async () => {
  const draw = await open({ fetch: async () => { throw new TypeError("away"); } });
  await draw({ ticket: "t" });
  assert.deepEqual(heard, [["answered", 0]]);
});

test("who is in loads the page again and tells the other tabs", async () => {
  const draw = await open();
  await draw({ ticket: "t", is_done: true });
  assert.deepEqual(reloads, ["again"]);
  assert.ok(Number(stored.local.burn_entered_at) > 0);
});

test("a tab that asks for a name follows at once, or when it is drawn", async () => {
  const draw = await open();
  listeners.storage({ key: "something else" });
  assert.deepEqual(reloads, []);
  listeners.storage({ key: "burn_entered_at" });
  assert.deepEqual(reloads, ["again"]);
  stored.local.burn_entered_at = Date.now();
  await draw();
  assert.deepEqual(reloads, ["again", "again"]);
});

test("no tab is loaded again and again, whatever its clock says", async () => {
  const draw = await open();
  for (const enteredAt of [performance.timeOrigin - 1, Date.now() + 60_000]) {
    stored.local.burn_entered_at = enteredAt;
    await draw();
  }
  assert.deepEqual(reloads, []);
});

test("who comes back from a provider is led to the address from before", async () => {
  stored.session.burn_asked_for = "http://burn.example/?thread=1";
  const draw = await open();
  await draw({ is_from_provider: true });
  await draw({ ticket: "t", is_done: true, is_from_provider: true });
  assert.deepEqual(reloads, ["http://burn.example/?thread=1"]);
  assert.deepEqual(stored.session, {});
});

test("a browser without storage enters all the same", async () => {
  const broken = new Proxy({}, { get: () => { throw new Error("blocked"); } });
  const draw = await open({ localStorage: broken, sessionStorage: broken });
  await draw();
  await draw({ ticket: "t" });
  await draw({ ticket: "t", is_done: true });
  assert.deepEqual(heard, [["answered", 204]]);
  assert.deepEqual(reloads, ["again"]);
});
