// What a browser does to enter: it exchanges its ticket for a cookie, which no script can set, and
// then shows that the cookie arrives. Once its person is signed in, it loads the page again, because
// the page's connection still has the cookie from before; and so do its other tabs that ask for a
// name.

const ENTERED_AT = "burn_entered_at";
const ASKED_FOR = "burn_asked_for"; // this tab's address before it went to a provider of sign-ins
let sent = "";

async function bringCookie({ site, ticket }) {
  const given = await fetch(`${site}/enter`, { method: "POST", headers: { "burn-ticket": ticket } });
  if (!given.ok) return given.status;
  return (await fetch(`${site}/entered`, { method: "POST" })).status;
}

function tellOtherTabs() {
  try {
    localStorage.setItem(ENTERED_AT, Date.now());
  } catch { /* no storage here, so they stay as they are */ }
}

function hasEnteredSince(time) {
  try {
    const enteredAt = Number(localStorage.getItem(ENTERED_AT));
    return enteredAt > time && enteredAt <= Date.now(); // unless the clock has been set back
  } catch {
    return false;
  }
}

addEventListener("storage", (event) => {
  if (event.key === ENTERED_AT) location.reload();
});

function keepAddress() {
  try {
    sessionStorage.setItem(ASKED_FOR, location.href);
  } catch { /* then it comes back to the first page */ }
}

function loadAgain() {
  let address = null;
  try {
    address = sessionStorage.getItem(ASKED_FOR);
    sessionStorage.removeItem(ASKED_FOR);
  } catch { /* there is none */ }
  if (address && address !== location.href) location.replace(address);
  else location.reload();
}

export default function ({ data, setTriggerValue }) {
  if (data.is_done) {
    tellOtherTabs();
    loadAgain();
  } else if (data.ticket && data.ticket !== sent) {
    sent = data.ticket;
    bringCookie(data).then(
      (status) => setTriggerValue("answered", status),
      () => setTriggerValue("answered", 0),
    );
  } else if (!data.ticket && hasEnteredSince(performance.timeOrigin)) {
    location.reload();
  } else if (!data.ticket && !data.is_from_provider) {
    keepAddress();
  }
}
