// A chat's messages. They are added as text, so nothing in them is read as markup. A run sends the
// newest messages, and only new or changed ones are built: the rest of the page stays as it is.
// time.js comes before this file.

const chats = new WeakMap(); // parent element -> {nodes: Map of seq -> node, to: newest seq seen}
const MENTION = /(?<![\w@])(@[a-z0-9_-]{2,16})/i;

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

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

export default function ({ data, parentElement, setTriggerValue }) {
  const { first, from, to, is_all, authors, messages } = JSON.parse(data.chat);
  const list = parentElement.querySelector("div");
  const chat = chats.get(parentElement) ?? { nodes: new Map(), to: first - 1 };
  chats.set(parentElement, chat);
  // Messages are missing: more came at once than a run sends, or there are none here yet.
  if (from > chat.to + 1 && !is_all) return setTriggerValue("gap", from);
  for (const message of messages) {
    const author = authors[message.author];
    const isOwn = message.author === data.viewer;
    const content = JSON.stringify([message, author.name, isOwn]);
    const shown = chat.nodes.get(message.seq);
    if (shown?.content === content) continue;
    const node = makeMessage(message, author, isOwn);
    Object.assign(node, { content, seq: message.seq });
    chat.nodes.set(message.seq, node);
    if (shown) shown.replaceWith(node);
    else place(list, node);
  }
  chat.to = Math.max(chat.to, to);
  tick(list);
}
