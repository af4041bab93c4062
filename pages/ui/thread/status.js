// The line under the chat that says what the agents are doing. store.js and follow.js come before this
// file.

const PLAYING = "The understudy is playing: rules, no API key. To have Claude play, set ";

function endSentence(words) {
  return `${(words || "no reason was given").replace(/\.+$/, "")}.`;
}

// As a clock shows it, with its date unless that is today.
function describeMoment(text) {
  const moment = new Date(text);
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const isToday = moment.toDateString() === new Date().toDateString();
  return moment.toLocaleString("en-GB", isToday ? clock : { day: "numeric", month: "short", ...clock });
}

function describeFailure(agent) {
  const when = agent.wakes_at ? `at ${describeMoment(agent.wakes_at)}` : "soon";
  return `${agent.name} couldn't answer: ${endSentence(agent.error)} Nothing is lost: ${agent.name} `
    + `tries again ${when}, or within half a minute of something new happening here.`;
}

function describeCutOff(agents) {
  const cutOff = agents.filter((it) => it.cut_off_since);
  if (!cutOff.length) return "";
  const since = cutOff.map((it) => it.cut_off_since).sort()[0];
  const failed = cutOff.filter((it) => it.status === "failed");
  const last = failed.sort((a, b) => a.started_at.localeCompare(b.started_at)).at(-1);
  return `The agents can't reach their model (since ${describeMoment(since)}). They go on by `
    + `themselves once it is back.${last ? ` Last time: ${endSentence(last.error)}` : ""}`;
}

function describeCaps(agents) {
  const met = agents.filter((it) => it.waits_for && it.wakes_at);
  const words = met.map((it) => `${it.waits_for} The agents go on at ${describeMoment(it.wakes_at)}.`);
  return [...new Set(words)].sort();
}

function describeThinking({ name, error }) {
  return `${name} is thinking…${error ? ` (${endSentence(error)} Trying again.)` : ""}`;
}

export function listLines(agents, model) {
  const lines = agents
    .filter((it) => it.status === "failed" && !it.cut_off_since)
    .map((it) => ["failed", describeFailure(it)]);
  for (const words of [describeCutOff(agents), ...describeCaps(agents)]) {
    if (words) lines.push(["quiet", words]);
  }
  const thinking = agents.filter((it) => it.status === "running").map(describeThinking);
  // Always one line, so that nothing moves when an agent starts to think.
  lines.push([thinking.length ? "thinking" : "quiet", thinking.join("  ·  ") || "\u00a0"]);
  if (model === "understudy") lines.push(["playing", PLAYING]);
  return lines;
}

function makeLine([kind, words]) {
  if (kind === "failed") {
    const line = make("p", kind, words);
    line.setAttribute("role", "alert");
    return line;
  }
  if (kind !== "playing") return make("p", kind, words);
  return make("p", "quiet", words, make("code", "", "ANTHROPIC_API_KEY"), " and restart Burn.");
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector("section");
  let shown = "";
  return followRows(component, ["agents", "model"], () => {
    const agents = byOrder(store.rows(data.thread, "agents"));
    const model = store.rows(data.thread, "model").get("playing")?.name;
    const lines = listLines(agents, model);
    const now = JSON.stringify(lines);
    if (now === shown) return;
    shown = now;
    root.replaceChildren(...lines.map(makeLine));
  });
}
