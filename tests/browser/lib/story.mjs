// One story: a house, people with browsers who visit it, and a look at the end whether all of it went
// well, on the pages that nobody asserted on, too.

import { after, before, test } from "node:test";

import { Visitor, launch } from "./browser.mjs";
import { House } from "./house.mjs";

export const PASSWORD = "gulls-walk-instead-of-flying";
const STORY_MS = 120_000;

let browser = null;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What a story has at hand. */
class Stage {
  visitors = [];

  constructor(house) {
    this.house = house;
  }

  /** Somebody who was never here. */
  async visitor(options) {
    const visitor = await Visitor.at(this.house.address, browser, options);
    this.visitors.push(visitor);
    return visitor;
  }

  /** Somebody who comes in by a link and makes an account. */
  async joins(link, name, options) {
    const visitor = await this.visitor(options);
    const { page } = visitor;
    await page.goto(link);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await page.fill("[name=again]", PASSWORD);
    await page.click("button.main");
    // The first one is shown what a new house wants, whoever comes later only the second factor.
    await page.waitForURL(/\/(first|settings\/second)$/);
    return visitor;
  }

  /** The first owner. */
  async owner(name = "eve", options) {
    return this.joins(await this.house.firstLink(), name, options);
  }

  async end(hasFailed) {
    try {
      if (!hasFailed) for (const visitor of this.visitors) visitor.check();
    } finally {
      for (const visitor of this.visitors) await visitor.close();
    }
  }
}

/** Plays `tell` in what `build` makes; of a failure it shows where the browsers stood. */
export function story(name, build, tell) {
  test(name, { timeout: STORY_MS }, async () => {
    const house = await build();
    const stage = new Stage(house);
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
