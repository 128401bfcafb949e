// Runs once, when the page is there; `hints` are the texts over its buttons, by their ids.
// Gradio gives the buttons of every picture the same names; a screen reader should say which picture they belong to.
const names = {content: "Content", style: "Style", second: "Second style", third: "Third style", compare: "Before and after"};
for (const name of ["style", "second", "third"]) names[`film-${name}`] = names[name];
names["film-content"] = "Film";
names["batch-content"] = "Photographs";
names["batch-style"] = "Styles";
const label = () => {
  for (const mask of document.querySelectorAll("[id^=mask-]")) names[mask.id] = mask.querySelector("label")?.innerText;
  for (const [id, name] of Object.entries(names)) {
    document.getElementById(id)?.setAttribute("role", "group");
    document.getElementById(id)?.setAttribute("aria-label", name);
  }
  // Gradio puts the button that adds files into another one, which does nothing.
  for (const outer of document.querySelectorAll("[aria-label='common.upload']")) {
    Object.assign(outer, {role: "group", tabIndex: -1, ariaLabel: "More files", title: ""});
    Object.assign(outer.querySelector("button"), {ariaLabel: "Add files", title: "Add files"});
  }
  for (const [id, hint] of Object.entries(hints)) document.getElementById(id)?.setAttribute("title", hint);
  // Gradio does not tell whether a fold is open.
  for (const fold of document.querySelectorAll(".label-wrap")) fold.ariaExpanded = fold.classList.contains("open");
};
label();
// What a fold hides is there once it is opened.
document.addEventListener("click", () => setTimeout(label));
// Gradio names thumbnails "Thumbnail 1 of 24", anew whenever there are more; without that, they have their captions.
const gallery = document.getElementById("gallery");
const unnumber = () => {
  for (const one of gallery.querySelectorAll("[aria-label^=Thumbnail]")) one.removeAttribute("aria-label");
};
new MutationObserver(unnumber).observe(gallery, {childList: true, subtree: true, attributeFilter: ["aria-label"]});
unnumber();
// Other tabs have their components once they are opened, shortly after they were chosen.
window.opened = of => {
  label();
  new MutationObserver((_, watch) => document.getElementById(`${of}-paint`) && (label(), watch.disconnect()))
    .observe(document.body, {childList: true, subtree: true});
};
// A preview begins once nothing has changed for a while, unless something is being painted.
const PAUSE = 600; // milliseconds
const soon = {};
window.previewSoon = id => {
  const of = id.replace("preview", "");
  clearTimeout(soon[of]);
  soon[of] = setTimeout(() => {
    label();
    const paint = document.getElementById(`${of}paint`);
    const hasStyle = document.querySelector(`#${of}style :is(img, .file-preview)`);
    if (hasStyle && paint && !paint.disabled) document.getElementById(id).click();
  }, PAUSE);
};
document.addEventListener("click", event => {
  if (!event.target.closest(".begins")) return;
  Object.values(soon).forEach(clearTimeout);
  label();
}, true);
