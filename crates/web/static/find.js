// The field of the header: Ctrl-K goes there, hits appear as one types, arrows and Enter choose.
// Without this file the same field leads to a page of its own.

const form = document.getElementById("find");
const field = form?.querySelector("input");
const list = document.getElementById("found");

const links = () => [...list.querySelectorAll("a")];

function close() {
  list.hidden = true;
}

/** Moves among the field and the hits; the ends meet. */
function move(step) {
  const stops = [field, ...links()];
  const at = stops.indexOf(document.activeElement);
  stops[(at + step + stops.length) % stops.length].focus();
}

let running = null;
async function ask() {
  running?.abort();
  running = new AbortController();
  try {
    const address = `/find?${new URLSearchParams({ q: field.value })}`;
    const answer = await fetch(address, { signal: running.signal });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const hits = page.getElementById("hits")?.childNodes ?? [];
    list.replaceChildren(...hits);
    list.hidden = false;
  } catch {
    // Another letter came, or the line is away: Enter asks the page itself.
  }
}

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    field.focus();
    field.select();
  }
}

function onKeyInside(event) {
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Escape") {
    close();
    field.blur();
  } else if (event.key === "Enter" && event.target === field && field.value && !list.hidden) {
    const first = links()[0];
    if (!first) return;
    first.click();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

if (field) {
  let timer = null;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("focus", ask);
  form.addEventListener("keydown", onKeyInside);
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
  document.addEventListener("keydown", onKey);
}
