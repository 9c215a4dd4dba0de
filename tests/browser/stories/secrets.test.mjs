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

story("secrets stand nowhere", () => livedIn(VARIABLES, keys), async (stage) => {
  const { house } = stage;
  const seen = await live(stage);
  const { page, context } = seen.owner;
  const cookies = (await context.cookies()).map((cookie) => cookie.value);
  const canaries = [...Object.values(VARIABLES).filter((value) => value.startsWith("canary")), ...["ada", "bob", "cyd"].flatMap(keys), PASSWORD, seen.token, ...cookies];
  const faults = [];
  const look = (place, text) => faults.push(...canaries.filter((canary) => text.includes(canary)).map((canary) => `${place} says ${canary}`));

  // As a person, as programs with each token, as a stranger; what is there and what is not.
  seen.owner.expects(/status of 40/);
  const places = [...addresses(PAGES, seen), ...addresses(DOORS, seen), ...Object.keys(NO_PAGES), LOST];
  for (const path of places.filter((path) => path !== "/events")) {
    const answer = await page.goto(path.replace("{id}", "1"));
    look(path, JSON.stringify(await answer.allHeaders()).replaceAll(/"cookie":"[^"]*"/g, ""));
    look(path, await answer.text());
    look(path, await page.content());
    for (const token of [seen.token, VARIABLES.FLOCKWORK_API_TOKEN, `${seen.token}x`, null]) {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      for (const method of ["GET", "POST"]) {
        const reply = await fetch(house.address + path.replace("{id}", "1"), { method, headers, redirect: "manual", signal: AbortSignal.timeout(10_000) });
        look(`${method} ${path}`, JSON.stringify([...reply.headers]) + (await reply.text()));
      }
    }
  }
  for (const command of COMMANDS) look(command.join(" "), await house.run(...command));
  look("the log", house.node.said + house.node.log);
  assert.ok(house.node.log.includes('"DEBUG"'), "the log says much");
  assert.deepEqual(faults, []);
});
