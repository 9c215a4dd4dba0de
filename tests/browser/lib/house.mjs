// A folder with a configuration, a node that runs in it, and X beside it.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Program, freePort, run } from "./program.mjs";
import { Sandbox, keysOf } from "./sandbox.mjs";

/** A bot whose posts a person approves, and that has a slot each second. */
export const ASKS = { cron: "* * * * * *", prompt: "You keep a lighthouse.", more: 'mode = "approval"\n' };

/** A model that thinks for longer than any story lasts: queues hold what the story writes. */
const SILENCE = { door: "model", fault: { kind: "slow", secs: 3600 }, times: 2 ** 32 - 1 };

export class House {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), "flockwork-browser-"));
  #environment = {};
  #beside = [];
  node = null;
  sandbox = null;

  /** Only the sandbox and a port; bots are added before it is opened. */
  static async at(port) {
    const house = new House();
    try {
      house.sandbox = await Sandbox.start(house.#folder);
      house.#place(port ?? (await freePort()));
      house.set({
        HEALTH_CHECK_PORT: String(house.port),
        TWITTER_API_BASE_URL: house.sandbox.address,
        OPENAI_BASE_URL: `${house.sandbox.address}/v1`,
        OPENAI_API_KEY: "any-key",
        API_RATE_LIMIT: "100000",
        FLOCKWORK_MODEL_TIMEOUT: "30m",
        FLOCKWORK_RECONCILE_PROFILE: "fast",
      });
      await house.sandbox.order(SILENCE);
      return house;
    } catch (error) {
      await house.close({ hasFailed: true });
      throw error;
    }
  }

  /** The demo, which brings its own X. */
  static async demo(args = []) {
    const house = new House();
    try {
      house.#place(await freePort());
      await house.#start(["demo", "--port", String(house.port), ...args]);
      return house;
    } catch (error) {
      await house.close({ hasFailed: true });
      throw error;
    }
  }

  #place(port) {
    this.port = port;
    this.address = `http://127.0.0.1:${port}`;
  }

  get folder() {
    return this.#folder;
  }

  set(variables) {
    Object.assign(this.#environment, variables);
  }

  /** Declares a bot by a file, with an account at X. */
  async addBot(name, { cron, prompt, more = "", keys = keysOf(name) } = ASKS) {
    await this.sandbox.register(name, keys);
    const [key, secret, token, tokenSecret] = keys;
    const suffix = name.toUpperCase().replaceAll("-", "_");
    this.set({
      TWITTER_API_KEY: key,
      TWITTER_API_SECRET: secret,
      [`TWITTER_ACCESS_TOKEN__${suffix}`]: token,
      [`TWITTER_ACCESS_SECRET__${suffix}`]: tokenSecret,
    });
    const head = `personality_prompt = ${JSON.stringify(prompt)}\nschedule_cron = "${cron}"\n`;
    this.write(`bots/${name}.toml`, head + more);
  }

  write(name, text) {
    const place = path.join(this.#folder, name);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text);
  }

  async #start(args) {
    this.node = new Program(this.#folder, args, this.#environment);
    await this.node.ready(this.port);
  }

  /** Starts the node. */
  open() {
    return this.#start(["serve"]);
  }

  /** The link by which the first owner comes in. */
  async firstLink() {
    const [link] = await this.node.hears(/http:\/\/\S+\/welcome\/[\w-]+/);
    return link;
  }

  /** Runs a command beside the node. */
  run(...args) {
    return run(this.#folder, args, this.#environment);
  }

  /** Starts a command beside the node and does not wait for it. */
  launch(...args) {
    this.#beside.push(new Program(this.#folder, args, this.#environment));
  }

  /** Ends it all; where nothing failed before, all of it must end well. */
  async close({ hasFailed }) {
    const programs = [this.node, this.sandbox?.program].filter(Boolean);
    try {
      if (hasFailed) for (const program of programs) console.error(program.tail());
      else for (const program of programs) await program.stop();
    } finally {
      for (const program of [...programs, ...this.#beside]) program.kill();
      fs.rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}
