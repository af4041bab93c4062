// Links to threads. A click goes there as the browser's own back and forward do, which Streamlit
// follows at once: nothing that is asked afterwards can be about the thread that one has left. With
// st.page_link the address stays, and the next news leads back.

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
    link.append(Object.assign(document.createElement("span"), { className: name }), " ");
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
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
      event.preventDefault();
      history.pushState({}, "", link.href);
      window.dispatchEvent(new PopStateEvent("popstate"));
    };
    if (nav.children[place] !== link) nav.insertBefore(link, nav.children[place] ?? null);
  });
  for (const link of links.values()) link.remove();
}
