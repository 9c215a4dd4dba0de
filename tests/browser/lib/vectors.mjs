// What strangers try: a text a line in `vectors.txt`, each of which calls `xss()`, opens a dialog, asks
// xss.example, or makes our page something else where a page lets it.

import fs from "node:fs";

export const VECTORS = fs.readFileSync(new URL("../vectors.txt", import.meta.url), "utf8").split("\n").filter(Boolean);

const WORDS =
  "wren otter basin pilot gravel lantern mussel harbour ledger thistle copper anchor willow barge kettle heron signal pebble rudder saffron timber velvet walnut yonder cinder meadow quartz ribbon".split(" ");

/** A text with that vector in it, unlike all others, so that review does not take them for copies. */
export function posted(vector, index) {
  const word = (step) => WORDS[(index * step + Math.floor(index / WORDS.length)) % WORDS.length];
  return `No. ${index}: ${[3, 5, 9, 11, 13, 17].map(word).join(" ")} ${vector}`;
}

/** Parts of a list of at most so many. */
export const parts = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

/** For a page's first script: what a vector calls that got through. */
export function plantHook() {
  globalThis.xss = () => console.error(`XSS: a vector ran at ${location.href}`);
}

/** What no page of ours has, whoever wrote the texts on it. */
export function foreignParts() {
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    const say = (what) => found.push(`${what}: ${one.outerHTML.slice(0, 200)}`);
    if (/^(IFRAME|OBJECT|EMBED|BASE|FRAMESET|MARQUEE|TEMPLATE|PLAINTEXT)$/i.test(one.tagName)) say("an element");
    if (one.tagName === "SCRIPT" && !one.getAttribute("src")?.startsWith("/static/")) say("a script");
    if (one.tagName === "META" && one.httpEquiv) say("a meta");
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on") || name === "srcdoc") say(`an attribute ${name}`);
      if (/^(href|src|action|formaction|xlink:href|data|poster|srcset)$/.test(name) && !/^(\/(?!\/)|#|\?|https?:\/\/(?!xss\.example)|$)/.test(value)) say(`an address ${value}`);
    }
  }
  return found;
}
