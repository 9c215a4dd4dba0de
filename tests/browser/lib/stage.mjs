// A house and the people who visit it, each with a browser of their own.

import { Visitor } from "./browser.mjs";

export const PASSWORD = "gulls-walk-instead-of-flying";

/** What a story has at hand. */
export class Stage {
  visitors = [];
  #browser;

  constructor(house, browser) {
    this.house = house;
    this.#browser = browser;
  }

  /** Somebody who was never here. */
  async visitor(options) {
    const visitor = await Visitor.at(this.house.address, this.#browser, options);
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
