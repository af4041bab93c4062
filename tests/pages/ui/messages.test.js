// The messages of a chat: what is put in, where, and what is left alone.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { load, make, makeBrowser } from "./dom.js";

let messages;
let list;
let gaps; // the seqs from which a run was found to bring too little

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.parse("2026-01-01T12:00:00Z") });
  makeBrowser();
  messages = await load("shared/time.js", "thread/messages.js");
  list = make("div");
  gaps = [];
});

const AUTHORS = { a: { name: "ada", avatar: "/ada.svg" }, b: { name: "bob", avatar: "/bob.svg" } };

function makeText(seq, words, author = "a", at = "2026-01-01T12:00:00Z") {
  return { seq, words, author, at, badges: [] };
}

// A run of the fragment, which brings these messages of a chat that begins at 1.
function makeDraw() {
  const parentElement = make("main", list);
  return (shown, { isAll = false, authors = AUTHORS } = {}) => {
    const [from, to] = [shown[0].seq, shown.at(-1).seq];
    const chat = { first: 1, from, to, is_all: isAll, authors, messages: shown };
    messages({
      data: { chat: JSON.stringify(chat), viewer: "b" },
      parentElement,
      setTriggerValue: (name, value) => gaps.push([name, value]),
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
  draw(shown, { authors: { ...AUTHORS, a: { name: "countess", avatar: "/ada.svg" } } });
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

test("a gap before what a run brings is reported, and nothing is put in until it is filled", () => {
  const draw = makeDraw();
  draw([makeText(1, "one")]);
  draw([makeText(3, "three")]);
  assert.deepEqual(gaps, [["gap", 3]]);
  assert.deepEqual(listWords(), ["one"]);
  draw([makeText(1, "one"), makeText(2, "two"), makeText(3, "three")], { isAll: true });
  assert.deepEqual(gaps, [["gap", 3]]);
  assert.deepEqual(listWords(), ["one", "two", "three"]);
});

test("a chat that was just mounted asks for everything if it got only the newest messages", () => {
  makeDraw()([makeText(7, "seven")]);
  assert.deepEqual(gaps, [["gap", 7]]);
  assert.deepEqual(listWords(), []);
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
