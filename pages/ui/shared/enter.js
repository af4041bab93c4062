// What a browser does to enter: it exchanges its ticket for a cookie, which no script can set, and
// then shows that the cookie arrives. Once its person is signed in, it loads the page again, because
// the page's connection still has the cookie from before; and so do its other tabs that ask for a
// name.

const ENTERED_AT = "burn_entered_at";
let sent = "";

async function bringCookie(ticket) {
  const given = await fetch("/enter", { method: "POST", headers: { "burn-ticket": ticket } });
  if (!given.ok) return given.status;
  return (await fetch("/entered", { method: "POST" })).status;
}

function tellOtherTabs() {
  try {
    localStorage.setItem(ENTERED_AT, Date.now());
  } catch { /* no storage here, so they stay as they are */ }
}

function hasEnteredSince(time) {
  try {
    return Number(localStorage.getItem(ENTERED_AT)) > time;
  } catch {
    return false;
  }
}

addEventListener("storage", (event) => {
  if (event.key === ENTERED_AT) location.reload();
});

export default function ({ data, setTriggerValue }) {
  if (data.is_done) {
    tellOtherTabs();
    location.reload();
  } else if (data.ticket && data.ticket !== sent) {
    sent = data.ticket;
    bringCookie(data.ticket).then(
      (status) => setTriggerValue("answered", status),
      () => setTriggerValue("answered", 0),
    );
  } else if (!data.ticket && hasEnteredSince(performance.timeOrigin)) {
    location.reload();
  }
}
