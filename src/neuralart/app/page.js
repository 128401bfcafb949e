// Runs once, when the page is there; `hints` are the texts over its buttons, by their ids.
// Gradio gives the buttons of every picture the same names; a screen reader should say which picture they belong to.
const names = {content: "Content", style: "Style", second: "Second style", third: "Third style", compare: "Before and after"};
for (const mask of document.querySelectorAll("[id^=mask-]")) names[mask.id] = mask.querySelector("label")?.innerText;
for (const [id, name] of Object.entries(names)) {
  document.getElementById(id)?.setAttribute("role", "group");
  document.getElementById(id)?.setAttribute("aria-label", name);
}
for (const [id, hint] of Object.entries(hints)) document.getElementById(id)?.setAttribute("title", hint);
// A preview begins once nothing has changed for a while, unless something is being painted.
const PAUSE = 600; // milliseconds
let soon;
window.previewSoon = () => {
  clearTimeout(soon);
  soon = setTimeout(() => {
    if (document.querySelector("#style img") && !document.getElementById("paint").disabled)
      document.getElementById("preview").click();
  }, PAUSE);
};
document.addEventListener("click", event => event.target.closest("#paint, #go-on") && clearTimeout(soon), true);
