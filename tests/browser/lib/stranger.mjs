// An X, a model and a feed that mean harm: whatever they are asked, they answer with vectors.

import http from "node:http";

import { VECTORS, parts } from "./vectors.mjs";

const FEED_ITEMS = 60;
/** About as many as are kept of what a server says. */
const WORDS = 6;
const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** A feed whose titles say, read once or twice, what the vectors do. */
function feed(vectors) {
  const items = vectors.map((vector, at) => {
    const title = escaped(at % 2 === 0 ? vector : escaped(vector));
    return `<item><guid>${at}-${vectors.length}-${escaped(vector)}</guid><title>${at} ${title}</title><description>${title}</description><link>http://127.0.0.1/${at}</link><pubDate>${new Date().toUTCString()}</pubDate></item>`;
  });
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${escaped(vectors[0])}</title>${items.join("")}</channel></rss>`;
}

export class Stranger {
  #server;
  said = 0;

  static async start() {
    const stranger = new Stranger();
    stranger.#server = http.createServer((request, response) => stranger.#answer(request, response));
    await new Promise((go) => stranger.#server.listen(0, "127.0.0.1", go));
    stranger.address = `http://127.0.0.1:${stranger.#server.address().port}`;
    return stranger;
  }

  /** Some vectors, the next ones each time. */
  #words() {
    const all = parts(VECTORS, WORDS);
    this.said += 1;
    return all[this.said % all.length].join(" ");
  }

  #answer(request, response) {
    request.resume();
    const page = /^\/feed\/(\d+)$/.exec(request.url)?.[1];
    const send = (status, type, body) => response.writeHead(status, { "content-type": type }).end(body);
    if (page) return send(200, "application/rss+xml", feed(parts(VECTORS, FEED_ITEMS)[Number(page)]));
    const words = this.#words();
    if (request.url.startsWith("/2/users/me")) {
      return send(200, "application/json", JSON.stringify({ data: { id: "12", name: words, username: words } }));
    }
    const error = { title: words, detail: words, type: words, status: 403, errors: [{ message: words, detail: words }] };
    const body = request.url.startsWith("/v1/") ? { error: { message: words, type: words, code: words } } : error;
    return send(request.url.startsWith("/v1/") ? 400 : 403, "application/json", JSON.stringify(body));
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((go) => this.#server.close(go));
  }
}

/** How many feeds it has. */
export const FEEDS = Math.ceil(VECTORS.length / FEED_ITEMS);
