// Runs once, when the page is there; `hints` are the texts over its buttons, by their ids.
// Gradio gives the buttons of every picture the same names; a screen reader should say which picture they belong to.
const names = {content: "Content", style: "Style", second: "Second style", third: "Third style", compare: "Before and after"};
for (const mask of document.querySelectorAll("[id^=mask-]")) names[mask.id] = mask.querySelector("label")?.innerText;
for (const name of ["style", "second", "third"]) names[`film-${name}`] = names[name];
names["film-content"] = "Film";
const label = () => {
  for (const [id, name] of Object.entries(names)) {
    document.getElementById(id)?.setAttribute("role", "group");
    document.getElementById(id)?.setAttribute("aria-label", name);
  }
  for (const [id, hint] of Object.entries(hints)) document.getElementById(id)?.setAttribute("title", hint);
};
label();
// The tab of films has its components once it is opened, shortly after it was chosen.
window.opened = () => {
  label();
  new MutationObserver((_, watch) => document.getElementById("film-paint") && (label(), watch.disconnect()))
    .observe(document.body, {childList: true, subtree: true});
};
// A preview begins once nothing has changed for a while, unless something is being painted.
const PAUSE = 600; // milliseconds
const soon = {};
window.previewSoon = id => {
  const of = id.replace("preview", "");
  clearTimeout(soon[of]);
  soon[of] = setTimeout(() => {
    const paint = document.getElementById(`${of}paint`);
    if (document.querySelector(`#${of}style img`) && paint && !paint.disabled) document.getElementById(id).click();
  }, PAUSE);
};
document.addEventListener("click", event => event.target.closest(".begins") && Object.values(soon).forEach(clearTimeout), true);
