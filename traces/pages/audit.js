
const form = document.getElementById("filter");
const runs = Array.from(document.querySelectorAll("details.run"), (element) => ({
  element,
  text: element.textContent.toLowerCase(),
  labels: JSON.parse(element.dataset.labels),
  ending: element.dataset.ending,
}));

function show() {
  const text = form.elements.text.value.trim().toLowerCase();
  const label = form.elements.label.value;
  const ending = form.elements.ending.value;
  const tripped = form.elements.tripped.checked;
  let shown = 0;
  for (const run of runs) {
    const fits =
      (!text || run.text.includes(text)) &&
      (!label || run.labels.includes(label)) &&
      (!ending || run.ending === ending) &&
      (!tripped || run.labels.length > 0);
    run.element.hidden = !fits;
    shown += fits;
  }
  form.elements.shown.textContent = `${shown.toLocaleString("en")} shown`;
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
