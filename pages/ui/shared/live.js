// One socket for the whole tab. Each mounted component names its topics and the revision at which
// they were drawn. When a later revision arrives, it asks for a rerun of its fragment: the chat at
// once, the others a little later, and one at a time, because Streamlit runs only one of the
// fragments that ask in the same tick.

const HOLD_MS = 300;
const RETRY_MS = 2000; // a request can be lost, for example in a reconnect
const shown = new Map(); // parent element -> {topics, waitMs, have, want, wantAt, fire}
const revisions = {}; // topic -> the newest one received
let socket = null;
let told = "";
let asked = null; // the component whose rerun is awaited
let askedAt = 0;
let actedAt = 0;
let timer = null;

// A person's click comes first: a rerun asked for at the same moment would still see the address
// from before the click.
for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, (event) => {
    if (kind === "click" || event.key === "Enter") actedAt = Date.now();
  }, true);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  // Of the address, only a spectator's key matters. An invitation's key stays here.
  const key = new URLSearchParams(location.search).get("key");
  const query = key ? `?key=${encodeURIComponent(key)}` : "";
  socket = new WebSocket(`${scheme}//${location.host}/live${query}`);
  socket.onopen = () => { told = ""; tell(); };
  socket.onmessage = (message) => hear(JSON.parse(message.data));
  socket.onclose = () => setTimeout(connect, 500);
}

const MOST_TOPICS = 2000; // as in burn_core/room/tab.py

// The server listens to the first MOST_TOPICS. The parts with the fewest
// topics come first, the person's own and the open thread's; the ends of long lists come last.
function listTopics() {
  const lists = [...shown.values()].map((one) => one.topics).sort((a, b) => a.length - b.length);
  return [...new Set(lists.flat())].slice(0, MOST_TOPICS);
}

function tell() {
  const topics = JSON.stringify(listTopics());
  if (socket.readyState === WebSocket.OPEN && topics !== told) {
    socket.send(topics);
    told = topics;
  }
}

function findNewest(topics) {
  return Math.max(...topics.map((topic) => revisions[topic] ?? 0));
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

function askNext() {
  clearTimeout(timer);
  const now = Date.now();
  if (asked && now - askedAt < RETRY_MS) {
    timer = setTimeout(askNext, RETRY_MS);
    return;
  }
  const stale = [...shown.entries()].filter(([, one]) => one.want > one.have);
  if (!stale.length) return;
  const [element, first] = stale.reduce((a, b) => (readyAt(b[1]) < readyAt(a[1]) ? b : a));
  if (readyAt(first) > now) {
    timer = setTimeout(askNext, readyAt(first) - now);
    return;
  }
  asked = element;
  askedAt = now;
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
    fire: (revision) => setTriggerValue("changed", revision),
  });
  if (asked === parentElement && before?.have !== data.have) asked = null;
  if (!socket) connect();
  tell();
  setTimeout(askNext, 0);
  return () => {
    shown.delete(parentElement);
    if (asked === parentElement) asked = null;
    tell();
  };
}
