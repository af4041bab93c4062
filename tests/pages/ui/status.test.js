// What is said about agents, and who a thread's members are.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { loadAll, make, makeBrowser } from "./dom.js";

const BEFORE = ["shared/store.js", "shared/follow.js"];
const AGENT = {
  order: 0, name: "sarah", is_due: false, status: "done", reason: "somebody spoke", error: null,
  started_at: "2026-01-01T12:00:00Z", wakes_at: null, waits_for: null, cut_off_since: null,
};

beforeEach(() => makeBrowser());

function write(tables) {
  const part = { since: 0, revision: 1, gone: [] };
  const entries = Object.entries(tables).map(([name, put]) => [name, { ...part, put }]);
  return JSON.stringify(Object.fromEntries(entries));
}

async function listLines(agents, model = null) {
  const status = await loadAll(...BEFORE, "thread/status.js");
  return status.listLines(agents.map((it) => ({ ...AGENT, ...it })), model);
}

test("there is always a line, and it says who is thinking", async () => {
  assert.deepEqual(await listLines([{}]), [["quiet", "\u00a0"]]);
  const busy = { status: "running" };
  const again = { name: "jerry", status: "running", error: "The server answered 529." };
  assert.deepEqual(await listLines([busy, again]), [[
    "thinking", "sarah is thinking…  ·  jerry is thinking… (The server answered 529. Trying again.)",
  ]]);
});

test("a failure says what was wrong and what happens next", async () => {
  const [[kind, words]] = await listLines([{ status: "failed", error: "The key was refused." }]);
  assert.equal(kind, "failed");
  assert.ok(words.startsWith("sarah couldn't answer: The key was refused. Nothing is lost: sarah tries again soon"));
  const wakes = new Date(Date.now() + 60_000).toISOString();
  const [[, later]] = await listLines([{ status: "failed", error: null, wakes_at: wakes }]);
  assert.match(later, /no reason was given\. .* tries again at \d/);
});

test("agents that can't reach their model have one quiet line", async () => {
  const cutOff = { cut_off_since: new Date().toISOString(), status: "failed", error: "No answer." };
  const [[kind, words], ...rest] = await listLines([cutOff, { ...cutOff, name: "jerry" }]);
  assert.equal(kind, "quiet");
  assert.match(words, /can't reach their model \(since \d\d:\d\d\)\..* Last time: No answer\./);
  assert.deepEqual(rest, [["quiet", "\u00a0"]]);
});

test("a cap is named once, with its end", async () => {
  const held = { waits_for: "The limit was met.", wakes_at: "2030-01-02T16:00:00Z" };
  const [[, words], ...rest] = await listLines([held, { ...held, name: "jerry" }]);
  assert.match(words, /^The limit was met\. The agents go on at [123] Jan, \d\d:\d\d\.$/);
  assert.equal(rest.length, 1);
});

test("the line names the understudy, and texts are never markup", async () => {
  const { default: draw } = await loadAll(...BEFORE, "thread/status.js");
  const root = make("section");
  const agents = { sarah: { ...AGENT, status: "failed", error: "<b>no</b>" } };
  const tables = write({ agents, model: { playing: { name: "understudy" } } });
  draw({ data: { thread: "1", tables }, parentElement: make("div", root) });
  assert.match(root.textContent, /<b>no<\/b>.*The understudy is playing.*ANTHROPIC_API_KEY/s);
  assert.equal(root.children[0].attributes.role, "alert");
});

test("an agent's state says whether it has something to read", async () => {
  const { findState } = await loadAll(...BEFORE, "thread/agents.js");
  const states = [
    [{}, "asleep"], [{ is_due: true }, "about to read"], [{ is_due: true, wakes_at: "2030" }, "waiting"],
    [{ status: "running" }, "thinking"], [{ status: "failed", is_due: true }, "failed"],
  ];
  for (const [agent, state] of states) assert.equal(findState({ ...AGENT, ...agent })[0], state);
});

test("the first ten people are shown with all agents, and the rest are counted", async () => {
  const { default: draw } = await loadAll(...BEFORE, "thread/people.js");
  const [list, rest] = [make("div"), make("span")];
  const box = Object.assign(make("div", list, rest), { className: "burn-faces" });
  const person = { role: "member", is_agent: false, avatar: "/a.svg", is_here: true, has_tapped_out: false };
  const people = Object.fromEntries(Array.from({ length: 12 }, (_, order) => [
    `p${order}`, { ...person, order, name: `person${order}`, is_here: order > 5, has_tapped_out: order === 0 },
  ]));
  people.sarah = { ...person, order: 12, name: "sarah", role: "producer", is_agent: true, is_here: false };
  draw({ data: { thread: "1", tables: write({ people }) }, parentElement: make("div", box) });
  const alts = list.querySelectorAll("img").map((image) => image.alt);
  assert.equal(alts.length, 11);
  assert.deepEqual([alts[0], alts[9], alts[10]], ["person0, member, tapped out", "person9, member, here now", "sarah, producer"]);
  assert.equal(rest.textContent, "and 2 more, 6 here now");
});
