// What somebody has said and never arrived goes back to where they typed it, and nothing else does.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Element, load, make, makeBrowser } from "./dom.js";

let box;
let revision = 0;
let draw; // draws these messages of ada's, each [seq, words], in a session of a web process

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now: 1_000_000 });
  class HTMLTextAreaElement extends Element {
    constructor() {
      super("textarea");
      delete this.value;
    }

    get value() {
      return this.typed ?? "";
    }

    set value(words) {
      this.typed = words;
    }

    dispatchEvent() {}
  }
  const { document } = makeBrowser({ HTMLTextAreaElement, Event });
  box = new HTMLTextAreaElement();
  document.querySelector = () => box;
  const messages = await load(
    ...["shared/store.js", "shared/follow.js", "shared/time.js"],
    ...["thread/said.js", "thread/end.js", "thread/messages.js"],
  );
  draw = (page, ...own) => {
    const rows = own.map(([seq, words]) => [seq, { seq, words, author: "a", at: "2026-01-01", badges: [] }]);
    revision += 1;
    const part = { since: 0, revision, gone: [] };
    const tables = JSON.stringify({
      messages: { ...part, is_all: true, put: Object.fromEntries(rows) },
      authors: { ...part, put: { a: { name: "ada", avatar: "/ada.svg" } } },
      history: { ...part, put: { forgotten: { at: null } } },
    });
    messages({
      data: { tables, viewer: "a", thread: "1", page },
      parentElement: make("main", make("div")),
      setTriggerValue: () => {},
    });
  };
});

function say(words) {
  box.value = words;
  document.listeners.keydown({ key: "Enter", target: box });
  box.value = ""; // Streamlit takes the words
}

test("what arrived stays out of the box, and what was lost goes back into it", () => {
  draw("first");
  say("hello");
  say("lost");
  draw("second", [1, "hello"]);
  assert.equal(box.value, "lost");
});

test("the same words from before are not taken for those that were lost", () => {
  draw("first", [1, "yes"]);
  say("yes");
  draw("second", [1, "yes"]);
  assert.equal(box.value, "yes");
});

test("of the same words said twice, one that was lost goes back once", () => {
  draw("first");
  say("yes");
  say("yes");
  draw("first", [1, "yes"]);
  draw("first", [1, "yes"]); // a run sends the newest messages again
  draw("second", [1, "yes"]);
  assert.equal(box.value, "yes");
});

test("the same words said twice that both arrived stay out of the box", () => {
  draw("first", [1, "yes"]);
  say("yes");
  say("yes");
  draw("second", [1, "yes"], [2, "yes"], [3, "yes"]);
  assert.equal(box.value, "");
});
