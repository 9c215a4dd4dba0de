// One story: a house, people with browsers who visit it, and a look at the end whether all of it went
// well, on the pages that nobody asserted on, too.

import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { House } from "./house.mjs";
import { Stage } from "./stage.mjs";

export { PASSWORD } from "./stage.mjs";
const STORY_MS = 240_000;

let browser = null;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Plays `tell` in what `build` makes; of a failure it shows where the browsers stood. */
export function story(name, build, tell) {
  test(name, { timeout: STORY_MS }, async () => {
    const house = await build();
    const stage = new Stage(house, browser);
    let hasFailed = true;
    try {
      await tell(stage);
      hasFailed = false;
    } catch (error) {
      for (const { page, faults } of stage.visitors) {
        console.error(`stood at ${page.url()}`, await page.locator("main").innerText().catch(() => ""), faults);
      }
      throw error;
    } finally {
      try {
        await stage.end(hasFailed);
      } catch (error) {
        hasFailed = true;
        throw error;
      } finally {
        await house.close({ hasFailed });
      }
    }
  });
}

/** A house with one bot whose posts a person writes and approves. */
export async function houseOf(...bots) {
  const house = await House.at();
  try {
    for (const bot of bots) await house.addBot(bot);
    await house.open();
    return house;
  } catch (error) {
    await house.close({ hasFailed: true });
    throw error;
  }
}
