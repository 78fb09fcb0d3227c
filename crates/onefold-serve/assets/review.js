// The review by keys, and a slider that says its number.

const settings = document.querySelector(".settings[data-keys]");
document.addEventListener("keydown", (event) => {
  if (settings?.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key.toLowerCase();
  if (!/^[a-z1-9]$/.test(key)) return;
  const found = document.querySelector(`[data-key="${key}"]`);
  if (found) {
    event.preventDefault();
    found.click();
  }
});

// One press is one decision.
for (const form of document.querySelectorAll("form.decide")) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener("pageshow", () => (isSent = false));
}

// What takes its time is looked at again until it is done.
if (document.querySelector("[data-waits]")) setTimeout(() => location.reload(), 1500);

const cut = document.querySelector("form.cut");
if (cut) {
  const { cut: slider, exact } = cut.elements;
  // By keys it moves in small steps, and Enter asks; whoever drags it has chosen when they let go.
  let isByKeys = false;
  slider.addEventListener("keydown", () => (isByKeys = true));
  slider.addEventListener("pointerdown", () => (isByKeys = false));
  slider.addEventListener("input", () => (exact.value = slider.value));
  slider.addEventListener("change", () => isByKeys || cut.requestSubmit());
  exact.addEventListener("input", () => {
    if (exact.value) slider.value = exact.value;
  });
}
