// What each component that draws rows of the store does first: take in what the page brings, draw, and
// draw again when rows come in; and how they make elements. store.js comes before this file.

const taken = new WeakMap(); // parent element -> the text that was taken in last

// id is the thread's or, for rows of a person's own, the person's.
function followRows({ data, parentElement }, names, draw, id = data.thread) {
  store.follow(parentElement, id, names, draw);
  if (taken.get(parentElement) !== data.tables) {
    taken.set(parentElement, data.tables);
    store.put(id, JSON.parse(data.tables));
  }
  draw(false);
  return () => {
    taken.delete(parentElement);
    store.unfollow(parentElement);
  };
}

function make(tag, className = "", ...parts) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...parts);
  return element;
}

function byOrder(rows) {
  return [...rows.values()].sort((a, b) => a.order - b.order);
}
