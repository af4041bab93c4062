// The table of events. Which rows are open is the browser's alone: what stands is never built
// again, and stays with its place and its focus while others come in.

const tables = new WeakMap(); // parent element -> {view, items: Map of id -> element}
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });

function make(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function describeTime(date) {
  const seconds = Math.min((date - Date.now()) / 1000, 0);
  const [unit, length] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", 1];
  return relative.format(Math.ceil(seconds / length), unit);
}

// Goes there as the browser's own back and forward do, which Streamlit follows.
function makeLink(label, findAddress) {
  const link = make("a", "", label);
  link.href = findAddress();
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    history.pushState({}, "", findAddress());
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  return link;
}

function findDetail(id) {
  const address = new URL(location.href);
  address.searchParams.set("event", id);
  return address.href;
}

function open(row) {
  const links = make("p", "links");
  links.append(
    makeLink("Run and facts", () => findDetail(row.id)),
    makeLink("Its thread", () => `/?thread=${row.thread_id}`),
  );
  const data = make("pre", "", row.data);
  return [links, data];
}

function makeItem(row) {
  const line = make("summary", "");
  const time = make("time", "when");
  time.dateTime = row.at;
  time.append(make("span", "ago"), " ", make("span", "exact", exact.format(new Date(row.at))));
  line.append(
    make("span", "seq", `#${row.seq}`),
    " ", make("span", "author", row.author),
    " ", make("span", `type ${row.type}`, row.type),
    " ", make("span", "words", row.words),
    " ", make("span", "thread", row.thread),
    " ", time,
  );
  const details = document.createElement("details");
  details.append(line);
  details.ontoggle = () => {
    details.ontoggle = null;
    details.append(...open(row));
  };
  const item = document.createElement("li");
  item.append(details);
  return item;
}

function tick(list) {
  for (const time of list.querySelectorAll("time")) {
    const words = describeTime(new Date(time.dateTime));
    const ago = time.firstElementChild;
    if (ago.textContent !== words) ago.textContent = words;
  }
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("ul");
  const note = parentElement.querySelector("p");
  const table = tables.get(parentElement) ?? { items: new Map() };
  const items = new Map(data.rows.map((row) => [row.id, table.items.get(row.id) ?? makeItem(row)]));
  for (const [id, item] of table.items) if (!items.has(id)) item.remove();
  let place = list.firstElementChild;
  for (const item of items.values()) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
  for (const row of data.rows) {
    items.get(row.id).querySelector(".author").textContent = row.author;
    items.get(row.id).querySelector(".thread").textContent = row.thread;
  }
  if (table.view !== data.view) list.scrollTop = 0;
  tables.set(parentElement, { view: data.view, items });
  note.textContent = data.empty;
  note.hidden = data.rows.length > 0;
  list.hidden = !note.hidden;
  tick(list);
  const ticking = setInterval(() => tick(list), 1000);
  return () => clearInterval(ticking);
}
