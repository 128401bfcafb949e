"""Fetching from a server on this machine that behaves well, badly and worse."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from neuralart.errors import FetchError, WeightsError
from neuralart.weights import download
from neuralart.weights.fetch import fetch, fetch_any, find, verify
from neuralart.weights.registry import Source

from .server import Server

DATA = bytes(range(256)) * 800 + b"the end"
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("NEURALART_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NEURALART_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "PAUSE", 0)


@pytest.fixture
def server():
    made = Server()
    made.files["/w.th"] = DATA
    yield made
    made.close()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def source(*urls, name="w.th", **more):
    given = {"size": len(DATA), "algorithm": "sha256", "digest": SHA, "format": "torch7", "normalised": False, **more}
    return Source(name=name, urls=urls, licence="L", origin="O", **given)


def failure(*args, **more):
    with pytest.raises(FetchError) as caught:
        fetch(*args, **more)
    return str(caught.value)


def test_a_file_arrives_and_progress_is_told(server, cache):
    told = []
    path = fetch(source(f"{server.url}/w.th"), progress=lambda here, total: told.append((here, total)))
    assert path == cache / "w.th" and path.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA)) and told == sorted(told)
    assert {p.name for p in cache.iterdir()} <= {"w.th", "w.th.lock"}


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    given = source(f"{server.url}/w.th")
    first = fetch(given, tmp_path / "own folder")
    assert fetch(given, tmp_path / "own folder") == first
    assert server.asked == [("/w.th", None)]


def test_redirects_are_followed(server):
    server.files["/w.th.real"] = DATA
    server.moods["/w.th"] = ["redirect"]
    assert fetch(source(f"{server.url}/w.th")).read_bytes() == DATA


@pytest.mark.parametrize("size_is_exact", [True, False])
def test_dropped_connections_are_taken_up_again(size_is_exact, server):
    server.moods["/w.th"] = ["drop", "drop", 503]
    path = fetch(source(f"{server.url}/w.th", size=len(DATA) + (not size_is_exact), size_is_exact=size_is_exact))
    assert path.read_bytes() == DATA
    first, second, *_ = [span for _, span in server.asked if span]
    assert len(server.asked) == 4 and first != second


def test_giving_up_keeps_the_part_and_the_next_call_goes_on(server, cache):
    server.moods["/w.th"] = ["drop"] + [503] * 4
    message = failure(source(f"{server.url}/w.th"))
    assert f"{server.url}/w.th: answers 503 Service Unavailable (tried 5 times)" in message
    here = (cache / "w.th.part").stat().st_size
    assert 0 < here < len(DATA)
    assert fetch(source(f"{server.url}/w.th")).read_bytes() == DATA
    assert server.asked[-1] == ("/w.th", f"bytes={here}-")


def test_a_stall_counts_as_a_drop(server):
    server.moods["/w.th"] = ["stall"]
    assert fetch(source(f"{server.url}/w.th"), timeout=0.3).read_bytes() == DATA
    server.files["/x.th"], server.moods["/x.th"] = DATA[:2000], ["stall"] * 5
    message = failure(source(f"{server.url}/x.th", name="x.th", size=2000), timeout=0.1)
    assert f"{server.url}/x.th: stalls (tried 5 times)" in message


def test_ctrl_c_leaves_the_part(server, cache):
    def interrupt(here, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(source(f"{server.url}/w.th"), progress=interrupt)
    here = (cache / "w.th.part").stat().st_size
    assert 0 < here < len(DATA) and not (cache / "w.th").exists()
    assert fetch(source(f"{server.url}/w.th")).read_bytes() == DATA
    assert server.asked[-1] == ("/w.th", f"bytes={here}-")


def leave_part(cache, data):
    cache.mkdir()
    (cache / "w.th.part").write_bytes(data)


@pytest.mark.parametrize("mood", ["ignore range", "wrong range"])
def test_servers_that_cannot_resume(mood, server, cache):
    leave_part(cache, DATA[:5000])
    server.moods["/w.th"] = [mood]
    assert fetch(source(f"{server.url}/w.th")).read_bytes() == DATA


@pytest.mark.parametrize("size_is_exact", [True, False])
def test_a_whole_part_needs_no_more_bytes(size_is_exact, server, cache):
    leave_part(cache, DATA)
    fetch(source(f"{server.url}/w.th", size_is_exact=size_is_exact))
    assert (cache / "w.th").read_bytes() == DATA
    assert server.asked == ([] if size_is_exact else [("/w.th", f"bytes={len(DATA)}-")])  # answered by 416


@pytest.mark.parametrize(
    "part", [b"x" * 5000, b"x" * len(DATA), b"x" * (len(DATA) + 1), b"x" * (2 * len(DATA) + 1)], ids=len
)
@pytest.mark.parametrize("size_is_exact", [True, False])
def test_a_wrong_part_is_thrown_away(part, size_is_exact, server, cache):
    leave_part(cache, part)
    assert fetch(source(f"{server.url}/w.th", size_is_exact=size_is_exact)).read_bytes() == DATA


def test_a_server_without_content_length(server):
    server.moods["/w.th"] = ["no length"]
    assert fetch(source(f"{server.url}/w.th")).read_bytes() == DATA
    server.files["/long.th"], server.moods["/long.th"] = DATA * 2, ["no length"]
    message = failure(source(f"{server.url}/long.th", name="long.th"))
    assert f"long.th: sends more than the {len(DATA)} bytes expected" in message


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + SHA.encode() + b"\nsize 204807\n"


@pytest.mark.parametrize(
    "content, mood, reason",
    [
        (POINTER, "well", f"serves a Git LFS pointer (it stands for 204807 bytes with sha256 {SHA}), not the file"),
        (b"<!DOCTYPE html><title>Sign in</title>", "well", "serves an HTML page, not the file"),
        (b"Moved!", "html", "serves an HTML page, not the file"),
        (DATA[:-1], "well", f"offers {len(DATA) - 1} bytes instead of {len(DATA)}"),
        (b"!" + DATA[1:], "well", "serves another file (it has sha256 "),
        (None, "well", "answers 404 Not Found"),
        (DATA, 403, "answers 403 Forbidden"),
    ],
)
def test_addresses_that_do_not_deliver(content, mood, reason, server, cache):
    server.files["/w.th"] = content
    server.moods["/w.th"] = [mood]
    told = []
    message = failure(source(f"{server.url}/w.th"), on_failure=lambda *what: told.append(what))
    first, line, cure = message.split("\n")
    assert first == "could not fetch w.th:"
    assert line.startswith(f"  {server.url}/w.th: {reason}")
    assert cure == (
        "check the connection and try again, pass --weights FILE, set NEURALART_MIRROR to an address or folder "
        f"that has the file, or put it into {cache}"
    )
    assert told == [(f"{server.url}/w.th", line.strip().removeprefix(f"{server.url}/w.th: "))]
    assert len(server.asked) == 1  # nothing of this is worth another try
    assert not (cache / "w.th").exists() and not (cache / "w.th.part").exists()


def test_an_error_page_does_not_cost_the_part(server, cache):
    leave_part(cache, DATA[:5000])
    server.files["/w.th"] = b"<html>come back later</html>"
    server.moods["/w.th"] = ["ignore range"]
    assert "serves an HTML page" in failure(source(f"{server.url}/w.th"))
    assert (cache / "w.th.part").read_bytes() == DATA[:5000]


def test_hosts_that_cannot_be_reached(server):
    closed = Server()
    closed.close()
    message = failure(source(f"{closed.url}/w.th", "http://a:b/w.th", "ftp://127.0.0.1/w.th", "nonsense"))
    assert "http://a:b/w.th: is not an address (nonnumeric port: 'b')" in message
    assert f"{closed.url}/w.th: cannot be reached (Connection refused)" in message
    assert "ftp://127.0.0.1/w.th: is neither an http(s) address nor a folder" in message
    assert "nonsense: does not exist" in message


def test_the_next_address_and_the_next_source_are_tried(server, cache):
    server.files.update({"/bad.th": b"!" + DATA[1:], "/b.h5": DATA[::-1]})
    first = source(f"{server.url}/none.th", f"{server.url}/bad.th")
    second = source(f"{server.url}/b.h5", name="b.h5", digest=hashlib.md5(DATA[::-1]).hexdigest(), algorithm="md5")
    told = []
    assert fetch_any([first, second], on_failure=lambda *what: told.append(what)) == (second, cache / "b.h5")
    assert [address for address, _ in told] == [f"{server.url}/none.th", f"{server.url}/bad.th"]
    # from now on the file that is here is used, though the first source is preferred
    assert fetch_any([first, second])[0] is second and len(server.asked) == 3


def test_one_message_for_all_sources(server, cache):
    sources = [source(f"{server.url}/1"), source(f"{server.url}/2", f"{server.url}/3", name="b.h5")]
    with pytest.raises(FetchError) as caught:
        fetch_any(sources)
    lines = str(caught.value).split("\n")
    assert lines[0] == "could not fetch w.th or b.h5:"
    assert lines[1:4] == [f"  {server.url}/{n}: answers 404 Not Found" for n in (1, 2, 3)]
    with pytest.raises(ValueError, match="no sources"):
        fetch_any([])


def test_digests_by_other_algorithms_and_by_their_beginning(server):
    fetch(source(f"{server.url}/w.th", algorithm="sha1", digest=hashlib.sha1(DATA).hexdigest()))
    fetch(source(f"{server.url}/w.th", name="b.pth", digest=SHA[:8]))
    message = failure(source(f"{server.url}/w.th", name="c.pth", digest="0" * 8))
    assert f"serves another file (it has sha256 {SHA} instead of 00000000 at its beginning)" in message


def test_a_damaged_file_in_the_cache_is_replaced(server, cache):
    cache.mkdir()
    (cache / "w.th").write_bytes(b"!" + DATA[1:])
    told = []
    fetch(source(f"{server.url}/w.th"), on_failure=lambda *what: told.append(what))
    assert (cache / "w.th").read_bytes() == DATA
    ((address, reason),) = told
    assert address == str(cache / "w.th") and reason.endswith(
        f"instead of {SHA}: damaged, or another file of that name"
    )


def test_offline(server, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    monkeypatch.setenv("NEURALART_MIRROR", server.url)
    given = source(f"{server.url}/w.th")
    assert failure(given) == (
        f"w.th is not in {cache}, and NEURALART_OFFLINE forbids downloads\n"
        f"unset NEURALART_OFFLINE, pass --weights FILE, or put the file into that folder, from {server.url}/w.th"
    )
    assert server.asked == [] and not cache.exists()
    (tmp_path / "w.th").write_bytes(DATA)
    monkeypatch.setenv("NEURALART_MIRROR", str(tmp_path))  # a folder is no network
    assert fetch(given).read_bytes() == DATA
    monkeypatch.delenv("NEURALART_MIRROR")
    assert fetch(given) == cache / "w.th" and server.asked == []


@pytest.mark.parametrize("how", ["http", "folder", "file url"])
def test_mirrors_come_first(how, server, monkeypatch, tmp_path):
    folder = tmp_path / "a mirror"
    folder.mkdir()
    (folder / "w.th").write_bytes(DATA)
    server.files["/mirror/w.th"] = DATA
    mirror = {"http": f"{server.url}/mirror/", "folder": str(folder), "file url": folder.as_uri()}[how]
    monkeypatch.setenv("NEURALART_MIRROR", f"{tmp_path / 'nowhere'}, {mirror}")
    told = []
    fetch(source(f"{server.url}/w.th"), on_failure=lambda *what: told.append(what))
    assert told == [(str(tmp_path / "nowhere" / "w.th"), "does not exist")]
    assert server.asked == ([("/mirror/w.th", None)] if how == "http" else [])
    assert (folder / "w.th").exists()


def test_a_mirrors_bytes_are_proven_too(server, monkeypatch, tmp_path):
    (tmp_path / "w.th").write_bytes(b"!" + DATA[1:])
    monkeypatch.setenv("NEURALART_MIRROR", str(tmp_path))
    told = []
    assert fetch(source(f"{server.url}/w.th"), on_failure=lambda *what: told.append(what)).read_bytes() == DATA
    assert told[0][1].startswith("serves another file")


def test_a_file_that_vanishes_while_it_is_looked_for_is_not_there(cache, monkeypatch):
    cache.mkdir()
    (cache / "w.th").write_bytes(DATA)
    monkeypatch.setattr(Path, "is_file", lambda self: True)
    (cache / "w.th").unlink()
    assert find(source()) is None


def test_find_looks_and_verify_proves(cache, tmp_path):
    given = source()
    assert find(given) is None and find(given, tmp_path) is None
    cache.mkdir()
    (cache / "w.th").write_bytes(DATA[:-1])
    assert find(given) is None and find(replace(given, size_is_exact=False)) == cache / "w.th"
    with pytest.raises(WeightsError, match=rf"w\.th: has {len(DATA) - 1} bytes instead of {len(DATA)}$"):
        verify(cache / "w.th", given)
    (cache / "w.th").write_bytes(DATA)
    assert find(given) == cache / "w.th" and verify(cache / "w.th", given) is None
    with pytest.raises(WeightsError, match=rf"w\.th: has sha256 {SHA} instead of {'0' * 64}$"):
        verify(cache / "w.th", source(digest="0" * 64))
    with pytest.raises(WeightsError, match=r"none\.th: cannot be read \(No such file or directory\)$"):
        verify(cache / "none.th", given)


def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    message = failure(source(f"{server.url}/w.th"), tmp_path / "file" / "cache")
    assert message == (
        f"cannot keep files in the cache folder {tmp_path / 'file' / 'cache'} (Not a directory); "
        "set NEURALART_CACHE to a writable folder, or pass --weights FILE"
    )
    assert server.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk(server, cache):
    cache.mkdir()
    (cache / "w.th.part").symlink_to("/dev/full")
    assert failure(source(f"{server.url}/w.th")) == (
        f"cannot write {cache / 'w.th.part'} (No space left on device); "
        "free space, or set NEURALART_CACHE to another folder"
    )


def test_of_two_processes_one_fetches(server, cache):
    server.moods["/w.th"] = ["slow"]
    code = (
        "import sys, json; from neuralart.weights.fetch import fetch; from neuralart.weights.registry import Source; "
        "s = json.loads(sys.argv[1]); s['urls'] = tuple(s['urls']); print(fetch(Source(**s)))"
    )
    given = json.dumps(vars(source(f"{server.url}/w.th")))
    both = [
        subprocess.Popen([sys.executable, "-c", code, given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=30)
        assert (out.strip(), err) == (str(cache / "w.th"), "")
    assert (cache / "w.th").read_bytes() == DATA
    assert server.asked == [("/w.th", None)]
