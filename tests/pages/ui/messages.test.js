// The messages of a chat: what is put in, where, and what is left alone.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { load, make, makeBrowser } from "./dom.js";

let messages;
let list;
let revision;
let missing; // what the page was asked for

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now: Date.parse("2026-01-01T12:00:00Z") });
  makeBrowser();
  messages = await load(
    ...["shared/store.js", "shared/follow.js", "shared/time.js"],
    ...["thread/said.js", "thread/end.js", "thread/messages.js"],
  );
  list = make("div");
  missing = [];
  revision = 0;
});

const AUTHORS = { a: { name: "ada", avatar: "/ada.svg" }, b: { name: "bob", avatar: "/bob.svg" } };

function makeText(seq, words, author = "a", at = "2026-01-01T12:00:00Z") {
  return { seq, words, author, at, badges: [] };
}

function writeParts(shown, since, { authors = AUTHORS, isAll, older = [], forgottenAt = null } = {}) {
  revision += 1;
  const part = { since, revision, gone: [] };
  const put = Object.fromEntries(shown.map((message) => [message.seq, message]));
  return {
    messages: { ...part, put, ...(isAll && { is_all: true }) },
    older: { ...part, since: 0, put: Object.fromEntries(older.map((it) => [it.seq, it])) },
    authors: { ...part, since: 0, put: authors },
    history: { ...part, since: 0, put: { forgotten: { at: forgottenAt } } },
  };
}

// The page brings these messages of a chat; each call after that is the socket's.
function makeDraw() {
  const parentElement = make("main", list);
  let isOpen = false;
  return (shown, more) => {
    if (isOpen) {
      globalThis.burnStore.put("1", writeParts(shown, more?.since ?? revision, more));
      return;
    }
    isOpen = true;
    messages({
      data: { tables: JSON.stringify(writeParts(shown, 0, { isAll: true, ...more })), viewer: "b", thread: "1" },
      parentElement,
      setTriggerValue: (name) => missing.push(name),
    });
  };
}

function listWords() {
  return list.querySelectorAll(".burn-words").map((words) => words.textContent);
}

test("text is text, whatever it looks like", () => {
  const text = '<img src=x onerror="alert(1)"> &amp; **bold** [a](http://b)';
  makeDraw()([makeText(1, text)]);
  assert.deepEqual(listWords(), [text]);
  assert.deepEqual(list.querySelector(".burn-words").children, []);
});

test("names after an @ are marked, and addresses of mail are not", () => {
  makeDraw()([makeText(1, "@ada and <@bob>, not mail@example.com or @@eve")]);
  const marked = list.querySelectorAll(".burn-mention").map((mention) => mention.textContent);
  assert.deepEqual(marked, ["@ada", "@bob"]);
  assert.deepEqual(listWords(), ["@ada and <@bob>, not mail@example.com or @@eve"]);
});

test("new messages are added and the old ones are not built again", () => {
  const draw = makeDraw();
  draw([makeText(1, "one"), makeText(2, "two")]);
  const before = list.children;
  draw([makeText(1, "one"), makeText(2, "two"), makeText(3, "three")]);
  draw([makeText(3, "three"), makeText(4, "four")]);
  assert.deepEqual(listWords(), ["one", "two", "three", "four"]);
  assert.ok(before.every((node, place) => list.children[place] === node));
});

test("a message that changed is replaced where it is", () => {
  const draw = makeDraw();
  draw([makeText(1, "one"), makeText(2, "two"), makeText(3, "three")]);
  const [first, , third] = list.children;
  draw([makeText(2, "2")]);
  assert.deepEqual(listWords(), ["one", "2", "three"]);
  assert.equal(list.children[0], first);
  assert.equal(list.children[2], third);
});

test("an author's new name shows in their messages alone", () => {
  const draw = makeDraw();
  const shown = [makeText(1, "hi", "a"), makeText(2, "hello", "b")];
  draw(shown);
  const mine = list.children[1];
  draw([], { authors: { ...AUTHORS, a: { name: "countess", avatar: "/ada.svg" } } });
  const names = list.querySelectorAll(".burn-author").map((author) => author.textContent);
  assert.deepEqual(names, ["countess", "you"]);
  assert.equal(list.children[1], mine);
});

test("messages are in the order of their seqs, in whichever order they come", () => {
  const draw = makeDraw();
  draw([makeText(1, "one"), makeText(3, "three")]);
  draw([makeText(2, "two"), makeText(4, "four")]);
  assert.deepEqual(listWords(), ["one", "two", "three", "four"]);
});

test("a gap before what the socket brings is asked for, and nothing is put in until it is filled", () => {
  const draw = makeDraw();
  draw([makeText(1, "one")]);
  draw([makeText(3, "three")], { since: 0 });
  assert.deepEqual(missing, ["missing"]);
  assert.deepEqual(listWords(), ["one"]);
  draw([makeText(1, "one"), makeText(2, "two"), makeText(3, "three")], { since: 0, isAll: true });
  assert.deepEqual(listWords(), ["one", "two", "three"]);
});

test("when words were forgotten, the page is asked once for what came before the newest", () => {
  const draw = makeDraw();
  draw([makeText(1, "one")]);
  draw([], { forgottenAt: "2026-01-01T12:00:00Z" });
  assert.deepEqual(missing, ["missing"]);
});

test("an event that the chat doesn't show leaves no gap and no trace", () => {
  const draw = makeDraw();
  draw([makeText(1, "one")]);
  globalThis.burnStore.put("1", { messages: { since: 0, revision: 9, put: { 2: {} }, gone: [] } });
  assert.deepEqual(missing, []);
  assert.deepEqual(listWords(), ["one"]);
});

test("older messages that the page brings count more than what the tab had of them", () => {
  const draw = makeDraw();
  draw([makeText(1, "one"), makeText(2, "two")]);
  draw([makeText(3, "three")], { older: [makeText(1, "forgotten"), makeText(2, "two")] });
  assert.deepEqual(listWords(), ["forgotten", "two", "three"]);
});

test("a note is one line without an author", () => {
  makeDraw()([{ seq: 1, note: "bob joined <b>", kind: "system", author: "b" }]);
  const [note] = list.children;
  assert.equal(note.textContent, "bob joined <b>");
  assert.equal(note.className, "burn-note burn-system");
  assert.deepEqual(list.querySelectorAll(".burn-author"), []);
});

test("badges say what kind of message it is", () => {
  const badges = [{ label: "roast_user", kind: "tool" }];
  makeDraw()([{ ...makeText(1, "Ha."), badges }]);
  const badge = list.querySelector(".burn-badge");
  assert.deepEqual([badge.textContent, badge.className], ["roast_user", "burn-badge burn-tool"]);
});

test("times grow older by themselves", () => {
  const draw = makeDraw();
  draw([
    makeText(1, "one", "a", "2025-12-31T11:00:00Z"),
    makeText(2, "two", "a", "2026-01-01T11:59:50Z"),
  ]);
  document.body.append(list);
  const listTimes = () => list.querySelectorAll("time").map((time) => time.textContent);
  assert.deepEqual(listTimes(), ["yesterday", "now"]);
  mock.timers.tick(60_000);
  assert.deepEqual(listTimes(), ["yesterday", "1 min. ago"]);
});
