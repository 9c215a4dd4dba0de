// How a page looks to those who do not see it, and whether it fits.

import { createRequire } from "node:module";
import fs from "node:fs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GRAVE = ["serious", "critical"];

export const SCHEMES = ["light", "dark"];
export const WIDTHS = [1440, 390];
const HEIGHTS = { 1440: 900, 390: 844 };

/** The page as that one sees it. */
export async function as(page, scheme, width) {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height: HEIGHTS[width] });
}

/** What axe finds grave, one a line. */
export async function graveFindings(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, nodes }) => ({
      id, impact, places: nodes.map((node) => `${node.target.join(" ")} (${node.any[0]?.message ?? node.html})`),
    }));
  });
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
  return grave.map(({ id, impact, places }) => `${impact} ${id}: ${places.slice(0, 5).join("; ")}`);
}

/** What stands out at the right, where the page scrolls sideways. */
export function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    const names = out.map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
    return `${scrollWidth} px on ${clientWidth}: ${names.slice(0, 5).join(", ")}`;
  });
}
