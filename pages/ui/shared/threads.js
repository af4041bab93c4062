// Links to a person's threads. A click changes the address the way the browser's Back and Forward do, and
// Streamlit follows at once, so no later request can be about the thread just left. st.page_link
// leaves the address as it is, and the next news would lead back to the old thread. store.js and follow.js
// come before this file.

function describe(link, thread, isCurrent) {
  const note = thread.is_unread && !isCurrent ? "new" : thread.is_open ? "" : "closed";
  link.href = thread.href;
  link.querySelector(".name").textContent = thread.name;
  link.querySelector(".note").textContent = note;
  link.querySelector(".note").className = `note ${note}`;
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

function makeLink(id) {
  const link = document.createElement("a");
  link.id = id;
  for (const name of ["name", "note"]) {
    link.append(Object.assign(document.createElement("span"), { className: name, dir: "auto" }), " ");
  }
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens a new tab
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  return link;
}

function draw(nav, threads, current) {
  const links = new Map([...nav.children].map((link) => [link.id, link]));
  const ids = [...threads.keys()].sort((a, b) => threads.get(a).order - threads.get(b).order);
  ids.forEach((id, place) => {
    const link = links.get(id) ?? makeLink(id);
    links.delete(id);
    describe(link, threads.get(id), id === current);
    if (nav.children[place] !== link) nav.insertBefore(link, nav.children[place] ?? null);
  });
  for (const link of links.values()) link.remove();
}

export default function (component) {
  const { data, parentElement } = component;
  const nav = parentElement.querySelector("nav");
  const drawAll = () => draw(nav, store.rows(data.person, "threads"), data.current);
  return followRows(component, ["threads"], drawAll, data.person);
}
