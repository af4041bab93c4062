// Times on the page in words, "2 min. ago", which stay true while nothing is drawn again.

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

function describe(date) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", 0];
  return unit === "second" ? "now" : words.format(Math.ceil(seconds / length), unit);
}

function tick() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    const text = describe(date);
    if (time.textContent === text) continue;
    time.title = date.toLocaleString();
    time.textContent = text;
  }
}

let started = false;

export default function () {
  if (started) return;
  started = true;
  tick();
  setInterval(tick, 10_000);
  // New messages, before they are painted.
  new MutationObserver(tick).observe(document.body, { childList: true, subtree: true });
}
