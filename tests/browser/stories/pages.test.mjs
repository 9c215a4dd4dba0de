// What holds of every page: nobody is kept out by how it looks, it fits a telephone, its links lead
// somewhere, and none is forgotten here.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { House } from "../lib/house.mjs";
import { live, livedIn } from "../lib/lived_in.mjs";
import { SCHEMES, WIDTHS, as, graveFindings, sideways } from "../lib/looks.mjs";
import { story } from "../lib/story.mjs";
import { DEMO, DOORS, LOST, NO_PAGES, PAGES, addresses } from "../pages.mjs";

const SOURCES = fileURLToPath(new URL("../../../crates/web/src", import.meta.url));
const FIRST_PAGE_BYTES_MAX = 100 * 1024;

/** Patterns of the routes that answer GET, as the router's files write them; of the API its document is a page. */
function getRoutes() {
  const files = fs.readdirSync(SOURCES, { recursive: true, withFileTypes: false });
  const found = new Set();
  for (const name of files.filter((name) => name.endsWith(".rs") && !name.startsWith("api"))) {
    const text = fs.readFileSync(`${SOURCES}/${name}`, "utf8");
    for (const part of text.split(".route(").slice(1)) {
      const [, pattern, handlers] = /^\s*"([^"]+)",([^;]*)/.exec(part) ?? [];
      const isPage = pattern === "/api/docs" || !pattern?.startsWith("/api/");
      if (pattern && /\bget\(/.test(handlers) && isPage) found.add(pattern);
    }
  }
  return [...found].sort();
}

const known = () => Object.keys({ ...PAGES, ...DOORS, ...DEMO, ...NO_PAGES }).sort();

/** Whether an address is one of a pattern. */
const is = (pattern, path) => new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path);

test("every route is a page of the list, or is said to be none", () => {
  assert.ok(getRoutes().length > 10, "the routes are read");
  assert.deepEqual(getRoutes(), known(), "add it to tests/browser/pages.mjs");
});

/** Fails with every fault once, and where it was seen. */
function demandNone(faults) {
  const places = new Map();
  for (const [place, fault] of faults) places.set(fault, [...(places.get(fault) ?? []), place]);
  const lines = [...places].map(([fault, at]) => `${fault}\n    ${at.join(", ")}`);
  if (lines.length > 0) throw new Error(lines.join("\n"));
}

/** Every grave finding at these addresses, in both schemes and widths, and what is too wide. */
async function look(page, paths) {
  const faults = [];
  for (const path of paths) {
    await page.goto(path);
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await as(page, scheme, width);
        const findings = await graveFindings(page);
        faults.push(...findings.map((finding) => [`${path} ${scheme} ${width}`, finding]));
      }
      const wide = await sideways(page);
      if (wide) faults.push([path, `scrolls sideways: ${wide}`]);
    }
  }
  return faults;
}

story("no page keeps anybody out, and each fits a telephone", () => livedIn(), async (stage) => {
  const seen = await live(stage);
  const faults = await look(seen.owner.page, addresses(PAGES, seen));
  const stranger = await stage.visitor();
  faults.push(...(await look(stranger.page, addresses(DOORS, seen))));
  stranger.expects(/status of 404/);
  faults.push(...(await look(stranger.page, [LOST])));
  demandNone(faults);
});

story("nor does a page of the demo", () => House.demo(["--faults", "many"]), async (stage) => {
  const { page } = await stage.visitor();
  await page.goto("/");
  await page.locator("#gone .row").nth(5).waitFor();
  demandNone(await look(page, ["/", ...addresses(DEMO, {})]));
});

/** Links to one kind of page that are followed; the others are like them. */
const ALIKE_MAX = 3;

story("every link leads to a page that is known here", () => livedIn(), async (stage) => {
  const { owner } = await live(stage);
  const { page } = owner;
  const [visited, followed, waiting] = [new Set(), new Map(), ["/"]];
  while (waiting.length > 0) {
    const path = waiting.pop().split("#")[0];
    const pattern = known().find((one) => is(one, new URL(path, "http://x").pathname));
    assert.ok(pattern || path.startsWith("/api/"), `${path} is no page of the list`);
    const alike = followed.get(pattern) ?? 0;
    if (visited.has(path) || alike >= ALIKE_MAX) continue;
    visited.add(path);
    followed.set(pattern, alike + 1);
    if (!pattern || NO_PAGES[pattern]) {
      assert.ok((await page.evaluate(async (path) => (await fetch(path)).status, path)) < 400, path);
      continue;
    }
    const answer = await page.goto(path);
    assert.ok(answer.status() < 400, `${path}: ${answer.status()}`);
    waiting.push(...(await page.locator("a[href^='/']").evaluateAll((all) => all.map((one) => one.getAttribute("href")))));
  }
  for (const place of ["/calendar", "/queue", "/approvals", "/attention", "/bots", "/costs", "/settings/log"]) {
    assert.ok(followed.has(place), `no link leads to ${place}`);
  }
});

story("the first page is small, and all of it comes from here", () => House.demo(), async (stage) => {
  const visitor = await stage.visitor();
  const session = await visitor.context.newCDPSession(visitor.page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await visitor.page.goto("/");
  await visitor.page.locator("#gone .row").first().waitFor();
  assert.ok(bytes > 5_000 && bytes <= FIRST_PAGE_BYTES_MAX, `${bytes} bytes`);
  console.log(`the first page is ${bytes} bytes over the wire, in all`);
});
