// Every page that there is, and where to see one. `stories/pages.test.mjs` compares this with the routes of
// the router, so that a new page cannot be forgotten: it is looked at by axe, for width, for pictures, for
// secrets and for what strangers wrote.

/** By the route's pattern: addresses, given what a lived-in house has in it (`lib/lived_in.mjs`). */
export const PAGES = {
  "/": () => ["/"],
  "/queue": ({ asks, bot }) => ["/queue", `/queue?bot=${asks}`, `/queue?bot=${bot}`],
  "/posts/{id}": ({ draft }) => [`/posts/${draft}`, "/posts/1"],
  "/calendar": ({ bot }) => ["/calendar", "/calendar?view=month", `/calendar?view=day&bot=${bot}`],
  "/calendar/{slot}": () => ["/calendar/1"],
  "/find": () => ["/find", "/find?q=fog"],
  "/first": () => ["/first"],
  "/bots": () => ["/bots", "/bots?after=bob"],
  "/bots/{bot}": ({ bot, made }) => [`/bots/${bot}`, `/bots/${made}`],
  "/bots/{bot}/schedule": ({ made }) => [`/bots/${made}/schedule`],
  "/bots/{bot}/limits": ({ made }) => [`/bots/${made}/limits`],
  "/bots/{bot}/keys": ({ bot }) => [`/bots/${bot}/keys`],
  "/bots/{bot}/go-live": ({ bot }) => [`/bots/${bot}/go-live`],
  "/bots/{bot}/history": ({ asks }) => [`/bots/${asks}/history`],
  "/bots/{bot}/try/{id}": ({ tried }) => [tried],
  "/new-bot": () => ["/new-bot", "/new-bot?example=lighthouse"],
  "/approvals": ({ draft }) => ["/approvals", `/approvals?post=${draft}`],
  "/approvals/all": () => ["/approvals/all"],
  "/attention": () => ["/attention"],
  "/analytics": ({ bot }) => ["/analytics", `/analytics?days=90&bot=${bot}`],
  "/costs": ({ bot }) => ["/costs", `/costs?bot=${bot}&cron=0+*+*+*+*`],
  "/settings": () => ["/settings"],
  "/settings/second": () => ["/settings/second"],
  "/settings/people": () => ["/settings/people"],
  "/settings/tokens": () => ["/settings/tokens"],
  "/settings/log": () => ["/settings/log"],
  "/api/docs": () => ["/api/docs"],
  "/settings/alerts": () => ["/settings/alerts"],
  "/prove": () => ["/prove?next=%2F"],
};

/** Pages that a stranger sees. */
export const DOORS = {
  "/login": () => ["/login"],
  "/welcome/{secret}": ({ invitation }) => [invitation],
};

/** Pages that only the demo has. */
export const DEMO = {
  "/sandbox": () => ["/sandbox", "/sandbox?account=lighthouse"],
};

/** What is no page, and why. */
export const NO_PAGES = {
  "/livez": "a probe",
  "/readyz": "a probe",
  "/health": "a probe's JSON",
  "/static/{file}": "a file",
  "/events": "a stream",
  "/metrics": "figures for Prometheus",
  "/stats": "JSON",
  "/slots/{id}": "JSON",
  "/analytics/{file}": "a table to download",
  "/costs/{file}": "a table to download",
  "/calendar/{slot}/clash": "a part of a page",
};

/** What an address that leads nowhere shows. */
export const LOST = "/no-such-page";

/** The addresses of all pages of a kind. */
export const addresses = (pages, seen) => Object.values(pages).flatMap((at) => at(seen));
