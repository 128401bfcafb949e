"""For everybody: what axe-core finds, in light and dark; the keyboard alone; any width."""

from __future__ import annotations

import re

import pytest

from neuralart.app import view
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.write import write

from .conftest import PHOTO, fits, visits

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-core is not installed: pip install axe-playwright-python"
)

# WCAG 2.1, levels A and AA. Between light and dark, only colours differ.
RULES = {
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
}
# No colour is seen on its way to another, and none through the line that Gradio lays over the tabs.
STILL = "* { transition: none !important; } #tabs ::after, #tabs ::before { content: none !important; }"


@pytest.fixture(scope="module")
def page(browser, cached, served):
    """The page with every fold open, a mistake told and two pictures compared; its size and colours may be changed."""
    files = [served.gallery / f"{name}.png" for name in ("crane", "robin")]
    for file in files:
        record = {"description": file.stem, "options": {"seed": len(files)}}
        write(Picture(read(PHOTO, 64).pixels, record=record), file, bits=8)
    with visits(browser, cached, served) as visit:
        page = visit()
        page.add_style_tag(content=STILL)
        page.click("#paint")
        page.wait_for_selector("#status .wrong[role=alert]")
        for fold in page.query_selector_all("#more .label-wrap"):
            fold.click()
        page.wait_for_selector("#option-optimizer")
        yield page


def test_everything_can_be_read_and_has_a_name(page):
    page.click("#gallery button:has(img)")
    page.click("#compare-two")
    page.click("#gallery .thumbnail-item:not(.selected)")
    page.wait_for_selector(".pair figure:nth-child(2) img")
    can_be_read(page)
    assert page.get_by_role("group", name="Content").count() == page.get_by_role("group", name="Style").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "neuralart"


def test_thumbnails_are_called_by_their_captions(page):
    for name in ("crane", "robin"):
        assert page.locator("#gallery").get_by_role("button", name=name, exact=True).count() == 1
    page.fill("#gallery-words :is(input, textarea)", "robin")
    page.get_by_role("button", name="crane", exact=True).wait_for(state="detached")
    page.fill("#gallery-words :is(input, textarea)", "")
    page.get_by_role("button", name="crane", exact=True).wait_for()


def test_folds_tell_whether_they_are_open(page):
    fold = lambda expanded: page.get_by_role("button", name="Regions", expanded=expanded)
    assert page.get_by_role("button", name="All options", expanded=True).count() == 1
    fold(False).press("Enter")
    fold(True).wait_for()
    page.get_by_role("group", name="Style mask 2").wait_for()  # what was hidden has its name, too
    fold(True).press("Enter")
    fold(False).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_unchecked_box_can_be_seen(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
    box = page.locator("#favourites-only input")
    look = box.evaluate("box => [getComputedStyle(box).borderColor, getComputedStyle(box).backgroundColor]")
    assert contrast(*look) >= 3


def contrast(*colours):
    """Of two colours such as "rgb(187, 187, 194)", as WCAG defines it."""
    shares = [[int(number) / 255 for number in re.findall(r"\d+", colour)[:3]] for colour in colours]
    linear = lambda share: share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
    light = [sum(weight * linear(one) for weight, one in zip((0.2126, 0.7152, 0.0722), each)) for each in shares]
    return (max(light) + 0.05) / (min(light) + 0.05)


def back(page):
    """Leave the page as it was before another tab was looked at."""
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_role("tab", name="Picture", exact=True).click()
    page.wait_for_selector("#paint")


@pytest.fixture
def films(page):
    """The page with the tab of films open, and a mistake told there."""
    page.get_by_role("tab", name="Film").click()
    page.click("#film-paint")
    page.wait_for_selector("#film-status .wrong[role=alert]")
    yield page
    back(page)


def test_so_can_the_tab_of_films(films):
    films.click("#film-all-options .label-wrap")
    films.wait_for_selector("#film-option-optimizer")
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
    back(page)


def test_so_can_the_tab_of_many_pictures(many):
    many.click("#batch-all-options .label-wrap")
    many.wait_for_selector("#batch-option-optimizer")
    many.wait_for_selector("#batch-content [aria-label='Add files']")
    # What stands there once something is painted, and what failed.
    there = view.there([("x", '<img src="" alt="a castle">', "a-castle-wave")], ["it failed"])
    for name, html in {"there": there, "take": view.taking("x", "Download 1 picture as one ZIP")}.items():
        many.evaluate("([id, html]) => document.getElementById(id).innerHTML = html", [f"batch-{name}", html])
    can_be_read(many)
    for name in ("Photographs", "Styles"):
        assert many.get_by_role("group", name=name).count() == 1
    fits(many, 1400, "batch-")
    many.set_viewport_size({"width": 390, "height": 900})
    fits(many, 390, "batch-")


def can_be_read(page):
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
        kinds = ["violations", "incomplete"]
        found = axe.Axe().run(page, options=rules | {"resultTypes": kinds}).response
        assert [fault for kind in kinds for rule in found[kind] for fault in faults(rule)] == []
        assert "color-contrast" in [rule["id"] for rule in found["passes"]]


def faults(rule):
    """What breaks a rule, or might. Axe cannot tell whether a symbol is text, such as the triangle of a fold."""
    reasons = [(node["target"], one) for node in rule["nodes"] for one in node["any"] + node["all"] + node["none"]]
    return [
        (rule["id"], *target, one["message"])
        for target, one in reasons
        if (one.get("data") or {}).get("messageKey") not in ("nonBmp", "shortTextContent")
    ]


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
