// A house in which something of everything happened: posts that went out, wait, were rejected or are
// unknown, a bot that X refuses, people, a token. Pages are looked at in it.

import { House } from "./house.mjs";
import { until } from "./program.mjs";
import { keysOf } from "./sandbox.mjs";

const RARELY = "0 */6 * * *";
const prompt = "You keep a lighthouse and log what the night brings.";
const BOTS = {
  ada: { cron: RARELY, prompt, more: 'topics = ["fog", "passing ships"]\nmode = "approval"\n' },
  bob: { cron: RARELY, prompt },
  cyd: { cron: RARELY, prompt },
};
export const TEXTS = {
  gone: "Snow on the antenna; the sparrow was only guessing.",
  queued: "Fog since four, and the horn every thirty seconds.",
  drafts: ["The lamp was lit at five, and nobody came.", "Two ships passed, and neither of them saw the other."],
  rejected: "A quiet night: even the gulls are asleep at their posts.",
  unknown: "The harbour pilot waved twice, which he never does.",
};

/** Starts it; `variables` are added to its environment, and `keys` are those of a bot's account. */
export async function livedIn(variables = {}, keys = keysOf) {
  const house = await House.at();
  try {
    house.set(variables);
    for (const [name, bot] of Object.entries(BOTS)) await house.addBot(name, { ...bot, keys: keys(name) });
    await house.open();
    return house;
  } catch (error) {
    await house.close({ hasFailed: true });
    throw error;
  }
}

/** Makes a bot on the pages, from the first example, and returns its name. */
export async function makeBot(page, name) {
  await page.goto("/new-bot");
  await page.locator(".trio a").first().click();
  await page.fill("[name=name]", name);
  await page.click("text=Make this bot");
  await page.waitForURL(`**/bots/${name}?*`);
  return name;
}

/** Asks for a try-out of a bot, and returns where it is shown. */
export async function tryOut(page, bot) {
  await page.goto(`/bots/${bot}`);
  await page.click("text=Try it: five texts now");
  await page.waitForURL(/\/try\/\d+$/);
  return new URL(page.url()).pathname;
}

/** Lets things happen in it, and returns what pages are about. */
export async function live(stage) {
  const { house } = stage;
  const owner = await stage.owner();
  await house.run("queue", "add", "--bot", "cyd", TEXTS.gone);
  await house.run("post", "now", "--bot", "cyd");
  await house.run("queue", "add", "--bot", "cyd", TEXTS.queued);
  for (const text of [...TEXTS.drafts, TEXTS.rejected]) await house.run("queue", "add", "--bot", "ada", text);

  await house.sandbox.order({ door: "send", fault: { kind: "accept_then_close" }, account: "bob" });
  await house.sandbox.order({ door: "timeline", fault: { kind: "unauthorized" }, account: "bob", times: 2 ** 32 - 1 });
  await house.run("queue", "add", "--bot", "bob", TEXTS.unknown);
  await owner.page.goto("/queue?bot=bob");
  house.launch("post", "now", "--bot", "bob");

  await owner.page.goto("/approvals/all");
  const { page } = owner;
  const row = page.locator(".lines li", { hasText: TEXTS.rejected });
  await row.locator("text=Look").click();
  await page.click("summary:has-text('Reject')");
  await page.fill("[name=reason]", "gulls do not sleep at posts");
  await page.click("#no button.main");
  await page.waitForURL(/did=rejected/);
  await page.goto("/approvals");
  const draft = await page.getAttribute("#desk", "data-post");

  const tried = await tryOut(page, "ada");
  const made = await makeBot(page, "harbour");

  await page.goto("/settings/tokens");
  await page.fill("[name=name]", "the harbour's clock");
  await page.click("button.main");
  const token = (await page.textContent("code.key")).trim();
  await page.goto("/settings/people");
  await page.selectOption("[name=role]", "approver");
  await page.click("text=Make a link");
  const invitation = new URL((await page.textContent("code.key")).trim()).pathname;

  await until("question about the lost post", 60, async () => {
    await page.goto("/attention");
    return (await page.locator(".answers").count()) > 0;
  });
  return { owner, draft, token, invitation, tried, made, asks: "ada", bot: "cyd" };
}
