// The thread's agents, and what each does. store.js and follow.js come before this file.

const STATES = {
  running: ["thinking", "orange"],
  failed: ["failed", "red"],
  due: ["about to read", "blue"],
  waiting: ["waiting", "gray"],
  asleep: ["asleep", "gray"],
};

export function findState({ status, is_due: isDue, wakes_at: wakesAt, cut_off_since: cutOffSince }) {
  if (status === "running" || status === "failed") return STATES[status];
  if (!isDue) return STATES.asleep;
  return wakesAt || cutOffSince ? STATES.waiting : STATES.due;
}

function makeLine(agent) {
  const [state, color] = findState(agent);
  const line = make("li");
  line.append(
    make("b", "", agent.name), " ", make("span", color, state), " ", agent.error || agent.reason,
  );
  return line;
}

export default function (component) {
  const { data, parentElement } = component;
  const list = parentElement.querySelector("ul");
  let shown = "";
  return followRows(component, ["agents"], () => {
    const agents = byOrder(store.rows(data.thread, "agents"));
    const now = JSON.stringify(agents);
    if (now === shown) return;
    shown = now;
    const lines = agents.map(makeLine);
    list.replaceChildren(...(lines.length ? lines : [make("li", "", "This thread has no agents.")]));
  });
}
