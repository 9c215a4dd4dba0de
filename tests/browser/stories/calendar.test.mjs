// A slot is moved, with the keys and with the mouse, and taken back.

import assert from "node:assert/strict";

import { House } from "../lib/house.mjs";
import { story } from "../lib/story.mjs";

async function build() {
  const house = await House.at();
  try {
    await house.addBot("ada", { cron: "30 */4 * * *", prompt: "You keep a lighthouse." });
    await house.open();
    return house;
  } catch (error) {
    await house.close({ hasFailed: true });
    throw error;
  }
}

story("move a slot in the calendar, and take it back", build, async (stage) => {
  const { page } = await stage.owner();
  // A week ahead every slot is still free, whatever day it is.
  await page.goto("/calendar?view=week");
  await page.click("text=After");
  const chip = page.locator("[data-movable]").first();
  await chip.waitFor();
  const slot = await chip.getAttribute("data-slot");
  const mine = page.locator(`[data-slot="${slot}"]`);
  const before = await mine.getAttribute("data-local");
  const half = new Date(`${before.slice(0, 16)}Z`).getTime() + 30 * 60_000;
  const after = new Date(half).toISOString().slice(0, 16);

  await mine.locator("a").focus();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.locator("#clash", { hasText: after.slice(11) }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/did=/);
  assert.match(await page.innerText("[role=status][data-done]"), /moved|due|slot/i);
  assert.equal((await mine.getAttribute("data-local")).slice(0, 16), after);

  await page.keyboard.press("u");
  await page.locator(`[data-slot="${slot}"][data-local^="${before.slice(0, 16)}"]`).waitFor();

  const cell = page.locator(".cell").nth(5);
  const day = await cell.getAttribute("data-date");
  await mine.dragTo(cell);
  await page.locator(`[data-slot="${slot}"][data-local^="${day}"]`).waitFor();
});
