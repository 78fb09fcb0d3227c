// Charts: what a column says when it is pointed at, and charts as files.

let tip;

function show(column, event) {
  const title = column.querySelector("title");
  // The browser's own box would stand beside ours.
  if (title) {
    column.dataset.said = title.textContent;
    title.remove();
  }
  if (!column.dataset.said) return;
  tip ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip" }));
  tip.hidden = false;
  tip.textContent = column.dataset.said;
  const { offsetWidth: width, offsetHeight: height } = tip;
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 8)}px`;
  tip.style.top = `${Math.max(event.clientY - height - 12, 8)}px`;
}

document.addEventListener("pointermove", (event) => {
  const column = event.target.closest?.(".chart .column");
  if (column) show(column, event);
  else if (tip) tip.hidden = true;
});

// A chart as it looks, in a file that needs no style sheet.
function standalone(chart) {
  const copy = chart.cloneNode(true);
  const shown = chart.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, place) => {
    const style = getComputedStyle(shown[place]);
    for (const name of ["fill", "stroke"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, style[name]);
    }
  });
  const [, , width, height] = chart.getAttribute("viewBox").split(" ").map(Number);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function save(url, name) {
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
}

const encoded = (text) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;

function picture({ text, width, height }, name, ground) {
  const image = new Image();
  image.onload = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
    const context = canvas.getContext("2d");
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    save(canvas.toDataURL("image/png"), `${name}.png`);
  };
  image.src = encoded(text);
}

for (const frame of document.querySelectorAll(".chart-frame")) {
  const buttons = frame.querySelector(".save");
  if (!buttons) continue;
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const kind = event.target.dataset.save;
    if (!kind) return;
    const chart = standalone(frame.querySelector("svg.chart"));
    const name = frame.querySelector(".title").textContent.trim().replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase();
    if (kind === "svg") save(encoded(chart.text), `${name}.svg`);
    else picture(chart, name, getComputedStyle(frame.closest(".card") ?? document.body).backgroundColor);
  });
}
