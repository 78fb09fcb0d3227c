// Dropping files, and how far they are sent. Without this script, the form sends them as any form does.

import { ask, offline, say } from "./page.js";

const form = document.querySelector("form.drop");
const input = form.querySelector("input[type=file]");
const sending = form.querySelector(".sending");
const bar = sending.querySelector("progress");
const words = sending.querySelector("span");

let isSending = false;
// What somebody has changed by hand and not sent yet; it is not to be lost by a reload.
let isChanged = false;
document.addEventListener("input", (event) => {
  if (event.target !== input) isChanged = true;
});

// A refusal stays until the next try.
function refuse(message, hint) {
  tell(message, hint);
  isSending = false;
  sending.hidden = true;
  form.querySelector("button").disabled = false;
}

function tell(message, hint) {
  const note = document.createElement("div");
  note.className = "note bad";
  const strong = document.createElement("strong");
  strong.textContent = message;
  note.append(strong);
  if (hint) {
    const more = document.createElement("p");
    more.textContent = hint;
    note.append(more);
  }
  form.querySelector(".said-here").replaceChildren(note);
}

function send(files) {
  if (files.length === 0) return;
  if (isSending) {
    tell("Other files are being sent.", "Drop these again once the others are there.");
    return;
  }
  form.querySelector(".said-here").replaceChildren();
  const all = [...files].reduce((sum, file) => sum + file.size, 0);
  if (all > Number(form.dataset.most)) {
    refuse(`These files are larger than ${form.dataset.limit} together.`, "Start onefold serve with a larger --max-upload.");
    return;
  }
  const body = new FormData();
  for (const file of files) body.append("file", file, file.name);
  const url = new URL(form.action);
  url.pathname += ".json";
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const share = Math.floor((event.loaded / event.total) * 100);
    bar.value = share;
    words.textContent = share < 100 ? `${share} % sent` : "Sent; the files are being looked at";
  });
  request.addEventListener("load", () => {
    const answer = request.response;
    if (request.status === 200 && answer?.location) location.assign(answer.location);
    else refuse(answer?.error?.message ?? `The server answers ${request.status}.`, answer?.error?.hint);
  });
  request.addEventListener("error", () => {
    offline(true);
    refuse("The files could not be sent.", "Is onefold serve still running? Nothing of them was kept.");
  });
  isSending = true;
  sending.hidden = false;
  bar.value = 0;
  words.textContent = "0 % sent";
  form.querySelector("button").disabled = true;
  say("Sending files");
  request.send(body);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(input.files);
});
input.addEventListener("change", () => send(input.files));

// The whole page takes files, so that a near miss does not open one in place of it.
let depth = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  depth += 1;
  form.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  depth -= 1;
  if (depth <= 0) form.classList.remove("over");
});
document.addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  form.classList.remove("over");
  send(event.dataTransfer.files);
});

// Files that are being looked at are shown as soon as they have been.
const busy = document.querySelector("[data-busy]");
async function look() {
  try {
    const response = await ask(busy.dataset.busy);
    const answer = await response.json();
    if (!answer.busy && !isSending) {
      if (!isChanged) {
        location.reload();
        return;
      }
      busy.firstChild.textContent = "The files have been looked at. ";
      say("The files have been looked at");
      return;
    }
  } catch {
    // The page tells that the server does not answer; the next look may find it again.
  }
  setTimeout(look, 700);
}
if (busy) setTimeout(look, 500);
