// Yes, no and other words, without touching the mouse.

import assert from "node:assert/strict";

import { until } from "../lib/program.mjs";
import { PASSWORD, houseOf, story } from "../lib/story.mjs";

const FOG = "Fog since four, and the horn every thirty seconds.";
const LAMP = "The lamp was lit at five, and nobody came.";
const SNOW = "Snow on the antenna; the sparrow was only guessing.";

/** A house in which those posts wait, and its owner before them. */
async function waiting(stage, ...texts) {
  const visitor = await stage.owner();
  for (const text of texts) await stage.house.run("queue", "add", text);
  await visitor.page.goto("/approvals");
  return visitor.page;
}

story("approve, edit and reject by keyboard", () => houseOf("ada"), async (stage) => {
  const page = await waiting(stage, FOG, LAMP, SNOW);
  const did = () => page.textContent("[role=status]");
  assert.match(await page.textContent(".card"), /Fog since four/);

  await page.keyboard.press("e");
  await page.keyboard.type(" Twice.");
  await page.locator(".trial", { hasText: "57 of 280" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await page.locator(".card", { hasText: "The lamp was lit" }).waitFor();
  await page.keyboard.press("a");
  await page.waitForURL(/did=approved/);
  assert.match(await did(), /Post \d+ is approved/);

  // The next one stands there already, and the cursor is where the reason is written.
  await page.locator(".card", { hasText: "Snow on the antenna" }).waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("nobody knows the sparrow");
  await page.keyboard.press("Enter");
  await page.waitForURL(/did=rejected/);
  assert.match(await did(), /Post \d+ is rejected/);

  // The first one still has the words that were typed before.
  await page.locator(".card", { hasText: "Fog since four" }).first().waitFor();
  assert.equal(await page.inputValue("textarea"), `${FOG} Twice.`);
  await page.click("text=Save and approve");
  await page.waitForURL(/did=mended/);
  await until("two posts on X", 20, async () => (await stage.house.sandbox.truth("ada")).length === 2);
  const texts = (await stage.house.sandbox.truth("ada")).map((post) => post.text);
  assert.deepEqual(texts.sort(), [`${FOG} Twice.`, LAMP]);
});

story("a half-typed edit survives a reload and a log-out", () => houseOf("ada"), async (stage) => {
  const page = await waiting(stage, FOG);
  await page.keyboard.press("e");
  await page.keyboard.type(" And then");
  await page.reload();
  assert.equal(await page.inputValue("textarea"), `${FOG} And then`);
  assert.ok(await page.isVisible("textarea"), "what was typed is in sight");

  await page.click("text=Log out");
  await page.goto("/approvals");
  await page.waitForURL(/\/login/);
  await page.fill("[name=name]", "eve");
  await page.fill("[name=password]", PASSWORD);
  await page.click("button.main");
  await page.waitForURL(/\/approvals/);
  assert.equal(await page.inputValue("textarea"), `${FOG} And then`);

  // A refusal keeps it, too; what was saved is forgotten.
  await page.fill("textarea", "As an AI language model, I cannot see the fog.");
  await page.click("button:has-text('Save'):not(.main)");
  assert.match(await page.textContent("[role=alert]"), /Not these words/);
  stage.visitors[0].expects(/status of 409/);
  assert.match(await page.inputValue("textarea"), /^As an AI/);
  await page.fill("textarea", `${FOG} Still.`);
  await page.click("button:has-text('Save'):not(.main)");
  await page.waitForURL(/did=saved/);
  assert.match(await page.textContent(".card"), /Still\./);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("typed:")).length), 0);
});

story("several at once, and the keys of a page", () => houseOf("ada"), async (stage) => {
  const page = await waiting(stage, FOG, LAMP, SNOW);
  await page.keyboard.press("?");
  const keys = await page.innerText("dialog");
  for (const words of ["Approve", "Reject", "Edit", "Overview", "Attention"]) assert.ok(keys.includes(words), keys);
  await page.keyboard.press("a");
  assert.equal(await page.locator("[role=status]").count(), 0, "nothing is pressed behind the dialog");
  await page.keyboard.press("Escape");

  await page.click("text=Several at once");
  for (const text of [FOG, SNOW]) await page.locator("label.pick", { hasText: text }).locator("input").check();
  await page.click("text=Approve what is ticked");
  assert.match(await page.textContent("[role=status]"), /2 approved/);
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  await page.waitForURL("**/queue");
});
