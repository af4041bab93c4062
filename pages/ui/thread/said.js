// What somebody has said and the chat doesn't show yet. A web process that dies takes along what it
// had not written down: then the words go back to where they were typed.

const SAID_MS = 60_000; // what hasn't come by then was refused, and is in the box already
let said = []; // {words, thread, page, seq, at}, oldest first
const AGAIN_MS = 500; // a redrawn box is empty
let lost = ""; // what goes back, until somebody types
let drawn = {}; // {thread, page: which session of which web process drew it, seq: of the newest event}

function findBox() {
  return document.querySelector('[data-testid="stChatInputTextArea"]');
}

function noteSaid() {
  const words = findBox()?.value.trim();
  lost = "";
  if (!words) return;
  said.push({ words, ...drawn, at: Date.now() });
  goToEnd();
}

document.addEventListener("keydown", (event) => {
  const isSent = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (event.target !== findBox()) return;
  lost = ""; // typing means that they have seen it
  if (isSent) noteSaid();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-testid="stChatInputSubmitButton"]')) noteSaid();
}, true);

// A session's first chat has all messages. What is missing there never arrived.
function returnUnsaid(thread, page, seq, ownMessages) {
  drawn = { thread, page, seq };
  said = said.filter((it) => it.thread === thread && Date.now() - it.at < SAID_MS);
  const waiting = said.filter((it) => !hasArrived(it, ownMessages));
  said = waiting.filter((it) => it.page === page);
  lost ||= waiting.filter((it) => it.page !== page).map((it) => it.words).join("\n");
  putBack(10);
}

// Words arrive after they are said, and each message is one time that they were said.
function hasArrived({ words, seq }, ownMessages) {
  const message = ownMessages.find((it) => it.words?.trim() === words && it.seq > seq);
  if (!message) return false;
  for (const it of said) {
    if (it.words === words) it.seq = Math.max(it.seq, message.seq);
  }
  return true;
}

function putBack(times) {
  const box = findBox();
  if (!lost || !times) {
    lost = "";
    return;
  }
  const isMissing = box && !box.value.includes(lost);
  if (isMissing) {
    const words = [lost, box.value].filter(Boolean).join("\n");
    // As if it were typed: React hears of no other change.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, words);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  setTimeout(putBack, AGAIN_MS, isMissing ? 10 : times - 1);
}
