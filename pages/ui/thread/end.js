// The page stays at its end while messages come, unless somebody has scrolled up to read. On the
// projector, the chat has a place of its own, whose end the styles keep.

const NEAR_END = 80; // pixels
const ends = new Map(); // element -> a function that goes to the end of its page

// Whatever changes the page's height: a message, a line of status, a picture that has arrived.
function stayAtEnd(element) {
  const page = element.closest('[data-testid="stMain"]');
  if (!page || ends.has(element) || element.closest(".st-key-projector")) return;
  let isAtEnd = true;
  let top = 0;
  const goThere = () => {
    isAtEnd = true;
    page.scrollTop = page.scrollHeight;
  };
  // The page may have grown since it was at its end: only who scrolls up leaves the end.
  const look = () => {
    if (page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_END) isAtEnd = true;
    else if (page.scrollTop < top) isAtEnd = false;
    top = page.scrollTop;
  };
  const sizes = new ResizeObserver(() => {
    if (!element.isConnected) {
      sizes.disconnect();
      ends.delete(element);
      page.removeEventListener("scroll", look);
    } else if (isAtEnd) {
      goThere();
    }
  });
  ends.set(element, goThere);
  page.addEventListener("scroll", look, { passive: true });
  for (const part of [page, ...page.children]) sizes.observe(part);
}

// Who says something in this tab wants to see it.
function goToEnd() {
  for (const goThere of ends.values()) goThere();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".st-key-shortcuts-row button")) goToEnd();
}, true);
