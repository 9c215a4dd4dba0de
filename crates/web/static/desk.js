// Pages on which somebody decides or writes: keys, text that is never lost, and verdicts as one types.
// All of it works without this file, with the mouse and without the verdicts.

const isTyping = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Presses what has this key: a button, a link, or a fold whose first field then has the cursor. */
function press(key) {
  const place = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!place) return false;
  if (place.tagName === "SUMMARY") {
    place.parentElement.open = true;
    const field = place.parentElement.querySelector("textarea, input:not([type=hidden])");
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  } else {
    place.click();
  }
  return true;
}

/** Rows of a list: j and k go, J and K take the row along, Enter opens it, e edits it. */
function onRow(event) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return false;
  const row = document.activeElement?.closest?.("[data-row]");
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = rows[rows.indexOf(row) + step] ?? (row ? null : rows[0]);
    next?.focus();
    return true;
  }
  const part = { J: "[data-down]", K: "[data-up]", e: "[data-edit]" }[event.key];
  const found = part && row?.querySelector(part);
  if (!found) return false;
  found.click();
  if (event.key === "e") found.parentElement.querySelector("textarea")?.focus();
  return true;
}

let wasG = 0;
function onKey(event) {
  if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
    return;
  }
  // A key that is held down says it once, and nothing is pressed behind an open dialog.
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key !== "?" && document.querySelector("dialog[open]")) return;
  const isAfterG = Date.now() - wasG < 1000;
  wasG = 0;
  if (isAfterG) {
    const place = document.querySelector(`[data-keys="g ${CSS.escape(event.key)}"]`);
    if (place) {
      event.preventDefault();
      place.click();
    }
    return;
  }
  if (event.key === "g") wasG = Date.now();
  else if (event.key === "?") help();
  else if (onRow(event) || press(event.key)) event.preventDefault();
}

const KEYS = "keys";
const areKeysOff = () => localStorage.getItem(KEYS) === "off";
/** Single keys can be in the way of who speaks to the machine (WCAG 2.1.4): then no page of ours hears them. */
function hush(event) {
  const isSingle = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isSingle && areKeysOff() && !isTyping(event.target)) event.stopImmediatePropagation();
}

/** The switch for them, in the settings. */
function keySwitch() {
  const show = () => { document.documentElement.dataset.keys = areKeysOff() ? "off" : "on"; };
  show();
  const box = document.getElementById("single-keys");
  if (!box) return;
  box.closest("section").hidden = false;
  box.checked = !areKeysOff();
  box.addEventListener("change", () => {
    localStorage.setItem(KEYS, box.checked ? "on" : "off");
    show();
  });
}

/** The keys of this page. */
function help() {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.setAttribute("aria-label", "Keys of this page");
    const list = document.createElement("dl");
    const add = (keys, words) => {
      const [name, meaning] = [document.createElement("dt"), document.createElement("dd")];
      name.textContent = keys;
      meaning.textContent = words;
      list.append(name, meaning);
    };
    for (const one of document.querySelectorAll("[data-key]")) add(one.dataset.key, one.firstChild.textContent.trim());
    for (const one of document.querySelectorAll("[data-keys]")) add(one.dataset.keys, one.textContent.trim());
    if (document.querySelector("[data-row]")) add("j k", "down and up the rows");
    if (document.querySelector("[data-up]")) add("J K", "take a row down or up");
    if (document.querySelector("[data-edit]")) add("e", "edit the row");
    add("?", "these keys");
    dialog.append(list);
    dialog.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
  }
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

const SENT = "sent";
/** What was sent is forgotten only when a page says that something was done; a refusal is no reason to. */
function forgetWhatWasTaken() {
  const sent = sessionStorage.getItem(SENT);
  if (!sent) return;
  if (document.querySelector("[data-done]")) localStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

/** What is typed survives a reload, a log-out and a refusal. */
function keep(field) {
  const name = `typed:${field.dataset.keep}`;
  const kept = localStorage.getItem(name);
  if (kept !== null && kept !== field.value) {
    field.value = kept;
    const fold = field.closest("details");
    if (fold) fold.open = true;
  }
  field.addEventListener("input", () => localStorage.setItem(name, field.value));
  field.form.addEventListener("submit", () => sessionStorage.setItem(SENT, name));
}

/** What review says, a moment after the last letter. */
function judge(field) {
  const place = field.form.querySelector(".trial");
  let timer = null;
  let running = null;
  const ask = async () => {
    running?.abort();
    running = new AbortController();
    const body = new URLSearchParams({ text: field.value, csrf: field.form.elements.csrf.value });
    try {
      const answer = await fetch(field.dataset.try, { method: "POST", body, signal: running.signal });
      if (!answer.ok) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      place.replaceChildren(...part.childNodes);
    } catch {
      // Another letter came, or the line is away: the answer to the form itself says it all.
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
  field.closest("details")?.addEventListener("toggle", (event) => event.target.open && ask());
}

addEventListener("keydown", hush, { capture: true });
document.addEventListener("keydown", onKey);
keySwitch();
forgetWhatWasTaken();
for (const field of document.querySelectorAll("[data-keep]")) keep(field);
for (const field of document.querySelectorAll("[data-try]")) judge(field);
// A row that was moved keeps the cursor.
if (/^#post-[0-9]+$/.test(location.hash)) document.querySelector(`[data-row]${location.hash}`)?.focus();
