// A table whose rows open, with a filter where the table has one. What is typed and which rows are
// open is known to the browser alone, and stays while rows come in. The rows come with the page, or from
// the store (follow.js). store.js, follow.js and time.js come before this file.

const STORED = { columns: [], view: "", has_filter: true }; // how tables of the store look
const tables = new WeakMap(); // parent element -> {view, items: Map of key -> element, ticking}
const exact = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });

// An address that begins with ? adds to what the page's own address says.
export function resolve(address, here) {
  if (!address.startsWith("?")) return address;
  const url = new URL(here);
  for (const [name, value] of new URLSearchParams(address)) url.searchParams.set(name, value);
  return url.href;
}

export function matches(row, typed) {
  const words = [...row.cells, row.detail ?? ""].join("\n").toLowerCase();
  return words.includes(typed.trim().toLowerCase());
}

// A click goes there as the browser's own back and forward do, and Streamlit follows.
function makeLink({ label, address }) {
  const link = make("a", "", label);
  link.href = resolve(address, location.href);
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // into a tab of its own
    event.preventDefault();
    history.pushState({}, "", resolve(address, location.href));
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  return link;
}

function makeMark({ level, title }) {
  const mark = make("span", `mark ${level}`, "●");
  mark.title = title;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", title);
  return mark;
}

function makeTime(at) {
  const time = make("time", "when");
  time.dateTime = at;
  time.append(make("span", "ago"), " ", make("span", "exact", exact.format(new Date(at))));
  return time;
}

function makeDetail({ links, detail }) {
  const line = make("p", "links");
  line.append(...(links ?? []).map(makeLink));
  return links ? [line, make("pre", "", detail)] : [make("pre", "", detail)];
}

function makeItem(row, columns) {
  const line = make(row.detail ? "summary" : "div", "cells");
  row.cells.forEach((text, n) => {
    const cell = make("span", `cell ${columns[n] ?? ""}`, text);
    cell.dir = "auto"; // marks of direction in it don't turn the cells beside it
    line.append(cell, " ");
  });
  if (row.mark) line.append(makeMark(row.mark));
  if (row.at) line.append(makeTime(row.at));
  const item = document.createElement("li");
  if (!row.detail) {
    item.append(line);
    return item;
  }
  const details = document.createElement("details");
  details.append(line);
  details.ontoggle = () => {
    details.ontoggle = null;
    details.append(...makeDetail(row));
  };
  item.append(details);
  return item;
}

// A thread or a person can get another name.
function updateCells(item, row) {
  item.querySelectorAll(".cell").forEach((cell, n) => {
    if (cell.textContent !== row.cells[n]) cell.textContent = row.cells[n];
  });
}

// Elements that stay are left alone, and so keep their focus and their place.
function placeItems(list, items) {
  let place = list.firstElementChild;
  for (const item of items) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
}

function tick(list) {
  for (const time of list.querySelectorAll("time")) {
    const words = describeTime(new Date(time.dateTime));
    const ago = time.firstElementChild;
    if (ago.textContent !== words) ago.textContent = words;
  }
}

function draw({ label, empty, columns, view, has_filter: hasFilter }, rows, parentElement) {
  const [input, note, list] = ["input", "p", "ul"].map((tag) => parentElement.querySelector(tag));
  const table = tables.get(parentElement);
  const items = new Map(
    rows.map((row) => [row.key, table.items.get(row.key) ?? makeItem(row, columns)])
  );
  for (const [key, item] of table.items) if (!items.has(key)) item.remove();
  placeItems(list, items.values());
  for (const row of rows) updateCells(items.get(row.key), row);
  if (table.view !== view) list.scrollTop = 0;
  Object.assign(table, { view, items });

  list.className = hasFilter ? "panel" : "page";
  list.setAttribute("aria-label", label);
  input.hidden = !hasFilter;
  input.placeholder = label;
  input.setAttribute("aria-label", label);
  const show = () => {
    for (const row of rows) items.get(row.key).hidden = !matches(row, input.value);
    note.textContent = rows.length ? "No rows match." : empty;
    note.hidden = rows.some((row) => !items.get(row.key).hidden);
    list.hidden = !hasFilter && !rows.length;
  };
  input.oninput = show;
  show();

  tick(list);
}

// Another thread's rows can have the same keys in the store.
function listRows(thread, name) {
  const rows = [...store.rows(thread, name)].map(([key, row]) => ({ key: `${thread} ${key}`, ...row }));
  return rows.sort((a, b) => b.order - a.order);
}

export default function (component) {
  const { data, parentElement } = component;
  const table = tables.get(parentElement) ?? { items: new Map() };
  tables.set(parentElement, table);
  const list = parentElement.querySelector("ul");
  table.ticking ??= setInterval(() => tick(list), 10_000);
  let stop = () => {};
  if (typeof data === "string") {
    const whole = JSON.parse(data);
    draw(whole, whole.rows, parentElement);
  } else {
    stop = followRows(component, [data.look.table], () =>
      draw({ ...STORED, ...data.look }, listRows(data.thread, data.look.table), parentElement));
  }
  return () => {
    stop();
    clearInterval(table.ticking);
    table.ticking = null;
  };
}
