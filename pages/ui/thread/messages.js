// A chat's messages. They are added as text, so nothing in them is read as markup. Only new or changed
// ones are built: the rest of the page stays as it is. store.js, follow.js, time.js, said.js and end.js
// come before this file.

const TABLES = ["messages", "older", "authors", "older_authors", "history"];
const chats = new WeakMap(); // parent element -> {nodes: Map of seq -> node, isLacking, ask, timer}
const ASK_AGAIN_MS = 2000; // a request can be lost, for example if another fragment asks at that moment
const MENTION = /(?<![\w@])(@[a-z0-9_-]{2,16})/i;

function tick(root) {
  for (const time of root.querySelectorAll("time.burn-time")) {
    const words = describeTime(new Date(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}

setInterval(() => tick(document), 10_000);

function makeWords(text) {
  const words = make("div", "burn-words");
  words.dir = "auto"; // also keeps marks of direction in it from turning what is around it
  // Every second part is a mention.
  words.append(...text.split(MENTION).map((part, n) => n % 2 ? make("b", "burn-mention", part) : part));
  return words;
}

function makeHead(message, name) {
  const head = make("div", "burn-head");
  head.append(make("b", "burn-author", name));
  for (const { label, kind } of message.badges) {
    head.append(make("span", `burn-badge burn-${kind}`, label));
  }
  const time = make("time", "burn-time");
  time.dateTime = message.at;
  time.title = new Date(message.at).toLocaleString();
  head.append(time);
  return head;
}

function makeMessage(message, author, isOwn) {
  if (message.note) return make("div", `burn-note burn-${message.kind}`, message.note);
  const face = make("img", "burn-avatar");
  face.src = author.avatar;
  face.alt = "";
  const body = make("div", "burn-body");
  body.append(makeHead(message, isOwn ? "you" : author.name), makeWords(message.words));
  const bubble = make("div", "burn-message");
  bubble.append(face, body);
  return bubble;
}

function place(list, node) {
  let next = null;
  for (let last = list.lastElementChild; last?.seq > node.seq; last = last.previousElementSibling) {
    next = last;
  }
  list.insertBefore(node, next);
}

function drawMessages(list, nodes, messages, authors, viewer) {
  for (const [seq, message] of messages) {
    const name = authors.get(message.author)?.name;
    const shown = nodes.get(seq);
    if (shown?.message === message && shown.name === name) continue;
    if (!message.seq) continue; // an event that the chat doesn't show
    const content = JSON.stringify([message, name]);
    if (shown?.content === content) {
      shown.message = message;
      continue;
    }
    const author = authors.get(message.author) ?? { name: "somebody", avatar: "" };
    const node = makeMessage(message, author, message.author === viewer);
    Object.assign(node, { message, name, content, seq: message.seq });
    nodes.set(seq, node);
    if (shown) shown.replaceWith(node);
    else place(list, node);
  }
  for (const [seq, node] of nodes) {
    if (messages.get(seq)?.seq) continue;
    node.remove();
    nodes.delete(seq);
  }
}

// Messages older than the newest come with the page alone. Of those, the store can have earlier versions
// from when they were among the newest.
function listMessages(thread) {
  const older = store.rows(thread, "older");
  const before = Math.max(0, ...[...older.keys()].map(Number)) + 1;
  const newest = [...store.rows(thread, "messages")].filter(([seq]) => Number(seq) >= before);
  return new Map([...older, ...newest]);
}

// Ask the page for what the socket doesn't bring, until it comes.
function askIfLacking(chat) {
  if (!chat.isLacking || chat.timer) return;
  chat.ask();
  chat.timer = setTimeout(() => {
    chat.timer = null;
    askIfLacking(chat);
  }, ASK_AGAIN_MS);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector("div");
  const chat = chats.get(parentElement) ?? { nodes: new Map(), timer: null };
  chats.set(parentElement, chat);
  chat.isLacking = false;
  chat.ask = () => setTriggerValue("missing", Date.now());
  const forgottenAt = JSON.parse(data.tables).history.put.forgotten.at;
  const stop = followRows(component, TABLES, (isMissing) => {
    const messages = listMessages(data.thread);
    const [older, newest] = ["older_authors", "authors"].map((name) => store.rows(data.thread, name));
    drawMessages(list, chat.nodes, messages, new Map([...older, ...newest]), data.viewer);
    const own = [...messages.values()].filter((it) => it.author === data.viewer);
    const last = Math.max(0, ...[...messages.keys()].map(Number));
    returnUnsaid(data.thread, data.page, last, own);
    tick(list);
    // Words were forgotten: messages older than those that the socket brings may have had them, too.
    const isForgotten = store.rows(data.thread, "history").get("forgotten").at !== forgottenAt;
    chat.isLacking ||= isMissing || isForgotten;
    askIfLacking(chat);
  });
  stayAtEnd(list);
  return () => {
    chat.isLacking = false;
    stop();
  };
}
