// The run at work, as the server tells of it. The page can be left and loaded again: the run goes on.

import { offline, say } from "./page.js";

const section = document.getElementById("live");
const url = section?.dataset.live;
if (url) follow(url);

function follow(url) {
  const events = new EventSource(url);
  let wasOffline = false;
  const show = (event) => {
    if (wasOffline) offline((wasOffline = false));
    const piece = new DOMParser().parseFromString(event.data, "text/html");
    const isOpen = section.querySelector("details.log")?.open;
    section.replaceChildren(...piece.body.childNodes);
    const log = section.querySelector("details.log");
    if (log && isOpen) log.open = true;
  };
  events.addEventListener("progress", show);
  events.addEventListener("over", (event) => {
    show(event);
    events.close();
    say(section.querySelector("h2").textContent);
    // The graph has the rows of the run before.
    if (section.querySelector("a.button")) setTimeout(() => location.reload(), 600);
  });
  events.addEventListener("error", () => offline((wasOffline = true)));
}
