// Who may come in: the second factor, sessions that are ended from afar, people who only look.

import assert from "node:assert/strict";

import { until } from "../lib/program.mjs";
import { PASSWORD, houseOf, story } from "../lib/story.mjs";
import { code } from "../lib/totp.mjs";

async function logIn(page, name, factor = "") {
  await page.goto("/login");
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", PASSWORD);
  if (factor) await page.fill("[name=code]", factor);
  await page.click("button.main");
}

story("log in with a second factor, and end that session from another browser", () => houseOf("ada"), async (stage) => {
  const { house } = stage;
  const { page } = await stage.owner();
  await page.click("text=Set it up");
  await page.waitForURL("**/settings/second");
  const key = (await page.textContent("code.key")).trim();
  assert.ok(await page.isVisible(".qr svg"));
  await page.fill("[name=code]", code(key));
  await page.click("text=Turn it on");
  await page.waitForURL("**/settings");
  assert.match(await page.innerText("main"), /On: a code of your telephone/);

  const telephone = await stage.visitor({ viewport: { width: 390, height: 844 } });
  telephone.expects(/status of 401/);
  await logIn(telephone.page, "eve");
  assert.match(await telephone.page.textContent("[role=alert]"), /Now the code/);
  // Each code counts once, and one step ahead is taken from clocks that run fast.
  await telephone.page.fill("[name=password]", PASSWORD);
  await telephone.page.fill("[name=code]", code(key, 1));
  await telephone.page.click("button.main");
  await telephone.page.waitForURL(`${house.address}/`);

  await page.reload();
  const sessions = page.locator("form[action='/settings/sessions/end']");
  assert.equal(await sessions.count(), 2);
  await page.click("text=End it");
  await until("one session", 10, async () => (await sessions.count()) === 1);
  await telephone.page.goto("/queue");
  await telephone.page.waitForURL(/\/login/);
  await page.goto("/queue");
  assert.match(page.url(), /\/queue$/, "the other session stays");
});

story("who is invited to look sees no button and is refused", () => houseOf("ada"), async (stage) => {
  const { house } = stage;
  const owner = await stage.owner();
  await house.run("queue", "add", "Fog since four, and the horn every thirty seconds.");
  await owner.page.goto("/settings/people");
  await owner.page.selectOption("[name=role]", "viewer");
  await owner.page.click("text=Make a link");
  const link = (await owner.page.textContent("code.key")).trim();

  const { page } = await stage.joins(link, "vic");
  for (const path of ["/", "/calendar", "/queue", "/approvals", "/approvals/all", "/attention", "/bots", "/bots/ada", "/settings"]) {
    await page.goto(path);
    const buttons = await page.locator("main button, main [type=submit]").allInnerTexts();
    const own = ["Change it", "Log out here", "Turn it off", "Show"];
    assert.deepEqual(buttons.filter((text) => !own.includes(text.trim())), [], path);
  }
  await page.goto("/approvals");
  assert.match(await page.textContent(".card"), /Fog since four/);

  stage.visitors[1].expects(/status of 403/);
  for (const path of ["/settings/people", "/settings/tokens", "/settings/log", "/new-bot"]) {
    assert.equal((await page.goto(path)).status(), 403, path);
  }
  // Forms that no page offered, with the session's own word: the right is missing all the same.
  await page.goto("/settings");
  const send = async (path) => {
    const csrf = document.querySelector("[name=csrf]").value;
    const body = new URLSearchParams({ csrf, text: "x", bytes: "x", role: "owner" });
    return (await fetch(path, { method: "POST", body, redirect: "manual" })).status;
  };
  for (const path of ["/approvals/1/approve", "/queue/ada", "/stop", "/start", "/settings/people/invite"]) {
    assert.equal(await page.evaluate(send, path), 403, path);
  }
  assert.deepEqual(await house.sandbox.truth("ada"), []);
});
