// As much of the DOM as the table of rows uses.

class Element {
  constructor(tagName, document) {
    Object.assign(this, { tagName, document, children: [], attributes: {}, parent: null });
    Object.assign(this, { className: "", hidden: false, value: "", scrollTop: 0, text: "" });
  }
  get textContent() {
    return this.text + this.children.map((child) => child.textContent).join("");
  }
  set textContent(text) {
    this.children = [];
    this.text = text;
  }
  get firstElementChild() {
    return this.elements[0] ?? null;
  }
  get nextElementSibling() {
    return this.parent.elements[this.parent.elements.indexOf(this) + 1] ?? null;
  }
  get elements() {
    return this.children.filter((child) => child instanceof Element);
  }
  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null);
  }
  insertBefore(added, next) {
    const node = added instanceof Element ? added : { textContent: added };
    node.remove?.();
    const place = next === null ? this.children.length : this.children.indexOf(next);
    this.children.splice(place, 0, node);
    node.parent = this;
  }
  remove() {
    if (this.parent) this.parent.children = this.parent.children.filter((it) => it !== this);
    this.parent = null;
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  querySelectorAll(selector) {
    const isWanted = (element) => selector.startsWith(".")
      ? element.className.split(" ").includes(selector.slice(1))
      : element.tagName === selector;
    return this.elements.flatMap((element) => [
      ...(isWanted(element) ? [element] : []),
      ...element.querySelectorAll(selector),
    ]);
  }
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }
}

const document = { createElement: (tagName) => new Element(tagName) };

// An element with children of these tags.
function makeParent(...tags) {
  const parent = document.createElement("div");
  parent.append(...tags.map((tag) => document.createElement(tag)));
  return parent;
}

module.exports = { document, makeParent };
