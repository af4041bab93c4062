// One socket for the whole tab. Each mounted component says which topics it shows and the
// revision at which it drew them, and asks for one rerun at a time when there is a later one.

const APART_MS = 20; // Streamlit runs only one of the fragments that ask in the same tick
const HOLD_MS = 300;
const RETRY_MS = 3000; // and a request can be lost, as in a reconnect
const shown = new Map(); // parent element -> {topics, have, want, firedAt, fire}
let socket = null;
let told = "";
let isWaiting = false;
let actedAt = 0;

// A person's own click comes first: a run asked for in the same moment would use the address
// from before it.
for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, (event) => {
    if (kind === "click" || event.key === "Enter") actedAt = Date.now();
  }, true);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/live`);
  socket.onopen = () => { told = ""; tell(); };
  socket.onmessage = (message) => hear(JSON.parse(message.data));
  socket.onclose = () => setTimeout(connect, 500);
}

function tell() {
  const topics = JSON.stringify([...new Set([...shown.values()].flatMap((s) => s.topics))].sort());
  if (socket.readyState === WebSocket.OPEN && topics !== told) {
    socket.send(topics);
    told = topics;
  }
}

function hear(revisions) {
  for (const one of shown.values()) {
    for (const topic of one.topics) one.want = Math.max(one.want, revisions[topic] ?? 0);
  }
  fireNext();
}

function fireNext() {
  if (isWaiting) return;
  const now = Date.now();
  const stale = [...shown.values()].find((s) => s.want > s.have && now - s.firedAt > RETRY_MS);
  if (!stale) return;
  if (now - actedAt < HOLD_MS) {
    wait(HOLD_MS);
    return;
  }
  stale.firedAt = now;
  stale.fire(stale.want);
  wait(APART_MS);
}

function wait(ms) {
  isWaiting = true;
  setTimeout(() => { isWaiting = false; fireNext(); }, ms);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const before = shown.get(parentElement);
  shown.set(parentElement, {
    topics: data.topics,
    have: data.have,
    want: before?.want ?? 0,
    firedAt: before && before.have === data.have ? before.firedAt : 0,
    fire: (revision) => setTriggerValue("changed", revision),
  });
  if (!socket) {
    connect();
    setInterval(fireNext, RETRY_MS);
  }
  tell();
  fireNext();
  return () => { shown.delete(parentElement); tell(); };
}
