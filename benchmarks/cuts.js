// Tabs without a page: each has the store and the live socket that browsers have, in a thread of its own.
// A line of standard input with {source, host, thread, cookies} opens them. To one with the names of tables, it
// prints the rows that each tab has, and how often it would have needed the page (apart).

import { createInterface } from "node:readline";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

async function runTab({ source, host, thread, cookie }) {
  const Socket = globalThis.WebSocket;
  const headers = { Cookie: cookie, Origin: `http://${host}` };
  Object.assign(globalThis, {
    document: { addEventListener() {}, querySelector: () => null, querySelectorAll: () => [],
      createElement: () => ({ setAttribute() {}, remove() {} }), body: { append() {} } },
    addEventListener() {},
    sessionStorage: { getItem: () => null, setItem() {} },
    WebSocket: class extends Socket { constructor(url) { super(url, { headers }); } },
    location: new URL(`http://${host}/?thread=${thread}`),
    fetch: async () => ({ ok: true }),
  });
  const { default: live, store } = await import(source);
  let apart = 0;
  store.follow({}, thread, ["messages"], (isMissing) => { apart += isMissing ? 1 : 0; });
  const data = { site: "", topics: [], wait_ms: 0, have: 0, rows_of: thread, own_of: null, own_rows: null };
  live({ data, parentElement: {}, setTriggerValue() {} });
  parentPort.on("message", (names) => {
    const tables = Object.fromEntries(names.map((name) => [name, Object.fromEntries(store.rows(thread, name))]));
    parentPort.postMessage({ apart, tables });
  });
}

async function runAll() {
  const lines = createInterface({ input: process.stdin });
  let tabs = [];
  for await (const line of lines) {
    const said = JSON.parse(line);
    if (said.cookies) {
      const { cookies, ...more } = said;
      tabs = cookies.map((cookie) =>
        new Worker(new URL(import.meta.url), { workerData: { ...more, cookie } }));
    } else {
      const answers = tabs.map((tab) => new Promise((resolve) => tab.once("message", resolve)));
      for (const tab of tabs) tab.postMessage(said.names);
      console.log(JSON.stringify(await Promise.all(answers)));
    }
  }
  process.exit(0);
}

if (isMainThread) await runAll();
else await runTab(workerData);
