// One socket for the whole tab. It brings the rows of the open thread, which go into the store, and the
// revisions of topics. Each mounted component names its topics and the revision at which they were drawn.
// When a later revision arrives, it asks for a rerun of its fragment, a little later, and one at a time,
// because Streamlit runs only one of the fragments that ask in the same tick, and only while nothing runs:
// should a fragment's run begin as another's ends, the other's old elements would stay. store.js and
// away.js come before this file.

const HOLD_MS = 300;
const RETRY_MS = 2000; // a request can be lost, for example in a reconnect
const LOOK_MS = 50; // how soon to look again whether something still runs
const SILENT_MS = 75_000; // the server says something every 30 s, unless the connection is dead
const ASK_MS = 3000; // how often a tab without a socket asks for everything
const shown = new Map(); // parent element -> {topics, waitMs, have, want, wantAt, rowsOf, ownOf, ownRows, fire}
const revisions = {}; // topic -> the newest one received
let socket = null;
let told = "";
let asked = null; // the component whose rerun is awaited
let askedAt = 0;
let actedAt = 0;
let timer = null;
let asking = null;
let silence = null;

// A person's click comes first: a rerun asked for at the same moment would still see the address
// from before the click.
for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, (event) => {
    if (kind === "click" || event.key === "Enter") actedAt = Date.now();
  }, true);
}

// Should Streamlit lose its place in the page, everything that it draws would be lost from then on. As a
// last resort, load the page again, but not over and over.
const RELOAD_MS = 10_000;
for (const kind of ["error", "unhandledrejection"]) {
  addEventListener(kind, ({ message, reason }) => {
    const last = Number(sessionStorage.getItem("burn-reloaded"));
    if (!/delta path/.test(message ?? reason?.message) || Date.now() - last < RELOAD_MS) return;
    sessionStorage.setItem("burn-reloaded", Date.now());
    location.reload();
  });
}

function connect(site) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  // Of the address, only a spectator's key matters. An invitation's key stays here.
  const key = new URLSearchParams(location.search).get("key");
  const query = key ? `?key=${encodeURIComponent(key)}` : "";
  socket = new WebSocket(`${scheme}//${location.host}${site}/live${query}`);
  socket.onopen = () => { told = ""; noteBack(); tell(); };
  socket.onmessage = (message) => {
    waitForWord(site);
    const said = JSON.parse(message.data);
    if (said.tables) take(said.of, said.tables);
    else hear(said);
  };
  socket.onclose = () => reconnect(site);
  waitForWord(site);
}

function reconnect(site) {
  noteAway(site, askForAll);
  clearTimeout(silence);
  setTimeout(connect, 500, site);
}

// A browser isn't told that a connection is dead, for example after a change of networks.
function waitForWord(site) {
  clearTimeout(silence);
  silence = setTimeout(() => {
    const dead = socket;
    dead.onclose = dead.onmessage = null; // closing it can take minutes
    dead.close();
    reconnect(site);
  }, SILENT_MS);
}

const MOST_TOPICS = 2000; // as in burn_core/room/tab.py

// The server listens to the first MOST_TOPICS. The parts with the fewest
// topics come first, the person's own and the open thread's; the ends of long lists come last.
function listTopics() {
  const lists = [...shown.values()].map((one) => one.topics).sort((a, b) => a.length - b.length);
  const rows = [["rows", find("rowsOf")], ["own", find("ownOf")]].filter(([, id]) => id);
  return [...new Set([...rows.map((part) => part.join(":")), ...lists.flat()])].slice(0, MOST_TOPICS);
}

// The thread that the tab shows (rowsOf), or its person (ownOf). It shows one of each at a time.
function find(what) {
  return [...shown.values()].find((one) => one[what])?.[what];
}

function tell() {
  const topics = listTopics();
  if (socket.readyState !== WebSocket.OPEN || JSON.stringify(topics) === told) return;
  told = JSON.stringify(topics);
  const have = { ...store.have(find("rowsOf")), ...store.have(find("ownOf")) };
  socket.send(JSON.stringify({ topics, have }));
}

function take(id, tables) {
  if (store.put(id, tables)) {
    told = "";
    tell();
  }
  askNext();
}

// Whether rows that are about the person came or went: their fragment draws them with buttons.
function isOwnChanged({ rowsOf, ownRows }) {
  if (!ownRows || !(ownRows.table in store.have(rowsOf))) return false;
  const rows = [...store.rows(rowsOf, ownRows.table)];
  const keys = rows.filter(([, row]) => row.about === ownRows.about).map(([key]) => key);
  return keys.sort().join() !== [...ownRows.keys].sort().join();
}

// Without a socket, the page still works: everything asks every few seconds.
function askForAll() {
  clearTimeout(asking);
  if (!isAway()) return;
  for (const one of shown.values()) one.want = Math.max(one.want, one.have + 1);
  asked = null;
  askNext();
  asking = setTimeout(askForAll, ASK_MS);
}

function findNewest(topics) {
  return Math.max(0, ...topics.map((topic) => revisions[topic] ?? 0));
}

function hear(news) {
  Object.assign(revisions, news);
  const now = Date.now();
  for (const one of shown.values()) {
    const newest = findNewest(one.topics);
    if (newest <= one.want) continue;
    if (one.want <= one.have) one.wantAt = now;
    one.want = newest;
  }
  askNext();
}

function readyAt(one) {
  return Math.max(one.wantAt + one.waitMs, actedAt + HOLD_MS);
}

function isRunning() {
  return document.querySelector('[data-test-script-state="running"]') !== null;
}

function askNext() {
  clearTimeout(timer);
  const now = Date.now();
  if (asked && now - askedAt < RETRY_MS) {
    timer = setTimeout(askNext, RETRY_MS);
    return;
  }
  const stale = [...shown.entries()].filter(([, one]) => one.want > one.have || isOwnChanged(one));
  if (!stale.length) return;
  const [element, first] = stale.reduce((a, b) => (readyAt(b[1]) < readyAt(a[1]) ? b : a));
  if (readyAt(first) > now) {
    timer = setTimeout(askNext, readyAt(first) - now);
    return;
  }
  if (isRunning()) {
    timer = setTimeout(askNext, LOOK_MS);
    return;
  }
  asked = element;
  askedAt = first.wantAt = now; // should it be lost, the others come before it
  first.fire(first.want);
  timer = setTimeout(askNext, RETRY_MS);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const before = shown.get(parentElement);
  shown.set(parentElement, {
    topics: data.topics,
    waitMs: data.wait_ms,
    have: data.have,
    // A component can be mounted again with old data, after news of which it knows nothing.
    want: findNewest(data.topics),
    wantAt: before?.wantAt ?? 0,
    rowsOf: data.rows_of,
    ownOf: data.own_of,
    ownRows: data.own_rows,
    fire: (revision) => setTriggerValue("changed", revision),
  });
  if (asked === parentElement && before?.have !== data.have) asked = null;
  if (!socket) connect(data.site);
  tell();
  setTimeout(askNext, 0);
  return () => {
    shown.delete(parentElement);
    if (asked === parentElement) asked = null;
    tell();
  };
}
