"use strict";

const KINDS = ["total", "style", "content", "smoothness"];
const STATUS = {
  preparing: "Preparing", painting: "Painting", finished: "Finished", stopped: "Stopped before its end",
};
const AREA = { left: 46, top: 12, right: 390, bottom: 188 };
const byId = (id) => document.getElementById(id);

// A live region speaks at every change, so it changes only when there is something new to say.
function say(status) {
  if (byId("status").textContent !== status) byId("status").textContent = status;
}

function show(state) {
  say(STATUS[state.status]);
  if (state.picture) {
    const share = Math.round((100 * state.iteration) / state.iterations);
    const picture = byId("picture");
    picture.src = state.picture;
    picture.alt = `The painting after iteration ${state.iteration} of ${state.iterations}`;
    picture.hidden = false;
    byId("waiting").hidden = true;
    byId("progress").max = state.iterations;
    byId("progress").value = state.iteration;
    byId("caption").textContent = [
      `Iteration ${state.iteration} of ${state.iterations}`, `scale ${state.scale} of ${state.scales}`,
      `${state.width} \u00d7 ${state.height} pixels`, `${state.seconds} seconds`,
    ].join(", ");
    document.title = (state.status === "painting" ? `${share} %` : STATUS[state.status]) + " \u00b7 neuralart";
  }
  if (state.points.length) draw(state.points);
}

function brief(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

function element(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function draw(points) {
  const names = Object.keys(points[points.length - 1][2]);
  const values = points.flatMap(([, , terms]) => Object.values(terms)).filter((value) => value > 0);
  if (!values.length) return;
  const first = points[0][0], last = Math.max(points[points.length - 1][0], first + 1);
  const low = Math.floor(Math.log10(Math.min(...values))), high = Math.max(Math.ceil(Math.log10(Math.max(...values))), low + 1);
  const across = (iteration) => AREA.left + ((iteration - first) / (last - first)) * (AREA.right - AREA.left);
  const down = (value) => AREA.bottom - ((Math.log10(value) - low) / (high - low)) * (AREA.bottom - AREA.top);
  const parts = [];
  const stride = Math.ceil((high - low) / 6);
  for (let power = low; power <= high; power += stride) {
    const y = down(10 ** power);
    parts.push(element("line", { class: "grid", x1: AREA.left, x2: AREA.right, y1: y, y2: y }));
    parts.push(element("text", { x: AREA.left - 8, y: y + 4, "text-anchor": "end" }, power < -3 || power > 4 ? `1e${power}` : brief(10 ** power)));
  }
  points.forEach(([iteration, scale], n) => {
    if (n && scale !== points[n - 1][1]) {
      parts.push(element("line", { class: "scale", x1: across(iteration), x2: across(iteration), y1: AREA.top, y2: AREA.bottom }));
    }
  });
  for (const name of names) {
    const line = points.filter(([, , terms]) => terms[name] > 0).map(([iteration, , terms]) => `${across(iteration).toFixed(1)},${down(terms[name]).toFixed(1)}`);
    parts.push(element("polyline", { class: KINDS.includes(name) ? name : "other", points: line.join(" ") }));
  }
  parts.push(element("text", { x: AREA.left, y: 208 }, String(first)));
  parts.push(element("text", { x: AREA.right, y: 208, "text-anchor": "end" }, `iteration ${points[points.length - 1][0]}`));
  byId("chart").replaceChildren(...parts);
  tell(points, names);
}

function tell(points, names) {
  const now = points[points.length - 1][2];
  byId("chart").setAttribute("aria-label", "Terms over iterations. Now: " + names.map((name) => `${name} ${brief(now[name])}`).join(", "));
  byId("values").replaceChildren(...names.map((name) => {
    const row = document.createElement("tr"), head = document.createElement("th"), key = document.createElement("span");
    head.scope = "row";
    key.className = `key ${KINDS.includes(name) ? name : "other"}`;
    head.append(key, name);
    row.append(head);
    for (const value of [now[name], Math.max(...points.map(([, , terms]) => terms[name] ?? 0))]) {
      row.append(Object.assign(document.createElement("td"), { textContent: brief(value) }));
    }
    return row;
  }));
}

const events = new EventSource("/events");
events.onmessage = (event) => {
  const state = JSON.parse(event.data);
  show(state);
  if (state.status === "finished" || state.status === "stopped") events.close();
};
events.onerror = () => say("The connection is lost; trying again");
