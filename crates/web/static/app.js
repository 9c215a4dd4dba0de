// Keeps an open overview live. Everything works without it; the page then reloads itself.
//
// The server sends whole parts, rendered by the templates that made the page. They replace the
// element of the same id. A row that moved slides from where it stood, unless motion is not wanted.

const MOVE_MS = 200;
const COME_BACK_MS = 10_000;
const board = document.getElementById("board");
const line = document.getElementById("line");

// What the server's clock says, from what it said when it rendered the page.
const clock = document.getElementById("clock");
const rendered = clock?.querySelector("time");
const skew = rendered ? Date.parse(rendered.dateTime) - Date.now() : 0;
const now = () => Date.now() + skew;

/** `in 42 s`, `3 min ago`; `component/time.rs` says the same. */
function relative(at, form) {
  const seconds = Math.trunc((at - now()) / 1000);
  const n = Math.abs(seconds);
  const near =
    n < 60 ? `${n} s`
    : n < 3600 ? `${Math.floor(n / 60)} min`
    : n < 86400 ? `${Math.floor(n / 3600)} h`
    : `${Math.floor(n / 86400)} d`;
  if (form === "over") return `over ${near}`;
  if (n === 0) return "now";
  return seconds > 0 ? `in ${near}` : `${near} ago`;
}

function tick() {
  if (rendered) rendered.textContent = new Date(now()).toISOString().slice(11, 19);
  for (const time of document.querySelectorAll("time[data-live]")) {
    const words = relative(Date.parse(time.dateTime), time.dataset.live);
    if (time.textContent !== words) time.textContent = words;
  }
}

/** Where each slot stands now. */
function places() {
  const rows = board.querySelectorAll("[data-slot]");
  return new Map([...rows].map((row) => [row.dataset.slot, row.getBoundingClientRect()]));
}

/** Lets rows slide from where they stood before; new ones fade in. */
function slide(before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || before.size === 0) return;
  for (const row of board.querySelectorAll("[data-slot]")) {
    const from = before.get(row.dataset.slot);
    const to = row.getBoundingClientRect();
    const timing = { duration: MOVE_MS, easing: "ease-out" };
    if (!from) {
      row.animate([{ opacity: 0 }, { opacity: 1 }], timing);
    } else if (from.x !== to.x || from.y !== to.y) {
      const start = `translate(${from.x - to.x}px, ${from.y - to.y}px)`;
      row.animate([{ transform: start }, { transform: "none" }], timing);
    }
  }
}

function replace(id, html) {
  const old = document.getElementById(id);
  const parsed = new DOMParser().parseFromString(html, "text/html").getElementById(id);
  if (!old || !parsed) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const index = focused ? [...old.querySelectorAll("a, button")].indexOf(focused) : -1;
  old.replaceWith(document.adoptNode(parsed));
  if (index >= 0) parsed.querySelectorAll("a, button")[index]?.focus({ preventScroll: true });
}

/** Somebody is selecting text in this part: it is shown later. */
function isSelecting(id) {
  const selection = getSelection();
  return !selection.isCollapsed && document.getElementById(id)?.contains(selection.anchorNode);
}

const held = new Map();
function show(parts) {
  for (const [id, html] of Object.entries(parts)) held.set(id, html);
  const before = places();
  for (const [id, html] of held) {
    if (isSelecting(id)) continue;
    replace(id, html);
    held.delete(id);
  }
  tick();
  slide(before);
}

/** Parts that only this page has are asked for anew when something on the board changed. */
let isAsking = false;
async function follow() {
  const parts = document.querySelectorAll("[data-follow]");
  if (parts.length === 0 || isAsking || document.hidden) return;
  isAsking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const html = await answer.text();
    for (const part of parts) if (!isSelecting(part.id)) replace(part.id, html);
    tick();
  } catch {
    // The line is away; the next event asks again.
  } finally {
    isAsking = false;
  }
}

let stream = null;
let retry = null;
function listen() {
  clearTimeout(retry);
  if (stream || document.hidden) return;
  stream = new EventSource("/events");
  stream.addEventListener("open", () => { line.hidden = true; });
  stream.addEventListener("board", (event) => {
    show(JSON.parse(event.data));
    follow();
  });
  stream.addEventListener("error", () => {
    line.hidden = false;
    line.textContent = "not live; trying again";
    if (stream?.readyState !== EventSource.CLOSED) return;
    stop();
    retry = setTimeout(listen, COME_BACK_MS);
  });
}
function stop() {
  stream?.close();
  stream = null;
}

function theme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const kept = localStorage.getItem("theme");
  if (kept) root.dataset.theme = kept;
  button.hidden = false;
  button.addEventListener("click", () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
}

theme();
if (board) {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
  document.addEventListener("selectionchange", () => { if (held.size > 0) show({}); });
  listen();
}
