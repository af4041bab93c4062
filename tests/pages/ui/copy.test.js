// The button that copies a link: with a clipboard, without one, and where neither way works.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Element, load, make, makeBrowser } from "./dom.js";

let button;
let copied;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  button = make("button", make("span"));
  copied = [];
});

async function draw(navigator, label = "Invite") {
  const browser = makeBrowser({ navigator });
  const copy = await load("thread/copy.js");
  const parentElement = make("div", button);
  const drawn = () => copy({ data: { address: "/?thread=2", label }, parentElement });
  drawn();
  return { ...browser, drawAgain: drawn };
}

function getLabel() {
  return button.querySelector("span").textContent;
}

const CLIPBOARD = { clipboard: { writeText: async (text) => { copied.push(text); } } };
const LINK = "http://burn.example/?thread=2";

// The old way: a field whose text is selected, and a command to the document.
function makeOldWay(document, works) {
  Element.prototype.select = function () { document.selected = this; };
  document.execCommand = (command) => {
    if (works) copied.push([command, document.selected.value]);
    return works;
  };
}

test("a click copies the whole address, says so, and stops saying so after 4 s", async () => {
  await draw(CLIPBOARD);
  assert.equal(getLabel(), "Invite");
  await button.onclick();
  assert.deepEqual(copied, [LINK]);
  assert.equal(getLabel(), "Link copied");
  mock.timers.tick(3999);
  assert.equal(getLabel(), "Link copied");
  mock.timers.tick(1);
  assert.equal(getLabel(), "Invite");
});

test("a run of the page in between leaves what the button says", async () => {
  const { drawAgain } = await draw(CLIPBOARD);
  await button.onclick();
  drawAgain();
  assert.equal(getLabel(), "Link copied");
});

test("without a clipboard, as outside https, the old way copies and leaves nothing", async () => {
  const { document } = await draw({});
  makeOldWay(document, true);
  await button.onclick();
  assert.deepEqual(copied, [["copy", LINK]]);
  assert.equal(getLabel(), "Link copied");
  assert.deepEqual(document.body.children, []);
});

test("where neither way works the link itself is shown", async () => {
  const { document } = await draw({});
  makeOldWay(document, false);
  await button.onclick();
  assert.equal(getLabel(), LINK);
  assert.deepEqual(document.body.children, []);
});

test("a person who forbids the clipboard is shown the link", async () => {
  await draw({ clipboard: { writeText: () => Promise.reject(new Error("not allowed")) } });
  await button.onclick();
  assert.equal(getLabel(), LINK);
});
