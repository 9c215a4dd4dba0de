// The demo when it has been running for a while: something of everything is on its pages.

import { House } from "./house.mjs";
import { makeBot, tryOut } from "./lived_in.mjs";
import { until } from "./program.mjs";

const GONE = 10;
const DRAFTS = 4;

/** A demo whose chances are the same each time. */
export async function settledDemo(args = ["--seed", "3", "--faults", "some"]) {
  const house = await House.demo(args);
  house.settle = settle;
  return house;
}

/** Waits until there is something to see, and returns what pages are about. */
async function settle(page) {
  await page.goto("/");
  await page.locator("#gone .row").nth(GONE - 1).waitFor({ timeout: 60_000 });
  await until("drafts", 60, async () => {
    await page.goto("/approvals");
    return (await page.locator("a.pick").count()) >= DRAFTS;
  });
  const draft = await page.getAttribute("#desk", "data-post");
  const tried = await tryOut(page, "library");
  const made = await makeBot(page, "harbour");
  return { asks: "library", bot: "lighthouse", draft, tried, made };
}
