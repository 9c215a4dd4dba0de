// The binary under test as processes: started in a clean environment, waited for by what they say
// and do, ended with the story.

import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const POLL_MS = 50;
const TAIL_LINES = 40;

/** `./test` names it; alone, it is what `cargo build` made. */
export const PROGRAM =
  process.env.FLOCKWORK_TEST_PROGRAM ??
  path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug", "flockwork");

/** Asks again and again until there is an answer that is not falsy; fails after so many seconds. */
export async function until(what, secs, ask) {
  const end = Date.now() + secs * 1000;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`after ${secs} s there is no ${what}`);
    await new Promise((go) => setTimeout(go, POLL_MS));
  }
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((found, failed) => {
    const server = net.createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

/** One process of the binary. */
export class Program {
  #child;
  #ended = null;

  constructor(folder, args, environment) {
    if (!fs.existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: cargo build -p flockwork`);
    this.name = args[0];
    this.said = "";
    this.log = "";
    this.#child = spawn(PROGRAM, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text) => (this.said += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    this.ending = new Promise((done) => {
      this.#child.on("close", (code, signal) => {
        this.#ended = { code, signal };
        done(this.#ended);
      });
    });
  }

  /** The end of its log, for people who read why a story failed. */
  tail() {
    return `${this.name} said:\n${this.log.split("\n").slice(-TAIL_LINES).join("\n")}`;
  }

  /** The first match in what it said or logged. */
  hears(pattern, secs = 20) {
    return until(`${pattern} of ${this.name}`, secs, () => {
      if (this.#ended) throw new Error(`${this.name} ended by itself`);
      return pattern.exec(this.said) ?? pattern.exec(this.log);
    });
  }

  /** Waits until the door on that port says that it is ready. */
  ready(port, secs = 30) {
    return until(`/readyz of ${this.name}`, secs, async () => {
      if (this.#ended) throw new Error(`${this.name} ended by itself`);
      return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok;
    });
  }

  /** Asks it to end, and demands that it does so well and soon. */
  async stop(secs = 30) {
    if (this.#ended) throw new Error(`${this.name} ended by itself: ${JSON.stringify(this.#ended)}`);
    this.#child.kill("SIGTERM");
    await until(`end of ${this.name}`, secs, () => this.#ended);
    if (this.#ended.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(this.#ended)}`);
    if (/panicked at/.test(this.log)) throw new Error(`${this.name} panicked`);
  }

  /** Ends it in any case, without a word. */
  kill() {
    if (!this.#ended) this.#child.kill("SIGKILL");
  }
}

/** Runs a command to its end and returns what it said. */
export async function run(folder, args, environment) {
  const program = new Program(folder, args, environment);
  const { code } = await program.ending;
  if (code !== 0) throw new Error(`flockwork ${args.join(" ")} ended with ${code}\n${program.log}`);
  return program.said;
}
