// While Burn can't be reached, one line says so. Streamlit's own dialog would cover what people are
// typing, and speaks to developers: it stays hidden.

const AWAY_MS = 2000; // most interruptions are shorter
const AWAY = "Burn can't be reached. It goes on by itself as soon as it can, and what you have typed stays here.";
const ASKING = "Live updates don't get through to this browser: perhaps a proxy in between doesn't pass on websockets, "
  + "or the header Host. The page asks every few seconds instead.";
let awayTimer = null;
let awayLine = null;

function hideStreamlitsDialog() {
  for (const dialog of document.querySelectorAll('[data-testid="stDialog"]')) {
    if (dialog.textContent.startsWith("Connection error")) dialog.style.display = "none";
  }
}

const dialogs = globalThis.MutationObserver && new MutationObserver(hideStreamlitsDialog);

async function isServed(site) {
  try {
    return (await fetch(`${site}/_stcore/health`)).ok;
  } catch {
    return false;
  }
}

function isAway() {
  return awayLine !== null;
}

// site is where Burn is on its host. Once the line is shown, callback is called.
function noteAway(site, callback) {
  if (awayTimer || awayLine) return;
  dialogs?.observe(document.body, { childList: true, subtree: true });
  awayTimer = setTimeout(async () => {
    const noAnswer = new Promise((resolve) => setTimeout(resolve, AWAY_MS, false));
    const words = (await Promise.race([isServed(site), noAnswer])) ? ASKING : AWAY;
    if (!awayTimer) return; // it came back meanwhile
    awayTimer = null;
    awayLine = document.createElement("div");
    awayLine.className = "burn-away";
    awayLine.setAttribute("role", "status");
    awayLine.textContent = words;
    document.body.append(awayLine);
    callback();
  }, AWAY_MS);
}

function noteBack() {
  clearTimeout(awayTimer);
  awayTimer = null;
  awayLine?.remove();
  awayLine = null;
}
