// A bot is made on the pages, from an example, and tried out before it says a word.

import assert from "node:assert/strict";

import { House } from "../lib/house.mjs";
import { makeBot, tryOut } from "../lib/lived_in.mjs";
import { story } from "../lib/story.mjs";

async function build() {
  const house = await House.at();
  try {
    await house.sandbox.calm();
    await house.addBot("ada");
    await house.open();
    return house;
  } catch (error) {
    await house.close({ hasFailed: true });
    throw error;
  }
}

story("create a bot from an example persona, and try it out", build, async (stage) => {
  const { house } = stage;
  const { page } = await stage.owner();
  await makeBot(page, "harbour");
  await page.locator("h1", { hasText: "harbour" }).waitFor();
  await tryOut(page, "harbour");
  await page.locator("#trial .lines li").nth(4).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator("#trial .lines li").count(), 5);
  assert.match(await page.innerText("#trial"), /Nothing of it is queued/);
  assert.match(await house.run("stats"), /harbour/);
  await page.goto("/bots");
  await page.locator(".flock-row", { hasText: "harbour" }).waitFor();
});

story("give a bot caps, close it, and open it again", build, async (stage) => {
  const { page } = await stage.owner();
  await makeBot(page, "harbour");
  await page.goto("/bots/harbour/limits");
  await page.fill("[name=x_day]", "0.50");
  await page.click("button:has-text('Save')");
  await page.locator("[role=status]", { hasText: "Saved." }).waitFor();
  assert.match(await page.innerText("main"), /of \$0\.50/);
  await page.click("button:has-text('Close this bot')");
  await page.locator("[role=status]", { hasText: "It is closed" }).waitFor();
  await page.click("button:has-text('Open it again')");
  await page.locator("[role=status]", { hasText: "and paused" }).waitFor();
});
