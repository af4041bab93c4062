// Just enough of a browser for the components' scripts: elements, and a socket that tests drive.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

export class Element {
  className = "";
  attributes = {};
  hidden = false;
  value = "";
  scrollTop = 0;
  nodes = []; // elements and strings
  parent = null;

  constructor(tag) {
    this.tag = tag;
  }

  get children() {
    return this.nodes.filter((node) => node instanceof Element);
  }

  get textContent() {
    return this.nodes.map((node) => node.textContent ?? node).join("");
  }

  set textContent(text) {
    this.nodes = text === "" ? [] : [String(text)];
  }

  set innerHTML(_) {
    throw new Error("markup is never made from a string");
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get nextElementSibling() {
    const siblings = this.parent.children;
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }

  get previousElementSibling() {
    const siblings = this.parent.children;
    return siblings[siblings.indexOf(this) - 1] ?? null;
  }

  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null);
  }

  insertBefore(node, next) {
    if (node instanceof Element) {
      node.remove();
      node.parent = this;
    }
    this.nodes.splice(next ? this.nodes.indexOf(next) : this.nodes.length, 0, node);
  }

  replaceChildren(...nodes) {
    this.nodes = [];
    this.append(...nodes);
  }

  remove() {
    if (this.parent) this.parent.nodes = this.parent.nodes.filter((node) => node !== this);
    this.parent = null;
  }

  replaceWith(node) {
    this.parent.insertBefore(node, this);
    this.remove();
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  removeAttribute(name) {
    delete this.attributes[name];
  }

  closest() {
    return null; // nothing here scrolls
  }

  // Selectors are a tag, a class, or both: div, .name, time.burn-time.
  matches(selector) {
    const [tag, ...classes] = selector.split(".");
    return (!tag || tag === this.tag)
      && classes.every((name) => this.className.split(" ").includes(name));
  }

  querySelectorAll(selector) {
    const below = this.children.flatMap((child) => [child, ...child.querySelectorAll("")]);
    return below.filter((element) => element.matches(selector));
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }
}

// A tree of elements: make("nav", make("a", "text")).
export function make(tag, ...nodes) {
  const element = new Element(tag);
  element.append(...nodes);
  return element;
}

export class FakeDocument extends Element {
  body = make("body");
  listeners = {};

  constructor() {
    super("document");
    this.append(this.body);
  }

  createElement(tag) {
    return new Element(tag);
  }

  addEventListener(kind, listener) {
    this.listeners[kind] = listener;
  }
}

export class FakeSocket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = []; // parsed

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  // What the server does:
  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  tell(news) {
    this.onmessage({ data: JSON.stringify(news) });
  }

  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}

// Give the script that is loaded next a browser of its own. Gives the globals that it sees.
export function makeBrowser(more = {}) {
  FakeSocket.all = [];
  delete globalThis.burnStore;
  const globals = {
    document: new FakeDocument(),
    location: new URL("http://burn.example/?thread=1"),
    WebSocket: FakeSocket,
    addEventListener: () => {},
    ...more,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return globals;
}

const SOURCE = new URL("../../../pages/ui/", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "burn-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
let loaded = 0;

// The exports of a component, as the browser gets it: its files one after the other, with module
// state of its own.
export async function loadAll(...files) {
  loaded += 1;
  const path = join(folder, `${loaded}-${files.map((file) => basename(file, ".js")).join("-")}.mjs`);
  writeFileSync(path, files.map((file) => readFileSync(new URL(file, SOURCE), "utf8")).join(""));
  return import(pathToFileURL(path));
}

// The component's own function.
export async function load(...files) {
  return (await loadAll(...files)).default;
}
