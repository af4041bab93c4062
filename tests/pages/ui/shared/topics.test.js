const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("../load.js");

test("a tab names the topics of the parts with the fewest first, each once", async () => {
  const sent = [];
  class WebSocket {
    static OPEN = 1;
    readyState = WebSocket.OPEN;
    send(text) {
      sent.push(JSON.parse(text));
    }
  }
  Object.assign(globalThis, {
    WebSocket,
    document: { addEventListener() {} },
    location: { protocol: "http:", host: "burn.test", search: "" },
  });
  const { default: component } = await load("shared/live.js");
  const follow = (...topics) =>
    component({
      data: { topics, have: 0, wait_ms: 0 },
      parentElement: {},
      setTriggerValue() {},
    });
  follow("users:1", "threads:1", "threads:2", "events:1", "events:2");
  follow("visits:1", "events:1");
  follow("sessions:1");
  assert.deepEqual(sent.at(-1), [
    ...["sessions:1", "visits:1", "events:1"],
    ...["users:1", "threads:1", "threads:2", "events:2"],
  ]);
});
