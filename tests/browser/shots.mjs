// Pictures of every page, light and dark, wide and narrow: `npm run shots` puts them into `screenshots/`,
// for people to look at. `npm run pictures` makes the few small ones of `docs/pictures` anew.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Visitor, launch } from "./lib/browser.mjs";
import { settledDemo } from "./lib/demo.mjs";
import { live, livedIn } from "./lib/lived_in.mjs";
import { SCHEMES, WIDTHS, as } from "./lib/looks.mjs";
import { until } from "./lib/program.mjs";
import { Stage } from "./lib/stage.mjs";
import { DEMO, DOORS, LOST, PAGES } from "./pages.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Of a long page only so much is shown. */
const HEIGHT_MAX = 2_400;
/** What stands in the README: small, and the same page in both schemes. */
const PICTURES = { overview: ["/", 1280, 800], approvals: ["/approvals", 1280, 800] };
const PICTURE_QUALITY = 82;
/** Posts that are approved before. */
const ANSWERED = 3;

/** The same name at each run: of the route, and which of its addresses it is. */
function named(pages, seen) {
  return Object.entries(pages).flatMap(([route, at]) => {
    const name = route.replace(/[^a-z0-9]+/gi, " ").trim().replaceAll(" ", "-") || "overview";
    return at(seen).map((address, index) => [index === 0 ? name : `${name}-${index + 1}`, address]);
  });
}

async function shoot(page, folder, places) {
  for (const [name, address] of places) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        await as(page, scheme, width);
        await page.goto(address);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const size = page.viewportSize();
        await page.setViewportSize({ width, height: Math.min(Math.max(height, size.height), HEIGHT_MAX) });
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`) });
      }
    }
    console.log(address);
  }
}

/** In a house with everything in it, and in the demo. */
async function everything(browser) {
  const folder = path.join(ROOT, "screenshots");
  fs.rmSync(folder, { recursive: true, force: true });
  const house = await livedIn();
  try {
    const stage = new Stage(house, browser);
    const seen = await live(stage);
    await shoot(seen.owner.page, folder, named(PAGES, seen));
    const stranger = await stage.visitor();
    await shoot(stranger.page, folder, [...named(DOORS, seen), ["lost", LOST]]);
  } finally {
    await house.close({ hasFailed: false });
  }
  await inDemo(browser, ({ page, seen }) => shoot(page, path.join(folder, "demo"), named({ ...PAGES, ...DEMO }, seen)));
}

async function inDemo(browser, act) {
  const house = await settledDemo();
  try {
    const visitor = await Visitor.at(house.address, browser);
    const seen = await house.settle(visitor.page);
    await act({ page: visitor.page, seen });
    await visitor.close();
  } finally {
    await house.close({ hasFailed: false });
  }
}

/** A bot that asks is answered now and then; and machines that make pictures have no coloured signs. */
async function answer(page) {
  await page.goto("/approvals/all");
  const rows = page.locator(".lines li");
  const texts = await rows.allInnerTexts();
  const signed = texts.map((text) => /\p{Extended_Pictographic}/u.test(text));
  for (const [at, isSigned] of signed.entries()) {
    if (isSigned || at < ANSWERED) await rows.nth(at).locator("input").check();
  }
  await page.click("text=Approve what is ticked");
  await page.waitForURL(/did=/);
}

async function pictures({ page }) {
  await answer(page);
  await page.mouse.move(0, 0);
  // What waited for the answer has left, and everything goes by the clock again.
  await until("board without what is late", 90, async () => {
    await page.goto("/");
    return (await page.locator("#next .late").count()) === 0;
  });
  const folder = path.join(ROOT, "docs", "pictures");
  fs.mkdirSync(folder, { recursive: true });
  const session = await page.context().newCDPSession(page);
  for (const [name, [address, width, height]] of Object.entries(PICTURES)) {
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height });
      await page.goto(address);
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: PICTURE_QUALITY });
      fs.writeFileSync(path.join(folder, `${name}-${scheme}.webp`), Buffer.from(data, "base64"));
    }
  }
}

const browser = await launch();
try {
  if (process.argv.includes("--pictures")) await inDemo(browser, pictures);
  else await everything(browser);
} finally {
  await browser.close();
}
