// Moving slots of the calendar: with the mouse, or with Shift and the arrows. Before one is let go the
// server says what would clash there. Without this file each slot has a form on its own page.

const page = document.getElementById("calendar");
const mover = document.getElementById("mover");
const clash = document.getElementById("clash");
const STEP_MIN = 15;

const pad = (n) => String(n).padStart(2, "0");
/** A civil time as a number of minutes, and back: no zone has a say in it. */
const minutes = (local) => {
  const [day, time] = local.split("T");
  const [hour, minute] = time.split(":").map(Number);
  return Date.parse(`${day}T00:00Z`) / 60000 + hour * 60 + minute;
};
const civil = (at) => {
  const day = new Date(at * 60000);
  return `${day.toISOString().slice(0, 10)}T${pad(day.getUTCHours())}:${pad(day.getUTCMinutes())}`;
};

let asking = null;
/** What would clash if this slot were due then. */
async function look(chip, to) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ to, zone: page.dataset.zone });
  clash.hidden = false;
  try {
    const answer = await fetch(`/calendar/${chip.dataset.slot}/clash?${query}`, { signal: asking.signal });
    if (!answer.ok) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    clash.replaceChildren(...part.childNodes);
  } catch {
    // Another place is asked about by now.
  }
}

function letGo(chip, to) {
  mover.action = `/calendar/${chip.dataset.slot}/move`;
  mover.elements.to.value = to;
  mover.elements.was.value = chip.dataset.due;
  mover.requestSubmit();
}

function leave() {
  asking?.abort();
  clash.hidden = true;
  for (const cell of page.querySelectorAll(".over")) cell.classList.remove("over");
}

/** Where a slot comes to when it is dropped on a cell. */
function target(chip, cell) {
  const local = chip.dataset.local;
  if (page.dataset.view !== "day") return `${cell.dataset.date}T${local.slice(11)}`;
  const from = new Date(cell.dataset.from);
  from.setUTCMinutes(from.getUTCMinutes() + Number(local.slice(14, 16)));
  return from.toISOString();
}

let dragged = null;
function onDragStart(event) {
  dragged = event.target.closest("[data-movable]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.slot);
}
function onDragOver(event) {
  const cell = event.target.closest(".cell");
  if (!dragged || !cell) return;
  event.preventDefault();
  if (cell.classList.contains("over")) return;
  leave();
  cell.classList.add("over");
  look(dragged, target(dragged, cell));
}
function onDrop(event) {
  const cell = event.target.closest(".cell");
  if (!dragged || !cell) return;
  event.preventDefault();
  const home = dragged.closest(".cell");
  if (cell !== home) letGo(dragged, target(dragged, cell));
  dragged = null;
  leave();
}

let held = null;
function onKey(event) {
  const chip = document.activeElement?.closest?.("[data-movable]");
  if (held && event.key === "Escape") {
    held.chip.classList.remove("held");
    held = null;
    leave();
    event.preventDefault();
    return;
  }
  if (held && event.key === "Enter") {
    event.preventDefault();
    letGo(held.chip, civil(held.at));
    return;
  }
  if (!chip || !event.shiftKey) return;
  const isMonth = page.dataset.view === "month";
  const day = 24 * 60;
  const steps = {
    ArrowLeft: page.dataset.view === "day" ? -60 : -day,
    ArrowRight: page.dataset.view === "day" ? 60 : day,
    ArrowUp: isMonth ? -7 * day : -STEP_MIN,
    ArrowDown: isMonth ? 7 * day : STEP_MIN,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  if (held?.chip !== chip) {
    held?.chip.classList.remove("held");
    held = { chip, at: minutes(chip.dataset.local) };
    chip.classList.add("held");
  }
  held.at += step;
  look(chip, civil(held.at));
}

if (page && mover) {
  for (const chip of page.querySelectorAll("[data-movable]")) chip.draggable = true;
  for (const link of page.querySelectorAll("[data-movable] a")) link.draggable = false;
  page.addEventListener("dragstart", onDragStart);
  page.addEventListener("dragover", onDragOver);
  page.addEventListener("drop", onDrop);
  page.addEventListener("dragend", () => { dragged = null; leave(); });
  document.addEventListener("keydown", onKey);
}
