// The page that makes somebody believe us: X fails when told, and no post is there twice.

import assert from "node:assert/strict";

import { House } from "../lib/house.mjs";
import { story } from "../lib/story.mjs";

story("lose an answer of X, and watch it being found", () => House.demo(["--faults", "none"]), async (stage) => {
  const { page } = await stage.visitor();
  await page.goto("/sandbox");
  await page.click("button:has-text('Lose the next answer')");
  const lost = page.locator(".timeline li", { hasText: "its answer was lost" }).first();
  await lost.waitFor({ timeout: 60_000 });
  const text = await lost.locator(".post-text").innerText();

  // It is found on the timeline, and leaves the board of what needs somebody as one that is out.
  await page.locator("#gone .row", { hasText: text }).locator(".on-time").waitFor({ timeout: 60_000 });
  await page.reload();
  const texts = await page.locator(".timeline .post-text").allInnerTexts();
  assert.equal(texts.filter((one) => one === text).length, 1, "never twice");
});

story("X is away until it is told to come back", () => House.demo(["--faults", "none"]), async (stage) => {
  const { page } = await stage.visitor();
  await page.goto("/sandbox");
  const away = page.locator("button", { hasText: "X is away" });
  await away.click();
  await page.locator("button[aria-pressed=true]", { hasText: "X is away" }).waitFor();
  await page.locator("#next .row", { hasText: /late|waiting/ }).first().waitFor({ timeout: 60_000 });
  await away.click();
  await page.locator("button[aria-pressed=false]", { hasText: "X is away" }).waitFor();
  const before = await page.locator("#gone .row").first().getAttribute("data-slot").catch(() => null);
  await page.locator(`#gone .row:first-child:not([data-slot="${before}"])`).waitFor({ timeout: 60_000 });
});
