"""For everybody: names on all controls, contrast, the keyboard alone, a telephone, a dark room."""

from __future__ import annotations

import pytest

from neuralart.app import view

from .conftest import visits

# Every text that is seen, with the contrast of its colour against the nearest ground that is painted behind it.
CONTRASTS = """() => {
  const parts = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    const isSeen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!own || !isSeen || parseFloat(style.fontSize) === 0 || element.closest(':disabled, .hide')) continue;
    const [a, b] = [light(parts(style.color)), light(ground(element))].sort((x, y) => y - x);
    found.push([element.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)]);
  }
  return found;
}"""

# Every control that can be reached, with the name that a screen reader tells.
NAMES = """() => [...document.querySelectorAll('button, input, textarea, select, a[href], [role=slider]')]
  .filter(element => element.checkVisibility())
  .map(element => [element.outerHTML.slice(0, 120), (element.getAttribute('aria-label') || element.title ||
    [...(element.labels || [])].map(label => label.textContent).join(' ') || element.textContent || '').trim()])"""


@pytest.fixture(scope="module")
def page(browser, cached, served):
    """The page with every fold open and a mistake among what must be read; its size and colours may be changed."""
    with visits(browser, cached, served) as visit:
        page = visit()
        page.add_style_tag(content="* { transition: none !important; }")  # no colour is seen on its way to another
        page.click("#paint")
        page.wait_for_selector("#status .wrong[role=alert]")
        for fold in page.query_selector_all("#more .label-wrap"):
            fold.click()
        page.wait_for_selector("#option-optimizer")
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_has_a_name(page, scheme):
    colour(page, scheme)
    can_be_read(page)
    assert page.get_by_role("group", name="Content").count() == page.get_by_role("group", name="Style").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.get_by_role("heading", level=1).inner_text() == "neuralart"


@pytest.fixture
def films(page):
    """The page with the tab of films open, and a mistake told there."""
    page.get_by_role("tab", name="Film").click()
    page.click("#film-paint")
    page.wait_for_selector("#film-status .wrong[role=alert]")
    yield page
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_role("tab", name="Picture", exact=True).click()
    page.wait_for_selector("#paint")


def test_so_can_the_tab_of_films(films):
    films.click("#film-all-options .label-wrap")
    films.wait_for_selector("#film-option-optimizer")
    for scheme in ("light", "dark"):
        colour(films, scheme)
        can_be_read(films)
    assert films.get_by_role("group", name="Film").count() == films.get_by_role("group", name="Style").count() == 1
    fits(films, 1400, "film-")
    films.set_viewport_size({"width": 390, "height": 900})
    fits(films, 390, "film-")
    film, style = (films.locator(f"#film-{name}").bounding_box() for name in ("content", "style"))
    assert film["x"] + film["width"] <= 390 and style["x"] + style["width"] <= 390


@pytest.fixture
def many(page):
    """The page with the tab of many pictures open, two files in each place, and a mistake told there."""
    page.get_by_role("tab", name="Many pictures").click()
    page.wait_for_selector("#batch-content input[type=file]", state="attached")
    for role, names in {"content": ("photo", "moose"), "style": ("wave", "scream")}.items():
        for name in names:
            page.click(f"#example-batch-{role}-{name}")
            page.wait_for_selector(f"#batch-{role} tr:has-text('{name}')")
    page.fill("#batch-option-size :is(input, textarea)", "4000")
    page.click("#batch-paint")
    page.wait_for_selector("#batch-status .wrong[role=alert]")
    yield page
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_role("tab", name="Picture", exact=True).click()
    page.wait_for_selector("#paint")


def test_so_can_the_tab_of_many_pictures(many):
    many.click("#batch-all-options .label-wrap")
    many.wait_for_selector("#batch-option-optimizer")
    many.wait_for_selector("#batch-content [aria-label='Add files']")
    # What stands there once something is painted, and what failed.
    there = view.there([("x", '<img src="" alt="a castle">', "a-castle-wave")], ["it failed"])
    for name, html in {"there": there, "take": view.taking("x", "Download 1 picture as one ZIP")}.items():
        many.evaluate("([id, html]) => document.getElementById(id).innerHTML = html", [f"batch-{name}", html])
    for scheme in ("light", "dark"):
        colour(many, scheme)
        can_be_read(many)
    for name in ("Photographs", "Styles"):
        assert many.get_by_role("group", name=name).count() == 1
    fits(many, 1400, "batch-")
    many.set_viewport_size({"width": 390, "height": 900})
    fits(many, 390, "batch-")


def colour(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")


def can_be_read(page):
    found = page.evaluate(CONTRASTS)
    assert len(found) > 40
    assert [(text, round(contrast, 2)) for text, contrast in found if contrast < 4.5] == []
    controls = page.evaluate(NAMES)
    assert len(controls) > 30
    assert [control for control, name in controls if not name] == []
    assert page.evaluate("[...document.images].filter(image => image.alt === null).length") == 0


def test_the_keyboard_alone(page):
    page.click("h1")  # from there on
    order = []
    for _ in range(60):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.closest('[id]')?.id"))
        if order[-1] == "paint":
            break
    wanted = ["content", "style", "preset-bold", "option-strength", "option-style_scale", "option-size", "paint"]
    places = [order.index(name) for name in wanted]
    assert places == sorted(places)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    with page.expect_request("**/queue/join*"):
        page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [760, 1400])
def test_it_fits(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    fits(page, width)


def test_it_fits_a_telephone(visitor):
    fits(visitor(390, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 900}), 390)


def fits(page, width, of=""):
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator(f"#{of}{name}").bounding_box() for name in ("order", "seen", "more")]
    assert all(box["width"] > 300 for box in boxes)
    if width < 860:  # one below the other: what is seen comes right after what was ordered
        assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    else:
        assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    paint, status = (page.locator(f"#{of}{name}").bounding_box() for name in ("paint", "status"))
    assert 0 < status["y"] - paint["y"] < 120  # what is told stands below the button that was pressed
