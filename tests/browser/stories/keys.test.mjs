// Keys for those who like them, and out of the way of those who speak to their machine (WCAG 2.1.4).

import assert from "node:assert/strict";

import { houseOf, story } from "../lib/story.mjs";

const FOG = "Fog since four, and the horn every thirty seconds.";

story("single keys can be switched off, and on again", () => houseOf("ada"), async (stage) => {
  const { page } = await stage.owner();
  await stage.house.run("queue", "add", FOG);
  await page.goto("/settings");
  await page.uncheck("#single-keys");
  await page.goto("/approvals");
  assert.equal(await page.locator(".deeds kbd").first().isVisible(), false, "no page offers what does not work");
  for (const key of ["a", "?", "g", "o", "r"]) await page.keyboard.press(key);
  assert.match(page.url(), /\/approvals$/);
  assert.equal(await page.locator("dialog[open], details[open]").count(), 0);

  // Typing is no single key.
  await page.click("summary:has-text('Edit')");
  await page.locator("textarea").press("End");
  await page.keyboard.type(" a?");
  assert.equal(await page.inputValue("textarea"), `${FOG} a?`);

  await page.goto("/settings");
  await page.check("#single-keys");
  await page.goto("/approvals");
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
});
