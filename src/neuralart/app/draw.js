// Draws masks over the photograph. Every place for a mask has a layer, white where it was drawn; what is used becomes
// a file like any that is dropped in, and goes the same way to the server.
const LONGEST = 1024; // pixels: long edge of a mask
const UNDONE = 12; // strokes that can be taken back
const COLOURS = ["#2f6fed", "#f08c00", "#2b8a3e", "#c2255c", "#7048e8", "#0b7285", "#a61e4d"];
const draw = {layers: new Map(), undo: [], photo: null, from: null};
const part = name => document.getElementById(`draw-${name}`);
const active = () => draw.layers.get(part("layer").value);
const canvas = (width, height) => Object.assign(document.createElement("canvas"), {width, height});

function begin() {
  draw.photo = document.querySelector("#content img");
  part("note").textContent = draw.photo?.naturalWidth ? "" : "Drop in a photograph first.";
  if (!draw.photo?.naturalWidth) return;
  const {naturalWidth: wide, naturalHeight: high} = draw.photo;
  const scale = Math.min(1, LONGEST / Math.max(wide, high));
  const size = [Math.round(wide * scale), Math.round(high * scale)];
  Object.assign(part("canvas"), {width: size[0], height: size[1]});
  draw.undo = [];
  draw.layers.clear();
  [...part("layer").options].forEach((option, k) =>
    draw.layers.set(option.value, {ink: layerOf(option.value, size), colour: COLOURS[k % COLOURS.length], isNew: false}));
  part("dialog").showModal();
  show();
}

function layerOf(id, [width, height]) {
  const ink = canvas(width, height).getContext("2d", {willReadFrequently: true});
  const before = document.querySelector(`#${id} img`);
  if (!before?.naturalWidth) return ink;
  ink.drawImage(before, 0, 0, width, height);
  const pixels = ink.getImageData(0, 0, width, height);
  for (let k = 0; k < pixels.data.length; k += 4) {
    const [r, g, b, a] = pixels.data.subarray(k, k + 4);
    pixels.data.set([255, 255, 255, ((0.299 * r + 0.587 * g + 0.114 * b) * a) / 255], k);
  }
  ink.putImageData(pixels, 0, 0);
  return ink;
}

function show() {
  const view = part("canvas").getContext("2d"), {width, height} = part("canvas");
  view.globalAlpha = 1;
  view.drawImage(draw.photo, 0, 0, width, height);
  for (const layer of draw.layers.values()) {
    const tint = canvas(width, height).getContext("2d");
    tint.drawImage(layer.ink.canvas, 0, 0);
    tint.globalCompositeOperation = "source-in";
    tint.fillStyle = layer.colour;
    tint.fillRect(0, 0, width, height);
    view.globalAlpha = layer === active() ? 0.65 : 0.3;
    view.drawImage(tint.canvas, 0, 0);
  }
  part("dialog").style.setProperty("--ink", active().colour);
  part("told").textContent = part("layer").selectedOptions[0].dataset.hint;
}

function remember() {
  const {ink} = active(), {width, height} = ink.canvas;
  draw.undo.push([active(), ink.getImageData(0, 0, width, height)]);
  draw.undo.splice(0, draw.undo.length - UNDONE);
  active().isNew = true;
}

function stroke(to) {
  const {ink} = active(), {width, height} = ink.canvas;
  const radius = (Number(part("width").value) / 200) * Math.max(width, height);
  const soft = Math.max(Number(part("soft").value) / 100, 0.02);
  const from = draw.from ?? to, length = Math.hypot(to.x - from.x, to.y - from.y);
  const stamps = Math.max(1, Math.ceil(length / (radius / 4)));
  ink.globalCompositeOperation = part("eraser").checked ? "destination-out" : "source-over";
  for (let k = 1; k <= stamps; k++) {
    const x = from.x + ((to.x - from.x) * k) / stamps, y = from.y + ((to.y - from.y) * k) / stamps;
    ink.fillStyle = ink.createRadialGradient(x, y, 0, x, y, radius);
    [[0, 1], [1 - soft, 1], [1, 0]].forEach(([at, a]) => ink.fillStyle.addColorStop(at, `rgba(255, 255, 255, ${a})`));
    ink.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }
  draw.from = to;
  show();
}

function at(event) {
  const box = part("canvas").getBoundingClientRect(), {width, height} = part("canvas");
  return {x: ((event.clientX - box.left) * width) / box.width, y: ((event.clientY - box.top) * height) / box.height};
}

async function maskOf(id) {
  const {ink} = draw.layers.get(id), {width, height} = ink.canvas;
  const mask = canvas(width, height).getContext("2d");
  mask.fillRect(0, 0, width, height);
  mask.drawImage(ink.canvas, 0, 0);
  if (!mask.getImageData(0, 0, width, height).data.some((value, k) => k % 4 < 3 && value)) return null;
  const blob = await new Promise(done => mask.canvas.toBlob(done, "image/png"));
  return new File([blob], `${id.replace("mask-", "drawn-")}.png`, {type: "image/png"});
}

async function use() {
  for (const [id, layer] of draw.layers) {
    if (!layer.isNew) continue;
    const file = await maskOf(id), place = document.getElementById(id);
    place.querySelector("[aria-label='Remove Image']")?.click();
    if (file) await put(file, place);
  }
  part("dialog").close();
}

async function put(file, place) {
  for (let tries = 0; tries < 100 && !place.querySelector("input[type=file]"); tries++)
    await new Promise(done => setTimeout(done, 50)); // until Gradio has removed the mask before
  const input = place.querySelector("input[type=file]"), files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", {bubbles: true}));
}

async function takeHome() {
  const file = await maskOf(part("layer").value);
  part("told").textContent = file ? "" : "Nothing is drawn here yet.";
  if (!file) return;
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(file), download: file.name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function undo() {
  const [layer, pixels] = draw.undo.pop() ?? [];
  layer?.ink.putImageData(pixels, 0, 0);
  show();
}

function clear() {
  remember();
  const {ink} = active();
  ink.clearRect(0, 0, ink.canvas.width, ink.canvas.height);
  show();
}

const deeds = {begin, use, takeHome, undo, clear, cancel: () => part("dialog").close()};
// Gradio makes what is in a fold when it is opened, so we listen to the whole page.
document.addEventListener("click", event => deeds[event.target.closest?.("[data-draw]")?.dataset.draw]?.());
document.addEventListener("change", event => event.target.id === "draw-layer" && show());
document.addEventListener("pointerdown", event => {
  if (event.target.id !== "draw-canvas" || event.button) return;
  event.target.setPointerCapture(event.pointerId);
  remember();
  draw.from = null;
  stroke(at(event));
});
document.addEventListener("pointermove", event => draw.from && event.target.id === "draw-canvas" && stroke(at(event)));
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (draw.from = null));
