// Rows of a table, newest first, with a filter as one types. What is typed and which rows are
// open is the browser's alone, and stays while rows come in.

const tables = new WeakMap(); // parent element -> {rows: Map of key -> element, count}

function makeCell(tag, text, className) {
  const cell = document.createElement(tag);
  cell.textContent = text;
  if (className) cell.className = className;
  return cell;
}

function makeRow(row) {
  const cells = row.cells.map((text) => makeCell("span", text));
  if (row.mark) {
    const mark = makeCell("span", "●", `mark ${row.mark.level}`);
    mark.title = row.mark.title;
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", row.mark.title);
    cells.push(mark);
  }
  const line = document.createElement(row.detail ? "summary" : "div");
  line.append(...cells);
  line.classList.add("cells");
  const item = document.createElement("li");
  if (row.detail) {
    const details = document.createElement("details");
    details.append(line);
    details.ontoggle = () => {
      details.ontoggle = null;
      details.append(makeCell("pre", row.detail));
    };
    item.append(details);
  } else {
    item.append(line);
  }
  item.words = [...row.cells, row.detail ?? ""].join("\n").toLowerCase();
  return item;
}

function filter(list, typed, note) {
  const wanted = typed.trim().toLowerCase();
  let shown = 0;
  for (const item of list.children) {
    item.hidden = wanted !== "" && !item.words.includes(wanted);
    shown += !item.hidden;
  }
  note.hidden = shown > 0;
}

export default function ({ data, parentElement }) {
  const { label, empty, rows } = JSON.parse(data);
  const input = parentElement.querySelector("input");
  const list = parentElement.querySelector("ul");
  const note = parentElement.querySelector("p");
  input.placeholder = label;
  input.setAttribute("aria-label", label);
  list.setAttribute("aria-label", label);
  const before = tables.get(parentElement) ?? new Map();
  const now = new Map(rows.map((row) => [row.key, before.get(row.key) ?? makeRow(row)]));
  tables.set(parentElement, now);
  for (const [key, item] of before) if (!now.has(key)) item.remove();
  // Only what is new is put in: what stands stays, with its focus and its place.
  let place = list.firstElementChild;
  for (const item of now.values()) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
  const show = () => {
    note.textContent = rows.length ? "Nothing here has that in it." : empty;
    filter(list, input.value, note);
  };
  input.oninput = show;
  show();
}
