// Links to threads. A click changes the address the way the browser's Back and Forward do, and
// Streamlit follows at once, so no later request can be about the thread just left. st.page_link
// leaves the address as it is, and the next news would lead back to the old thread.

function describe(link, thread) {
  const note = thread.is_unread ? "new" : thread.is_open ? "" : "closed";
  link.href = thread.href;
  link.querySelector(".name").textContent = thread.name;
  link.querySelector(".note").textContent = note;
  link.querySelector(".note").className = `note ${note}`;
  if (thread.is_current) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

function make() {
  const link = document.createElement("a");
  for (const name of ["name", "note"]) {
    link.append(Object.assign(document.createElement("span"), { className: name, dir: "auto" }), " ");
  }
  return link;
}

export default function ({ data, parentElement }) {
  const nav = parentElement.querySelector("nav");
  const links = new Map([...nav.children].map((link) => [link.id, link]));
  data.threads.forEach((thread, place) => {
    const link = links.get(thread.id) ?? Object.assign(make(), { id: thread.id });
    links.delete(thread.id);
    describe(link, thread);
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens a new tab
      event.preventDefault();
      history.pushState({}, "", link.href);
      window.dispatchEvent(new PopStateEvent("popstate"));
    };
    if (nav.children[place] !== link) nav.insertBefore(link, nav.children[place] ?? null);
  });
  for (const link of links.values()) link.remove();
}
