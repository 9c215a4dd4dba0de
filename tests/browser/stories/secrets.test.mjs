// Canaries: secrets that are known here stand in no page, no answer, no log and no output.

import assert from "node:assert/strict";

import { live, livedIn } from "../lib/lived_in.mjs";
import { PASSWORD, story } from "../lib/story.mjs";
import { DOORS, LOST, NO_PAGES, PAGES, addresses } from "../pages.mjs";

const VARIABLES = {
  OPENAI_API_KEY: "canary-model-key-0123456789abcdef",
  FLOCKWORK_MODERATION_API_KEY: "canary-moderation-key-0123456789",
  FLOCKWORK_API_TOKEN: "canary-environment-token-0123456789abcdef",
  LOG_LEVEL: "debug",
};
const keys = (name) => ["canary-app-key-012345", "canary-app-secret-6789", `canary-token-of-${name}`, `canary-secret-of-${name}`];
const COMMANDS = [
  ["check"], ["config", "show"], ["stats"], ["attention"], ["users", "list"], ["audit", "list"], ["audit", "verify"],
  ["queue", "list"], ["approvals", "list"], ["costs"], ["health"],
];

/** What can be read of the API, by its own document. */
async function apiPaths(page) {
  const { paths } = await page.evaluate(async () => (await fetch("/api/v1/openapi.json")).json());
  const readable = Object.entries(paths).filter(([path, ways]) => ways.get && !path.endsWith("/events"));
  assert.ok(readable.length > 10, "the document is read");
  return readable.map(([path]) => (path.startsWith("/api/v1") ? path : `/api/v1${path}`));
}

/** The same from outside, with every kind of token. */
async function knock(house, path, token, look) {
  for (const bearer of [token, VARIABLES.FLOCKWORK_API_TOKEN, `${token}x`, null]) {
    const headers = bearer ? { authorization: `Bearer ${bearer}` } : {};
    for (const method of ["GET", "POST"]) {
      const signal = AbortSignal.timeout(10_000);
      const reply = await fetch(house.address + path, { method, headers, redirect: "manual", signal });
      look(`${method} ${path}`, JSON.stringify([...reply.headers]) + (await reply.text()));
    }
  }
}

story("secrets stand nowhere", () => livedIn(VARIABLES, keys), async (stage) => {
  const { house } = stage;
  const seen = await live(stage);
  const { page, context } = seen.owner;
  const cookies = (await context.cookies()).map((cookie) => cookie.value);
  const canaries = [...Object.values(VARIABLES).filter((value) => value.startsWith("canary")), ...["ada", "bob", "cyd"].flatMap(keys), PASSWORD, seen.token, ...cookies];
  const faults = [];
  const look = (place, text) => faults.push(...canaries.filter((canary) => text.includes(canary)).map((canary) => `${place} says ${canary}`));

  // As a person, as programs with each token, as a stranger; what is there and what is not.
  seen.owner.expects(/status of 4\d\d/);
  for (const path of [...addresses(PAGES, seen), ...addresses(DOORS, seen), LOST]) {
    const answer = await page.goto(path);
    look(path, JSON.stringify(await answer.allHeaders()));
    look(path, (await answer.text()) + (await page.content()));
    await knock(house, path, seen.token, look);
  }
  await page.goto("/settings");
  const others = Object.keys(NO_PAGES).filter((path) => path !== "/events");
  for (const path of [...others, ...(await apiPaths(page))].map((path) => path.replace(/\{[^}]+\}/g, "1"))) {
    look(path, await page.evaluate(async (path) => (await fetch(path)).text(), path));
    await knock(house, path, seen.token, look);
  }
  for (const command of COMMANDS) look(command.join(" "), await house.run(...command));
  look("the log", house.node.said + house.node.log);
  assert.ok(house.node.log.includes('"DEBUG"'), "the log says much");
  assert.deepEqual(faults, []);
});
