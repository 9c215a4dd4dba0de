// From an empty folder to a post on X, as somebody does it who just installed this.

import assert from "node:assert/strict";

import { until } from "../lib/program.mjs";
import { houseOf, story } from "../lib/story.mjs";

const TEXT = "Fog since four, and the horn every thirty seconds.";

story("from the first start to the first published post", () => houseOf("ada"), async (stage) => {
  const { house } = stage;
  const { page } = await stage.owner();
  await page.click("text=Later");
  await page.waitForURL(`${house.address}/`);
  assert.equal(await page.textContent(".you"), "eve");

  await page.click(".rail >> text=Queue");
  await page.fill("textarea", TEXT);
  await page.click("text=Put it into the queue");
  assert.match(await page.textContent("[role=status]"), /waits for a yes/);
  assert.deepEqual(await house.sandbox.truth("ada"), [], "nothing goes out without a yes");

  await page.click(".rail >> text=Approvals");
  assert.match(await page.textContent(".card"), /Fog since four/);
  await page.click("button:has-text('Approve')");
  assert.match(await page.textContent("[role=status]"), /is approved/);

  // The overview says it by itself, without being asked again.
  await page.click(".rail >> text=Overview");
  const gone = page.locator("#gone .row", { hasText: TEXT });
  await gone.locator(".on-time").waitFor();
  const [post, ...others] = await until("post on X", 20, async () => {
    const truth = await house.sandbox.truth("ada");
    return truth.length > 0 && truth;
  });
  assert.equal(post.text, TEXT);
  assert.deepEqual(others, []);
  assert.match(await gone.locator("a.away").getAttribute("href"), new RegExp(`/status/${post.id}$`));

  // Why it went out, what it cost, and whether it was on time: each on its page.
  await page.goto("/posts/1");
  const told = await page.innerText("main");
  for (const part of [TEXT, "eve", post.id]) assert.ok(told.includes(part), `${part}: ${told}`);
  await page.click(".rail >> text=Costs");
  assert.match(await page.innerText("#ledger"), /ada/);
  await page.fill("#what-if [name=cron]", "0 * * * *");
  await page.click("#what-if button");
  await page.locator("#what-if .answer").waitFor();
  await page.click(".rail >> text=Analytics");
  await page.locator(".charts svg").first().waitFor();
  assert.match(await page.innerText("main"), /1/);
});
