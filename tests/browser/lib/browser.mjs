// Chromium, and what no page of ours may ever do in it: say an error, break the content policy, ask
// another host, open a dialog.

import fs from "node:fs";

import { chromium } from "playwright-core";

/** Debian's first; Ubuntu's machines have Chrome. */
const PLACES = [
  process.env.FLOCKWORK_TEST_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].filter(Boolean);

/** It runs as root in containers with little shared memory, and must ask nobody for updates. */
const FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A step that takes longer has failed. */
const STEP_MS = 15_000;

export async function launch() {
  const executablePath = PLACES.find((place) => fs.existsSync(place));
  if (!executablePath) throw new Error(`no Chromium at ${PLACES.join(", ")}`);
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Says what only the page itself can see, where everything else is said. */
function tellViolations() {
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

/** Somebody with a browser of their own: nothing of it is shared with others. */
export class Visitor {
  faults = [];
  #expected = [];

  /** `options` are those of a Playwright context. */
  static async at(address, browser, options = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({
      baseURL: address,
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
      ...options,
    });
    visitor.context.setDefaultTimeout(STEP_MS);
    visitor.#watch(new URL(address).host);
    await visitor.context.addInitScript(tellViolations);
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  #watch(host) {
    const fault = (text) => this.faults.push(`${this.page?.url()}: ${text}`);
    this.context.on("console", (message) => {
      if (message.type() === "error" || /content security policy/i.test(message.text())) fault(message.text());
    });
    this.context.on("weberror", (error) => fault(String(error.error())));
    this.context.on("dialog", (dialog) => {
      fault(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    this.context.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.host !== host) fault(`asked ${url}`);
    });
  }

  /** A refusal that the story is about: Chromium says it as an error. */
  expects(pattern) {
    this.#expected.push(pattern);
  }

  /** Fails where a page did what none may. */
  check() {
    const found = this.faults.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
    if (found.length > 0) throw new Error(`the browser saw:\n  ${found.join("\n  ")}`);
  }

  close() {
    return this.context.close();
  }
}
