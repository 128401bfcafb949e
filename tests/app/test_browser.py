"""The page in headless Chromium: what a visitor does, and what comes of it."""

from __future__ import annotations

import json
import re
import time
import zipfile

import pytest

import neuralart
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.record import read_record
from neuralart.image.write import write

from ..patience import deadline
from ..video.movies import movie, read_back, scene
from .conftest import PHOTO, STYLE, fits

# Nobody waits for the end of a painting that is to be stopped.
ITERATIONS = 5000
LONG = {"size": "96", "num_iters": str(ITERATIONS), "tolerance": "0"}


def fill(page, photo=PHOTO, **options):
    page.set_input_files("#content input[type=file]", str(photo))
    page.set_input_files("#style input[type=file]", str(STYLE))
    unfold(page)
    for name, value in options.items():
        page.fill(f"#option-{name} :is(input, textarea)", value)
    page.wait_for_selector("#content img")
    page.wait_for_selector("#style img")


def unfold(page):
    """Open the fold with all options."""
    page.click("#all-options .label-wrap")
    page.wait_for_selector("#option-model")


def status(page, of="") -> str:
    return page.inner_text(f"#{of}status").strip()


def until(page, words: str, of="") -> str:
    """Wait until the status matches, and return it. of: What the ids of the tab begin with."""
    matches = "([id, words]) => RegExp(words).test(document.getElementById(id)?.innerText)"
    try:
        page.wait_for_function(matches, arg=[f"{of}status", words])
    except Exception:
        raise AssertionError(f"never '{words}' but '{status(page, of)}'") from None
    return status(page, of)


def iteration(page) -> int:
    return int(re.search(r"iteration (\d+)", status(page))[1])


def updates(page, count: int) -> list[str]:
    """So many different states of the growing picture."""
    seen = []
    page.wait_for_selector("#live img")
    end = deadline()
    while len(seen) < count:
        assert time.monotonic() < end, "the picture stands still"
        source = page.get_attribute("#live img", "src")
        if source not in seen:
            seen.append(source)
        page.wait_for_timeout(50)
    return seen


def persistently(attempt):
    """What comes of an attempt, which ends after a while; tried again if the page exchanged the button meanwhile."""
    end, late = deadline(), pytest.importorskip("playwright.sync_api").TimeoutError
    while True:
        try:
            return attempt(timeout=20_000)
        except late:
            assert time.monotonic() < end, "nothing comes"


def saved(page, selector: str, folder):
    def click(timeout):
        with page.expect_download(timeout=timeout) as download:
            page.click(selector)
        return download

    download = persistently(click)
    place = folder / download.value.suggested_filename
    download.value.save_as(place)
    return place


def test_paint_watch_stop_go_on_take_home_beside_another(visitor, served, tmp_path):
    page = visitor()
    until(page, "Ready.$")
    photo = tmp_path / "my castle.jpg"
    photo.write_bytes(PHOTO.read_bytes())
    fill(page, photo, **LONG)
    page.wait_for_selector("#live .preview img")  # begins by itself, and gives way
    assert status(page) == "Ready."
    page.click("#paint")
    page.wait_for_selector("#live img[alt^='The painting']")
    assert len(set(updates(page, 3))) == 3
    assert re.search(rf"^Painting: iteration \d+ of {ITERATIONS}, 96 × 72 pixels", until(page, "left"))
    assert page.is_disabled("#paint")
    page.wait_for_selector("#curve svg polyline")
    page.click("#stop")
    until(page, "^Stopped")
    reached = iteration(page)
    assert 0 < reached < ITERATIONS
    page.wait_for_selector("#compare")  # before and after
    first = read_record(saved(page, "#result-picture", tmp_path))
    assert first["result"]["iterations"] == reached
    page.click("#go-on")
    until(page, "^Painting")
    assert iteration(page) >= reached

    other = visitor()
    fill(other, **LONG)
    other.click("#paint")
    assert until(other, "^Waiting") == "Waiting: 1 painting before this one"
    # Each stops what is theirs.
    other.click("#stop")
    until(other, "^Stopped")
    assert status(page).startswith("Painting")
    other.click("#go-on")
    until(other, "^Waiting")
    # A page that is loaded again finds its painting.
    before = iteration(page)
    page.reload()
    until(page, "^Painting: iteration")
    assert iteration(page) >= before
    page.click("#stop")
    until(page, "^Stopped")
    until(other, "^Painting: iteration")
    other.click("#stop")
    until(other, "^Stopped")
    assert status(page).startswith("Stopped")
    # One painting, however often it was stopped.
    assert [path.name for path in served.gallery.glob("my-castle*.png")] == ["my-castle-style.png"]

    page.click("#gallery .thumbnail-item:has(img[alt*='my castle.jpg'], :text('my castle.jpg'))")
    page.wait_for_selector("#chosen img")
    assert "my castle.jpg in the style of style.jpg" in page.get_attribute("#chosen img", "alt")
    assert page.input_value("#option-size :is(input, textarea)") == "500"
    page.click("#reuse")
    until(page, "The form of the tab 'Picture' has the settings of my-castle-style.png")
    unfold(page)
    assert page.input_value("#option-size :is(input, textarea)") == "96"
    assert page.input_value("#option-num_iters input") == str(ITERATIONS)
    taken = saved(page, "#chosen-picture", tmp_path)
    assert taken.name == "my-castle-style.png"
    assert taken.read_bytes() == (served.gallery / taken.name).read_bytes()


def test_chosen_in_words_and_drawn_by_hand(visitor, served, tmp_path):
    page = visitor()
    fill(page, num_iters="2")
    page.click("#style [aria-label='Remove Image']")
    page.click("#example-style-wave")
    page.wait_for_selector("#style img")
    assert "Hokusai" in page.get_attribute("#example-style-wave", "title")
    page.click("#preset-texture")
    page.wait_for_selector("text=Texture: the style's brushwork")
    assert page.input_value("#option-strength input[type=range]") == "0.8"
    page.press("#option-strength input[type=range]", "ArrowLeft")
    page.click("text=Preview 256")
    assert page.input_value("#option-size :is(input, textarea)") == "256"
    page.fill("#option-size :is(input, textarea)", "64")

    page.click("#regions .label-wrap")
    page.click("[data-draw=begin]")
    box = page.locator("#draw-canvas").bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.25 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.25 * box["height"], steps=4)
    page.mouse.up()
    mask = neuralart.read(saved(page, "[data-draw=takeHome]", tmp_path)).pixels[0].float().mean(0)
    height, width = mask.shape
    assert (width, height) == (1024, 768)
    assert mask[height // 4, width // 2] == 255 and mask[height * 3 // 4].max() == 0
    page.click("[data-draw=use]")
    page.wait_for_selector("#mask-preserve-0 img")

    page.click("#paint")
    until(page, "^Finished: iteration 2 of 2, 64 × 48 pixels")
    page.wait_for_selector("#compare")
    picture = neuralart.read(saved(page, "#result-picture", tmp_path))
    assert (picture.size, picture.record["result"]["iterations"]) == ((64, 48), 2)
    assert json.loads(saved(page, "#result-record", tmp_path).read_text())["result"] == picture.record["result"]
    film = saved(page, "#result-animation", tmp_path)
    assert film.suffix in (".mp4", ".gif") and film.stat().st_size > 1000
    record, options = picture.record, picture.record["options"]
    assert (options["strength"], options["style_loss"], options["size"]) == (0.79, "gaussian", 64)
    assert options["preserve"] == "drawn-preserve-0.png"
    assert record["content"]["path"] == PHOTO.name and "wave" in str(record["styles"])


def test_a_film_painted_watched_and_taken_home(visitor, served, tmp_path):
    pytest.importorskip("av", reason='PyAV is not installed: pip install "neuralart[video]"')
    pytest.importorskip("cv2", reason='OpenCV is not installed: pip install "neuralart[video]"')
    film, of = tmp_path / "my walk.mp4", "film-"
    movie(film, scene(3), sound="aac")
    page = visitor()
    page.get_by_role("tab", name="Film").click()
    page.wait_for_selector("#film-content input[type=file]", state="attached")
    page.click("#film-paint")
    until(page, "The film is missing; drop in a file: MP4, MOV, WebM or GIF", of)
    page.set_input_files("#film-content input[type=file]", str(film))
    page.set_input_files("#film-style input[type=file]", str(STYLE))
    page.click("#film-all-options .label-wrap")
    page.fill("#film-option-num_iters input", str(ITERATIONS))
    page.fill("#film-option-tolerance :is(input, textarea)", "0")
    page.fill("#film-option-size :is(input, textarea)", "48")
    page.wait_for_selector("#film-style img")
    page.wait_for_selector("#film-forecast :text-matches('^3 frames of 48 × 36 pixels: about .* on this machine$')")
    page.click("#film-paint")
    until(page, rf"^Painting: frame 1 of 3, iteration \d+ of {ITERATIONS}, 48 × 36 pixels", of)
    page.wait_for_selector("#film-live img[alt^='Frame 1 of the film']")
    assert page.is_disabled("#film-paint")
    page.reload()  # shows the tab in which something is being painted
    until(page, "^Painting: frame 1 of 3", of)
    page.click("#film-stop")
    until(page, "^Stopped", of)

    page.set_input_files("#film-content input[type=file]", str(film))
    page.click("#example-film-style-wave")
    page.wait_for_selector("#film-style img")
    page.click("#film-all-options .label-wrap")
    page.fill("#film-option-size :is(input, textarea)", "48")
    page.fill("#film-option-num_iters input", "3")
    page.click("#film-paint")
    until(page, "^Finished: 3 of 3 frames, 48 × 36 pixels", of)
    page.wait_for_selector("#film-live video[aria-label='my walk.mp4 in the style of wave.jpg']")
    kind = "document.querySelector('#film-live video').src"
    assert page.evaluate(f"fetch({kind}).then(answer => answer.headers.get('content-type'))") == "video/mp4"
    taken = saved(page, "#film-result-animation", tmp_path)
    assert taken.name == "my-walk-wave.mp4"
    assert taken.read_bytes() == (served.gallery / taken.name).read_bytes()
    before, after = read_back(film), read_back(taken)
    assert (after[0], after[2]) == (before[0], before[2])  # times and sound

    page.click("#gallery .thumbnail-item:has(img[alt*='my walk.mp4'], :text('my walk.mp4'))")
    page.wait_for_selector("#chosen video")
    assert page.inner_text("#chosen figcaption") == "my-walk-wave.mp4: my walk.mp4 in the style of wave.jpg"
    page.fill("#film-option-size :is(input, textarea)", "64")
    page.click("#reuse")
    until(page, "The form of the tab 'Film' has the settings of my-walk-wave.png", of)
    page.wait_for_function("document.querySelector('#film-option-size :is(input, textarea)').value === '48'")


def many(page, photographs, **options):
    """Drop photographs and a style into the tab of many pictures, and fill in its form."""
    page.set_input_files("#batch-content input[type=file]", [str(photograph) for photograph in photographs])
    page.set_input_files("#batch-style input[type=file]", str(STYLE))
    page.wait_for_selector(f"#batch-content tr:nth-child({len(photographs)})")
    page.wait_for_selector("#batch-style tr")
    page.click("#batch-all-options .label-wrap")
    page.wait_for_selector("#batch-option-model")
    for name, value in options.items():
        page.fill(f"#batch-option-{name} :is(input, textarea)", value)


def test_many_pictures_painted_watched_and_taken_home(visitor, served, tmp_path):
    small, broken, large = (tmp_path / name for name in ("my castle.jpg", "broken.jpg", "street.jpg"))
    neuralart.read(PHOTO).resized((32, 24)).save(small)
    neuralart.read(PHOTO).resized((512, 384)).save(large)
    broken.write_bytes(large.read_bytes()[:20_000])
    page, of = visitor(), "batch-"
    page.get_by_role("tab", name="Many pictures").click()
    page.wait_for_selector("#batch-content input[type=file]", state="attached")
    page.click("#batch-paint")
    until(page, "The photographs are missing; drop in several pictures or choose examples", of)
    # The first is soon painted, the second fails, the third takes long.
    many(page, [small, broken, large], size="0", num_iters="60", scales="1", tolerance="0")
    page.wait_for_selector("#batch-forecast :text-matches('^3 pictures: about .* on this machine$')")
    page.click("#batch-paint")
    page.wait_for_selector("#batch-live img[alt^='Picture 1 of 3']")
    until(page, r"^Painting: picture 3 of 3, iteration \d+ of 60, 512 × 384 pixels, [\d:]+ left", of)
    page.wait_for_selector("#batch-live :text('Latest: my castle.jpg in the style of style.jpg')")
    page.wait_for_selector("#batch-there .wrong:text(\"'broken.jpg' in the style of 'style.jpg': cannot read\")")
    assert page.is_disabled("#batch-paint")
    page.reload()  # shows the tab in which something is being painted
    until(page, r"^Painting: picture 3 of 3, iteration", of)
    page.click("#batch-stop")
    until(page, "^Stopped: 1 of 3 pictures, 1 failed", of)
    page.click("#batch-go-on")
    until(page, r"^Painting: picture 3 of 3, iteration [1-9]", of)
    page.click("#batch-stop")
    until(page, "^Stopped: 1 of 3 pictures, 1 failed", of)
    with zipfile.ZipFile(saved(page, "#batch-take a", tmp_path)) as there:
        assert there.namelist() == ["failed.txt", "my-castle-style.png"]
    page.reload()  # a batch is found even when nothing is being painted
    page.get_by_role("tab", name="Many pictures").click()
    until(page, "^Stopped: 1 of 3 pictures", of)
    page.wait_for_selector("#batch-there li")

    many(page, [small, broken, large], size="48", num_iters="3")
    for name in ("wave", "scream"):
        page.click(f"#example-batch-style-{name}")
        page.wait_for_selector(f"#batch-style tr:has-text('{name}')")
    page.wait_for_selector(
        "#batch-forecast :text('3 photographs in 3 styles are 9 pictures; this app paints at most 8')"
    )
    page.click("#batch-paint")
    until(page, "3 photographs in 3 styles are 9 pictures; this app paints at most 8 at one go, so leave some out", of)
    page.click("#batch-style tr:has-text('scream') button[aria-label='Remove this file']")
    page.wait_for_selector("#batch-forecast :text('6 pictures: 3 photographs in 2 styles: about')")
    page.click("#batch-paint")
    until(page, "^Finished: 4 of 6 pictures, 2 failed", of)
    page.wait_for_selector("#batch-take :text('Download 4 pictures as one ZIP')")
    assert page.locator("#batch-there li").count() == 4
    first = "document.querySelector('#batch-there a').href"
    assert page.evaluate(f"fetch({first}).then(answer => answer.headers.get('content-type'))") == "image/png"
    with zipfile.ZipFile(saved(page, "#batch-take a", tmp_path)) as there:
        there.extractall(tmp_path / "out")
    pictures = {path.name: neuralart.read(path) for path in (tmp_path / "out").glob("*.png")}
    assert sorted(pictures) == [
        f"{name}-{style}.png" for name in ("my-castle", "street") for style in ("style", "wave")
    ]
    assert {picture.size for picture in pictures.values()} == {(48, 36)}
    assert pictures["my-castle-wave.png"].record["description"] == "my castle.jpg in the style of wave.jpg"
    assert "'broken.jpg' in the style of 'wave.jpg': cannot read" in (tmp_path / "out" / "failed.txt").read_text()
    kept = {read_record(path)["description"] for path in served.gallery.glob("*.png")}
    assert {picture.record["description"] for picture in pictures.values()} <= kept


MISTAKES = [
    ("size", "4000", "'Size' is 4000; this app paints at most 512 pixels."),
    ("size", "0", "'Size' is 0, which keeps the content's 1024 x 768 pixels; this app paints at most 512 pixels."),
    ("size", "8", "would be 8 x 6 pixels, but network 'compact' needs 16 on each side; give a larger 'Size'."),
    ("style_factor", "many", "'Style factor' is 'many'; it must be a number."),
    ("num_iters", "", "'Iterations' is empty; the usual value is 500."),
    ("smoothness", "1e300", "lower 'Style factor' or 'Smoothness'"),
]


def test_mistakes(visitor, tmp_path):
    page = visitor()
    page.click("#paint")
    until(page, "The content is missing; drop in a picture")
    fill(page)
    right = {"size": "64", "num_iters": "2", "style_factor": "2e9", "smoothness": "0"}
    for name, value in right.items():
        page.fill(f"#option-{name} :is(input, textarea)", value)
    for option, value, message in MISTAKES:
        page.fill(f"#option-{option} :is(input, textarea)", value)
        page.click("#paint")
        page.wait_for_function(
            "text => document.querySelector('#status .wrong[role=alert]')?.innerText.includes(text)", arg=message
        )
        page.wait_for_selector("#paint:enabled")
        page.fill(f"#option-{option} :is(input, textarea)", right[option])
    assert "Traceback" not in page.content()

    # Files that are no pictures.
    wrong = tmp_path / "holiday.jpg"
    wrong.write_text("hello, this is no picture\n")
    page.click("#content [aria-label='Remove Image']")
    page.set_input_files("#content input[type=file]", str(wrong))
    page.wait_for_selector("text=Cannot read 'holiday.jpg': it is not a picture but looks like text")
    neuralart.read(PHOTO).resized((2000, 1500)).save(tmp_path / "large.jpg", quality=20)
    large = tmp_path / "large.jpg"
    page.set_input_files("#content input[type=file]", str(large))
    page.wait_for_selector("text='large.jpg' has 2000 x 1500 pixels, but this app accepts at most 2 million")
    heavy = tmp_path / "heavy.png"
    heavy.write_bytes(b"\x89PNG" + bytes(4_000_000))
    page.set_input_files("#content input[type=file]", str(heavy))
    page.wait_for_selector("text=/maximum.*size/i")

    # Several files, of which one is no picture.
    page.get_by_role("tab", name="Many pictures").click()
    page.wait_for_selector("#batch-content input[type=file]", state="attached")
    page.set_input_files("#batch-content input[type=file]", [str(PHOTO), str(wrong)])
    page.wait_for_selector(
        "text=/Cannot read 'holiday.jpg': it is not a picture .*; leave it out and drop in the others/"
    )


def test_on_a_telephone_the_gallery_is_searched_marked_compared_and_thinned_out(visitor, served):
    for name in ("heron", "otter"):
        shown = Picture(read(PHOTO, 64).pixels, record={"description": f"{name}.jpg", "options": {"seed": len(name)}})
        write(shown, served.gallery / f"{name}.png", bits=8)
    page = visitor(390, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 900})
    fits(page, 390)
    told = lambda words, **more: page.wait_for_selector(f"#gallery-told :text({words!r})", **more)

    def press(button, words):
        persistently(lambda timeout: (page.press(button, "Enter"), told(words, timeout=timeout)))

    def thumbnail(name):
        return page.locator(f"#gallery .thumbnail-item:has(img[alt*='{name}.jpg'], :text('{name}.jpg'))")

    thumbnail("otter").wait_for()
    page.fill("#gallery-words :is(input, textarea)", "heron")
    told("1 picture found.")
    thumbnail("heron").press("Enter")
    press("#favour", "heron.png is now a favourite.")
    page.fill("#gallery-words :is(input, textarea)", "")
    thumbnail("otter").wait_for()
    page.wait_for_selector("#gallery .thumbnail-item.selected img[alt*='heron.jpg']")  # wherever it is now
    page.check("#favourites-only input")
    told("1 picture found.")
    press("#compare-two", "Choose the picture to compare with heron.png.")
    page.uncheck("#favourites-only input")
    thumbnail("otter").press("Enter")
    page.wait_for_selector(".pair figure:nth-child(2) img[alt='otter.jpg']")
    assert page.is_hidden("#delete")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    thumbnail("otter").press("Enter")
    press("#delete", "otter.png is deleted.")
    thumbnail("otter").wait_for(state="detached")
    assert not (served.gallery / "otter.png").exists()
    press("#undo", "otter.png is back.")
    thumbnail("otter").wait_for()
