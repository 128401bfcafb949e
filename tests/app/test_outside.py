"""The app from outside, by real requests: foreign pages, uploads, nonsense, crowds, clients that vanish, kill -9."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from pathlib import Path

import pytest
from PIL import Image

from neuralart.image.record import read_record

from ..cli.made import contents, picture
from ..patience import SECONDS, ended, started
from .conftest import PHOTO, STYLE, own_folders, serve, start, stop

ROUTES = (
    *("/", "/config", "/theme.css", "/login", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id"),
    *("/gradio_api/queue/data?session_hash=x", "/gradio_api/call/paint/x", "/gradio_api/heartbeat/x", "/nothing"),
)
POSTED = tuple(f"/gradio_api/{call}" for call in ("queue/join", "upload", "call/paint", "cancel", "reset", "run/paint"))
JSON = {"content-type": "application/json"}
WAITING = 9


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """An app with room for few uploads and many who wait."""
    limits = {"max-uploads": 3, "max-uploads-megabytes": 2, "max-all-uploads": 5, "max-megabytes": 1}
    words = [word for name, value in limits.items() for word in (f"--{name}", str(value))]
    words += ["--max-waiting", str(WAITING), "--max-unwatched", "4", "--allow-host", "paint.example.org"]
    yield from serve(tmp_path_factory.mktemp("crowded"), words, {})


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> list[Path]:
    """Eight different pictures of a few kilobytes."""
    folder = tmp_path_factory.mktemp("small")
    for n in range(8):
        picture(64, 48, seed=n).save(folder / f"{n}.png")
    return sorted(folder.iterdir())


def connect(served, source=None):
    host, port = served.address.removeprefix("http://").split(":")
    return http.client.HTTPConnection(host, int(port), timeout=60, source_address=(source, 0) if source else None)


def ask(served, path, method="GET", body=None, headers=None, source=None):
    """(status, headers, body) of one request."""
    connection = connect(served, source)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, b"" if "event-stream" in told.get("content-type", "") else answer.read()
    finally:
        connection.close()


def form(*files: bytes, field="files", name="photo.png"):
    """(body, headers) of an upload."""
    parts = [
        f'--X\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode() + file + b"\r\n"
        for file in files
    ]
    return b"".join(parts) + b"--X--\r\n", {"content-type": "multipart/form-data; boundary=X"}


def upload(served, file: bytes, source=None, **named):
    body, headers = form(file, **named)
    return ask(served, "/gradio_api/upload", "POST", body, headers, source)


def sent(served, *files: Path):
    """Files as a call names them, once they are uploaded."""
    answers = [upload(served, file.read_bytes()) for file in files]
    assert [status for status, _, _ in answers] == [200] * len(files)
    paths = [json.loads(body)[0] for _, _, body in answers]
    return [
        {"path": path, "orig_name": file.name, "meta": {"_type": "gradio.FileData"}} for path, file in zip(paths, files)
    ]


def order(served, content, style, **options):
    """Order a painting; the number of the call by which it can be listened to."""
    body = json.dumps({"data": [content, style, options]})
    status, _, answer = ask(served, "/gradio_api/call/paint", "POST", body, JSON)
    assert status == 200
    return json.loads(answer)["event_id"]


class Listener:
    """Somebody who reads the reports of a call."""

    def __init__(self, served, number):
        self.connection = connect(served)
        self.connection.request("GET", f"/gradio_api/call/paint/{number}")
        self.answer = self.connection.getresponse()

    def next(self):
        """(event, data) of the next report; None at the end."""
        event = self.answer.readline().decode().strip().removeprefix("event: ")
        data = self.answer.readline().decode().strip().removeprefix("data: ")
        self.answer.readline()
        return (event, json.loads(data)) if event else None

    def until(self, holds, seconds=120):
        end = time.monotonic() + seconds
        while (report := self.next()) is not None:
            event, data = report
            if event != "heartbeat" and holds(event, data):
                return data
            assert time.monotonic() < end, f"not within {seconds} s; last was {report}"
        raise AssertionError("the reports ended before")

    def vanish(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def listen():
    """Listens to a call: listen(served, number) -> Listener."""
    made = []

    def begin(served, number):
        made.append(Listener(served, number))
        return made[-1]

    yield begin
    for listener in made:
        listener.vanish()


def is_over(event, data):
    return event in ("complete", "error") or data[0]["state"] in ("finished", "stopped", "failed")


def is_painting(event, data):
    return event == "generating" and data[0].get("iteration", 0) > 0


def within(seconds, holds):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:7860"},
        {"X-Forwarded-Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
    ids=lambda headers: " ".join(f"{name} {value}" for name, value in headers.items()),
)
def test_pages_of_elsewhere_reach_nothing(crowded, headers, small):
    websocket = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x",
    }
    before = contents(own_folders(crowded)[0])
    for path in ROUTES:
        for method in ("GET", "OPTIONS"):
            status, told, _ = ask(crowded, path, method, headers=headers)
            assert status == 403, (method, path)
            assert [name for name in told if name.startswith("access-control-")] == []
    for path in POSTED:
        assert ask(crowded, path, "POST", b"{}", JSON | headers)[0] == 403, path
    assert ask(crowded, "/gradio_api/queue/join", headers=websocket | headers)[0] == 403
    body, kind = form(small[0].read_bytes())
    assert ask(crowded, "/gradio_api/upload", "POST", body, kind | headers)[0] == 403
    assert contents(own_folders(crowded)[0]) == before


def test_our_own_pages_do(crowded):
    port = crowded.address.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", "paint.example.org"):
        status, told, _ = ask(crowded, "/config", headers={"Host": host, "Origin": f"http://{host}"})
        assert status == 200, host
        assert [name for name in told if name.startswith("access-control-")] == []
    proxied = {"X-Forwarded-Host": "paint.example.org", "Origin": "https://paint.example.org"}
    assert ask(crowded, "/config", headers=proxied)[0] == 200


def test_only_pictures_are_kept(crowded, small):
    data = small[0].read_bytes()
    for file, words in [
        (b"hello, this is no picture\n", "is not a picture but looks like text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "annot read 'photo.png'"),
        (data[:20], "annot read 'photo.png'"),
        (b"", "is empty"),
    ]:
        status, _, body = upload(crowded, file)
        assert (status, words in body.decode(), "--" in body.decode()) == (415, True, False), body
    status, _, body = upload(crowded, b"hello, this is no film\n", name="walk.mp4")
    assert (status, "it is no film; give MP4, MOV, WebM or GIF" in body.decode()) == (415, True), body
    mixed = form(data)[0].removesuffix(b"--X--\r\n") + form(data, field="other")[0]
    assert ask(crowded, "/gradio_api/upload", "POST", mixed, form(data)[1])[0] == 400
    for field, files in [("other", [data]), ("files", [])]:
        assert ask(crowded, "/gradio_api/upload", "POST", *form(*files, field=field))[0] == 400
    assert ask(crowded, "/gradio_api/upload", "POST", b"{}", JSON)[0] == 415
    # Whatever a visitor calls it, it is served as what it is.
    status, _, body = upload(crowded, data, name="../../page.html")
    place = Path(json.loads(body)[0])
    assert (status, place.name, place.parent.parent) == (200, "picture.png", own_folders(crowded)[0])
    assert ask(crowded, f"/gradio_api/file={place}")[1]["content-type"] == "image/png"


def test_uploads_are_bounded(crowded, small):
    (own,) = own_folders(crowded)

    def kept():
        return [
            file
            for place in own.iterdir()
            if place.name not in ("own", "vibe_edit_history")
            for file in place.iterdir()
        ]

    for _ in range(5):
        paths = [json.loads(upload(crowded, file.read_bytes())[2])[0] for file in small]
    assert sorted(map(str, kept())) == sorted(paths[-3:])  # the newest three of a visitor
    for n in range(2, 6):
        for file in small[n:]:
            assert upload(crowded, file.read_bytes() + bytes(n), source=f"127.0.0.{n}")[0] == 200
    assert len(kept()) == 5  # of all visitors
    heavy = small[0].read_bytes() + bytes(900_000)
    for n in range(4):
        assert upload(crowded, heavy + bytes(n))[0] == 200
    assert sum(file.stat().st_size > 900_000 for file in kept()) == 2  # 2 megabytes for a visitor
    assert upload(crowded, heavy + bytes(400_000))[0] == 413


def test_several_files_in_one_upload(crowded, small):
    """Each is checked and kept by itself; they are refused together, with the name of the one that is wrong."""

    def several(*files, **named):
        body, headers = form(*files, **named)
        status, _, told = ask(crowded, "/gradio_api/upload", "POST", body, headers)
        return status, told.decode()

    two = [file.read_bytes() for file in small[:2]]
    status, told = several(*two)
    assert status == 200
    assert [Path(path).read_bytes() for path in json.loads(told)] == two
    assert several(*two, two[0]) == (413, "This app takes at most 2 files at once\n")
    status, told = several(two[0], b"nothing of the kind", name="notes.jpg")
    assert status == 415
    assert told.startswith("Cannot read 'notes.jpg': it is not a picture but looks like text")
    assert told.endswith("; leave it out and drop in the others again\n")
    heavy = two[0] + bytes(1_200_000)
    assert several(two[0], heavy) == (413, "The file exceeds the maximum size of 1 megabytes; a film may have 2\n")


def test_uploads_that_break_off_or_never_end(crowded, small):
    (own,) = own_folders(crowded)
    before = contents(own)
    body, headers = form(bytes(500_000))
    for length in (len(body), 10**12):
        connection = connect(crowded)
        connection.putrequest("POST", "/gradio_api/upload")
        for name, value in (headers | {"content-length": str(length)}).items():
            connection.putheader(name, value)
        connection.endheaders(body[:-100_000])
        if length > len(body):
            assert connection.getresponse().status == 413  # at once
        connection.close()
    # In pieces, without a length told beforehand.
    pieces = iter([body[:-10], *[bytes(100_000)] * 20])
    connection = connect(crowded)
    try:
        connection.request("POST", "/gradio_api/upload", pieces, headers, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # cut off while we still sent
    connection.close()
    assert upload(crowded, small[0].read_bytes())[0] == 200
    within(10, lambda: list((own / "own").glob("coming-*")) == [])
    assert {name for name in contents(own) if name.startswith("own")} == {n for n in before if n.startswith("own")}


NONSENSE = [
    ("GET", "/gradio_api/file=/etc/hosts", None),
    ("GET", "/gradio_api/file=%00", None),
    ("GET", "/gradio_api/file=" + "a" * 5000, None),
    ("GET", "/static/..%2f..%2fetc%2fhosts", None),
    ("GET", "/svelte/" + "../" * 20 + "etc/hosts", None),
    ("GET", "/gradio_api/call/paint/none", None),
    ("POST", "/gradio_api/run/nothing", {"data": []}),
    ("POST", "/gradio_api/queue/join", {"data": [], "fn_index": 999, "session_hash": "x"}),
    ("POST", "/gradio_api/queue/join", {"data": [], "fn_index": 0}),
    ("POST", "/gradio_api/cancel", {"session_hash": "x", "fn_index": 0, "event_id": "x"}),
    ("POST", "/gradio_api/reset", []),
]
CALLS = [
    ("paint", [], "didn't receive enough input values"),
    ("paint", [{"path": "/etc/hosts", "meta": {"_type": "gradio.FileData"}}, {}, {}], "was not uploaded by a user"),
    ("paint", [{"path": "a\0b", "meta": {"_type": "gradio.FileData"}}, {}, {}], "error"),
    ("paint", [{"path": "a\0b"}, {}, {}], "only uploaded pictures can be painted"),
    ("paint", [3, [], {}], "a picture must be sent as a file"),
    ("paint", [{}, {}, [1]], "options must be sent as a mapping"),
    ("stop", [["a", "list"]], "there is no such painting"),
    ("go_on", [{"a": 1}], "there is no such painting"),
]


def test_nonsense_is_one_line_in_the_log(crowded):
    for method, path, body in NONSENSE:
        status = ask(crowded, path, method, None if body is None else json.dumps(body), JSON)[0]
        assert status in (200, 400, 403, 404, 422, 500), (path, status)
    for endpoint, data, words in CALLS:
        before = crowded.errors.read_text().count("\n")
        answer = ask(crowded, f"/gradio_api/call/{endpoint}", "POST", json.dumps({"data": data}), JSON)
        connection = connect(crowded)
        connection.request("GET", f"/gradio_api/call/{endpoint}/{json.loads(answer[2])['event_id']}")
        told = connection.getresponse().read().decode()
        assert "event: error" in told and words in told, (data, told)
        connection.close()
        assert crowded.errors.read_text().count("\n") <= before + 1
    lines = crowded.errors.read_text().splitlines()
    assert lines and all(line.startswith("refused ") and line.isprintable() for line in lines)


def test_a_few_wait_and_vanish(crowded, small, listen):
    wait_and_vanish(crowded, small, listen, WAITING)


@pytest.mark.whole
def test_a_hundred_wait_and_vanish(tmp_path, small, listen):
    """More than Gradio has threads for; `test_a_few_wait_and_vanish` shows the same with nine."""
    for many in serve(tmp_path, ["--max-waiting", "99", "--max-unwatched", "8"], {}):
        wait_and_vanish(many, small, listen, 99)


def wait_and_vanish(served, small, listen, waiting):
    content, style = sent(served, *small[:2])
    # Each is listened to at once: on a busy machine all the orders together take longer than one may be left alone.
    ordered = lambda: listen(served, order(served, content, style, size=32, num_iters=10_000_000, tolerance=0))
    listeners = [ordered() for _ in range(waiting + 1)]
    first = listeners[[listener.until(lambda *_: True)[0]["ahead"] for listener in listeners].index(0)]
    first.until(is_painting)
    over = listen(served, order(served, content, style, size=32))
    message = over.until(is_over)
    assert f"{waiting} paintings are already waiting; try again later" in json.dumps(message)
    assert ask(served, "/config")[0] == 200  # whoever else comes is answered
    for listener in listeners:
        listener.vanish()
    # Nobody looks any more: the one that was painted is kept, and the line is free.
    within(60, lambda: list(served.gallery.glob("*.png")))
    # Whoever waited is dropped a little later; one or two of them may have begun before.
    within(60, lambda: finishes(listen(served, order(served, content, style, size=32, num_iters=2))))
    assert all(read_record(kept)["result"]["iterations"] > 0 for kept in served.gallery.glob("*.png"))


def finishes(listener):
    """Whether an order is accepted and painted to its end."""
    told = listener.until(is_over)
    return isinstance(told, list) and told[0]["state"] == "finished"


def test_several_styles_and_textures_through_the_api(served, small, listen):
    content, one, other = sent(served, *small[:3])
    quick = {"size": 32, "num_iters": 2}
    ordered = order(served, content, [one, other], **quick, style_weights=[3, 1])
    report = listen(served, ordered).until(is_over)[0]
    assert report["state"] == "finished", report
    assert report["description"].count(" and ") == 1
    report = listen(served, order(served, None, one, **(quick | {"size": "48x32"}))).until(is_over)[0]
    assert (report["state"], report["result"]["size"]) == ("finished", [48, 32]), report


def test_masks_through_the_api(served, small, listen, tmp_path):
    mask = Image.new("L", (64, 48))
    mask.paste(255, (0, 0, 32, 48))
    mask.save(tmp_path / "left.png")
    content, style, left = sent(served, *small[:2], tmp_path / "left.png")
    quick = {"size": 32, "num_iters": 2}
    report = listen(served, order(served, content, style, **quick, preserve=left)).until(is_over)[0]
    assert report["state"] == "finished", report
    refused = listen(served, order(served, content, style, **quick, preserve={"path": str(PHOTO)})).until(is_over)
    assert "only uploaded pictures can be painted" in json.dumps(refused)


def test_a_call_to_which_nobody_ever_listens(crowded, small):
    before = len(list(crowded.gallery.glob("*.png")))
    content, style = sent(crowded, *small[:2])
    order(crowded, content, style, size=32, num_iters=10_000_000, tolerance=0)
    within(60, lambda: len(list(crowded.gallery.glob("*.png"))) > before)


def test_killed_in_the_middle_of_a_painting(tmp_path, small, listen):
    running, served = start(tmp_path, [], {})
    try:
        content, style = sent(served, PHOTO, STYLE)
        listener = listen(served, order(served, content, style, size=64, num_iters=2))
        assert listener.until(is_over)[0]["state"] == "finished"
        whole = contents(served.gallery)
        (first,) = served.gallery.glob("*.png")
        listener = listen(served, order(served, content, style, size=64, num_iters=10_000_000, tolerance=0))
        listener.until(is_painting)
        (left,) = own_folders(served)
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.wait(SECONDS)
    running.stdout.close()
    assert left.exists()
    half = served.gallery / ".neuralart-0123456789ab.tmp"  # what it may have been writing
    half.write_bytes(first.read_bytes()[:100])
    os.utime(half, (1, 1))

    running, served = start(tmp_path, [], {})
    try:
        assert not left.exists()
        assert contents(served.gallery) == whole
        assert read_record(first)["result"]["iterations"] == 2
        answer = ask(served, "/gradio_api/call/gallery", "POST", json.dumps({"data": []}), JSON)
        connection = connect(served)
        connection.request("GET", f"/gradio_api/call/gallery/{json.loads(answer[2])['event_id']}")
        assert first.name in connection.getresponse().read().decode()
        connection.close()
        content, style = sent(served, *small[:2])
        listener = listen(served, order(served, content, style, size=32, num_iters=2))
        assert listener.until(is_over)[0]["state"] == "finished"
        # Pages that close and Ctrl-C at the same time: nothing to complain of.
        listeners = [listen(served, order(served, content, style, size=32, num_iters=10**7)) for _ in range(6)]
        closing = started(lambda: [one.vanish() for one in listeners])
    finally:
        stop(running, served)
    ended(closing)
    assert first.read_bytes() == whole[first.name]
