import assert from "node:assert/strict";
import test from "node:test";
import { loadAll } from "./dom.js";

const NOW = Date.UTC(2026, 0, 10, 12);
const SECONDS = { minute: 60, hour: 3600, day: 86400 };

for (const [ago, words] of [
  [0, "now"],
  [59, "now"],
  [-30, "now"], // the server's clock is ahead
  [SECONDS.minute, "1 min. ago"],
  [2 * SECONDS.minute - 1, "1 min. ago"],
  [59 * SECONDS.minute, "59 min. ago"],
  [SECONDS.hour, "1 hr. ago"],
  [23 * SECONDS.hour, "23 hr. ago"],
  [SECONDS.day, "yesterday"],
  [3 * SECONDS.day + 1, "3 days ago"],
]) {
  test(`${ago} seconds ago is "${words}"`, async () => {
    const { describeTime } = await loadAll("shared/time.js");
    assert.equal(describeTime(new Date(NOW - ago * 1000), NOW), words);
  });
}
