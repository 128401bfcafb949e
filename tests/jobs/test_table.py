"""Lists in files: what is read of them, and what is said of those that are none."""

from __future__ import annotations

import pytest

from neuralart.errors import JobsError
from neuralart.jobs.table import BadRow, Row, rows
from neuralart.options import from_mapping


def read(place, name, text):
    path = place / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(rows(path))


def test_three_formats_say_the_same(place):
    wanted = [{"content": "a, b.jpg", "style": ["x.jpg", "y.jpg"], "strip": True}, {"content": "c.jpg", "seed": "7"}]
    text = '\ufeffcontent,style,strip,seed\r\n"a, b.jpg",x.jpg; y.jpg,yes,\r\n\r\nc.jpg,,,7\r\n'
    assert read(place, "a.csv", text) == [Row(2, wanted[0]), Row(4, wanted[1])]
    text = '{"content": "a, b.jpg", "style": ["x.jpg", "y.jpg"], "strip": true}\n\n{"content": "c.jpg", "seed": "7"}'
    assert read(place, "a.jsonl", text) == [Row(1, wanted[0]), Row(3, wanted[1])]
    text = (
        '[[jobs]]\ncontent = "a, b.jpg"\nstyle = ["x.jpg", "y.jpg"]\nstrip = true\n[[jobs]]\ncontent="c.jpg"\nseed="7"'
    )
    assert read(place, "a.toml", text) == [Row(1, wanted[0]), Row(5, wanted[1])]


def test_semicolons_separate_numbers_too(place):
    text = 'content,style,style_weights,style_scale,style_size\na,x;y,3;1,1;0.5,\na,x;y,"3,1",,32;64\n'
    one, other = (from_mapping(row.values) for row in read(place, "a.csv", text))
    assert one.style_weights == other.style_weights == (3, 1)
    assert (one.style_scale, other.style_size) == ((1, 0.5), (32, 64))


def test_what_stands_above_the_tables_of_toml_holds_for_all(place):
    text = "size = 64\n[[jobs]]\nseed = 1\n[[jobs]]\nseed = 2\nsize = 32\n"
    assert [row.values for row in read(place, "a.toml", text)] == [{"size": 64, "seed": 1}, {"size": 32, "seed": 2}]


def test_a_row_of_several_lines_is_called_by_its_first(place):
    assert [row.line for row in read(place, "a.csv", 'content,style\n"a\nb",x\nc,y\n')] == [2, 4]


@pytest.mark.parametrize(
    ("name", "text", "line", "part"),
    [
        ("a.csv", "content,strip\na,maybe\n", 2, "--strip is 'maybe'; it must be yes or no"),
        ("a.csv", "content,size\na,1,2\n", 2, "it has 3 cells, and the first line names 2 columns"),
        ("a.csv", "content\na,1\n", 2, "it has 2 cells, and the first line names 1 column"),
        ("a.jsonl", "{}\n{", 2, "it is no JSON"),
        ("a.jsonl", "[1]", 1, "it is no JSON object"),
        ("a.jsonl", '{"size": 1, "size": 2}', 1, "it has 'size' twice"),
        ("a.jsonl", "[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_bad_rows(place, name, text, line, part):
    bad = [row for row in read(place, name, text) if isinstance(row, BadRow)]
    assert [row.line for row in bad] == [line]
    assert part in bad[0].reason


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("a.cvs", "", "is no list of jobs by its name; did you mean '.csv'?"),
        ("a.csv", "", "is empty; its first line names the columns"),
        ("a.csv", "size,size\n1,2\n", "has two columns 'size'"),
        ("a.csv", "content;style\na;b\n", "has semicolons between its columns"),
        ("a.csv", "content\tstyle\na\tb\n", "has tabs between its columns"),
        ("a.csv", 'content\n"a', "is no CSV"),
        ("a.csv", b"content\n\xff\n", "it is no text in UTF-8"),
        ("a.csv", "content\n" + "a" * 2**20, "it has a line of more than 1,048,576 characters"),
        ("a.toml", "size = 1", "has no tables [[jobs]]"),
        ("a.toml", "[[jobs]\n", "cannot read"),
    ],
)
def test_what_is_no_list(place, name, text, part):
    with pytest.raises(JobsError) as caught:
        read(place, name, text)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there(place):
    (place / "jobs.csv").touch()
    with pytest.raises(JobsError, match=r"there is no such file; did you mean 'jobs.csv'\?"):
        list(rows(place / "job.csv"))
