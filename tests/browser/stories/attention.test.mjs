// What needs a person: an outcome that nobody knows, and the stop for everything.

import assert from "node:assert/strict";

import { until } from "../lib/program.mjs";
import { houseOf, story } from "../lib/story.mjs";

const FOG = "Fog since four, and the horn every thirty seconds.";
const LAMP = "The lamp was lit at five, and nobody came.";
const ALWAYS = 2 ** 32 - 1;

story("resolve an outcome that nobody knows", () => houseOf("ada"), async (stage) => {
  const { house } = stage;
  const { page } = await stage.owner();
  // X takes the post, its answer is lost, and nothing can be read there.
  await house.sandbox.order({ door: "send", fault: { kind: "accept_then_close" } });
  await house.sandbox.order({ door: "timeline", fault: { kind: "unauthorized" }, times: ALWAYS });
  await house.run("queue", "add", "--approve", FOG);
  const truth = await until("post on X", 20, async () => {
    const posts = await house.sandbox.truth("ada");
    return posts.length > 0 && posts;
  });

  const asked = page.locator(".answers");
  await until("question", 60, async () => {
    await page.goto("/attention");
    return (await asked.count()) > 0;
  });
  assert.match(await page.innerText(".needs"), /Fog since four/);
  await asked.locator("[name=address]").fill("nonsense");
  await asked.locator("text=It was posted").click();
  stage.visitors[0].expects(/status of 409/);
  assert.match(await page.textContent("[role=alert]"), /Give the address/);
  await asked.locator("[name=address]").fill(`https://x.com/ada/status/${truth[0].id}`);
  await asked.locator("text=It was posted").click();
  assert.match(await page.textContent("[role=status]"), /Slot \d+ is posted/);
  assert.equal(await asked.count(), 0);
  assert.equal((await house.sandbox.truth("ada")).length, 1, "never twice");

  await page.goto("/settings/log");
  assert.match(await page.innerText("table"), /slot\.resolve/);
});

story("stop everything, and start it again", () => houseOf("ada"), async (stage) => {
  const { house } = stage;
  const { page } = await stage.owner();
  await page.goto("/attention");
  await page.click("text=Stop all sending");
  await page.locator("text=All sending is stopped by hand").waitFor();
  await house.run("queue", "add", "--approve", LAMP);
  await page.goto("/");
  // A slot of each second passes by.
  await until("slots that passed", 20, async () => (await page.locator("#next .row", { hasText: "stopped" }).count()) > 4);
  assert.deepEqual(await house.sandbox.truth("ada"), []);

  await page.goto("/attention");
  await page.click("text=Start sending again");
  await until("post on X", 15, async () => (await house.sandbox.truth("ada")).length === 1);
  await page.goto("/");
  await page.locator("#gone .row", { hasText: LAMP }).waitFor();
});
