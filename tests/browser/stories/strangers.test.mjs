// Words of strangers, through every door by which they reach a page: persona, topics, posts, edits,
// reasons, feeds, what X and the model say, names. None of them is ever more than words.

import assert from "node:assert/strict";

import { House } from "../lib/house.mjs";
import { tryOut } from "../lib/lived_in.mjs";
import { until } from "../lib/program.mjs";
import { story } from "../lib/story.mjs";
import { FEEDS, Stranger } from "../lib/stranger.mjs";
import { VECTORS, foreignParts, parts, plantHook, posted } from "../lib/vectors.mjs";
import { PAGES, addresses } from "../pages.mjs";

const RARELY = "0 0 29 2 *";
const list = (name, texts) => `${name} = ${JSON.stringify(texts)}\n`;
const table = (number, address) =>
  `[[feed]]\nurl = "${address}/feed/${number}"\ntemplate = "{title}"\nfirst_items = 100\nitems_max = 100\n`;

/** Bots to whom X says no, again and again. */
const REFUSED = Array.from({ length: 12 }, (_, at) => `dee-${at}`);
/** Texts that review likes, for X to refuse. */
const TIDES = ["low", "high", "late", "brown", "quick", "gone", "slack", "warm", "loud", "blue", "thin", "back"].map((one, at, all) => `${one} water, ${all[(at + 5) % 12]} wind, ${all[(at + 7) % 12]} gulls`);
const HOURS = ["Monday morning", "yesterday noon", "the evening before Easter", "three past midnight"];

let stranger = null;

/** A house whose bots are made of vectors, and where X, the model and the feeds are the stranger. */
async function build() {
  stranger = await Stranger.start();
  const house = await House.at();
  try {
    const [persona, ...others] = parts(VECTORS, 60);
    const texts = list("never_say", persona) + list("content_sources", others[0]) + list("formats", others[1]);
    const style = `tone = ${JSON.stringify(VECTORS[0])}\nposting_style = ${JSON.stringify(VECTORS[1])}\n`;
    const queue = "[queue]\nlow_water = 1\nhigh_water = 1000\n";
    const feeds = Array.from({ length: FEEDS }, (_, at) => table(at, stranger.address)).join("");
    const prompt = VECTORS.join(" ").slice(0, 7_900);
    await house.addBot("ada", { cron: RARELY, prompt, more: texts + style + list("topics", VECTORS.slice(0, 200)) + 'mode = "approval"\n' + queue });
    await house.addBot("bob", { cron: RARELY, prompt, more: list("topics", VECTORS.slice(200)) + queue });
    await house.addBot("cyd", { cron: RARELY, prompt, more: 'mode = "approval"\n' + feeds + queue });
    for (const bot of REFUSED) await house.addBot(bot, { cron: "* * * * * *", prompt, more: queue });
    const away = { TWITTER_API_BASE_URL: stranger.address, OPENAI_BASE_URL: `${stranger.address}/v1` };
    house.set({ ...away, FEEDS_REACH: "loopback", FLOCKWORK_MODEL_LAST_RESORT: "none" });
    await house.open();
    return house;
  } catch (error) {
    await house.close({ hasFailed: true });
    await stranger.stop();
    throw error;
  }
}

/** Sends forms of our own, a few at a time, as scripts of our page would. */
const send = (page, forms) =>
  page.evaluate(async (forms) => {
    const csrf = document.querySelector("[name=csrf]").value;
    const next = async () => {
      for (let form = forms.pop(); form; form = forms.pop()) {
        const body = new URLSearchParams({ csrf, ...form.fields });
        await fetch(form.path, { method: "POST", body, redirect: "manual" });
      }
    };
    await Promise.all([next(), next(), next(), next()]);
  }, forms);

async function visit(page, path) {
  await page.goto(path);
  const found = await page.evaluate(foreignParts);
  assert.deepEqual(found, [], path);
  return page.innerText("main");
}

async function plant(stage, page) {
  const { house } = stage;
  const texts = VECTORS.map(posted);
  const lines = { ada: texts.slice(0, 120), bob: texts.slice(120) };
  for (const [at, bot] of REFUSED.entries()) lines[bot] = [0, 1, 2, 3].map((step) => `The tide of ${HOURS[step]} at pier ${at}: ${TIDES[at]}.`);
  for (const [bot, some] of Object.entries(lines)) {
    house.write(`${bot}.txt`, some.join("\n"));
    // What review refuses is tried as an edit below; the others are in.
    await house.run("queue", "import", `${bot}.txt`, "--bot", bot).catch((error) => assert.match(String(error), /ended with 65\n/));
  }
  await page.goto("/settings/tokens");
  const names = VECTORS.filter((one) => [...one].length <= 80).slice(0, 190);
  await send(page, names.map((name) => ({ path: "/settings/tokens", fields: { name, read: "yes", days: "1" } })));
  await page.goto("/approvals/all");
  const drafts = await page.locator("[name=post]").evaluateAll((all) => all.map((one) => one.value.split("@")));
  const reasons = parts(VECTORS, 8).map((some) => some.join(" ").slice(0, 500));
  await send(page, reasons.map((reason, at) => ({ path: `/approvals/${drafts[at][0]}/reject`, fields: { bytes: drafts[at][1], reason } })));
}

/** What a page says back of what was just typed, where it is refused. */
async function echo(page) {
  for (const vector of VECTORS.filter((_, at) => at % 8 === 0)) {
    await page.goto(`/find?q=${encodeURIComponent(vector)}`);
    const found = await page.evaluate(foreignParts);
    assert.deepEqual(found, [], vector);
  }
  await page.goto("/approvals");
  await page.click("summary:has-text('Edit')");
  for (const [at, some] of parts(VECTORS, 24).entries()) {
    await page.fill("textarea", `As an AI language model ${some.join(" ")}`.slice(0, 4_000));
    if (at === 0) await page.locator(".trial li").first().waitFor();
    await page.click("button:has-text('Save'):not(.main)");
    await page.locator("[role=alert]").waitFor();
    assert.deepEqual(await page.evaluate(foreignParts), []);
  }
}

story("words of strangers are only words", build, async (stage) => {
  try {
    const visitor = await stage.owner();
    const { page } = visitor;
    await visitor.context.addInitScript(plantHook);
    visitor.expects(/status of (409|422)/);
    await plant(stage, page);
    await until("answers of the stranger", 30, () => stranger.said > 30);

    const draft = await page.goto("/approvals").then(() => page.getAttribute("#desk", "data-post"));
    const read = [];
    const about = { draft, tried: await tryOut(page, "ada"), asks: "ada", bot: "bob", made: "cyd" };
    for (const path of addresses(PAGES, about)) read.push(await visit(page, path));
    for (const bot of ["cyd", "dee-0"]) read.push(await visit(page, `/queue?bot=${bot}`));
    // What was stored stands there, letter by letter.
    const seen = VECTORS.filter((vector) => read.some((text) => text.includes(vector.trim())));
    console.log(`${seen.length} of ${VECTORS.length} vectors stand on pages as words`);
    assert.ok(seen.length >= 200, `only ${seen.length} were seen`);
    await echo(page);
  } finally {
    await stranger.stop();
  }
});
