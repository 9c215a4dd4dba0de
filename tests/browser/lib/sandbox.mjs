// X and a model in a process of their own, and the switches for what goes wrong there.

import { Program } from "./program.mjs";

/** The four values of an account, in the order of the variables. All accounts share an app. */
export const keysOf = (name) => ["app-key", "app-secret", `${name}-token`, `${name}-secret`];

export class Sandbox {
  constructor(program, port) {
    this.program = program;
    this.address = `http://127.0.0.1:${port}`;
  }

  static async start(folder, args = []) {
    const program = new Program(folder, ["sandbox", "--port", "0", ...args], {});
    try {
      const [, port] = await program.hears(/listens on http:\/\/127\.0\.0\.1:(\d+)/);
      return new Sandbox(program, port);
    } catch (error) {
      program.kill();
      throw error;
    }
  }

  async #tell(method, path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.address}/_sandbox${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** An account that checks signatures made with `keysOf(name)`. */
  register(name, keys = keysOf(name)) {
    const [consumer_key, consumer_secret, token, token_secret] = keys;
    return this.#tell("POST", "/accounts", {
      username: name,
      keys: { consumer_key, consumer_secret, token, token_secret },
    });
  }

  /** Orders a fault for the next requests of a door. */
  order(fault) {
    return this.#tell("POST", "/faults", fault);
  }

  /** From now on nothing goes wrong. */
  calm() {
    return this.#tell("DELETE", "/faults");
  }

  /** What X really took of an account, oldest first. */
  async truth(account) {
    const answer = await fetch(`${this.address}/_sandbox/truth?account=${account}`);
    const lines = (await answer.text()).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }
}
