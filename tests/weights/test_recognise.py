import doctest

import pytest

from neuralart.errors import WeightsError
from neuralart.weights import recognise as module
from neuralart.weights.recognise import recognise, stand_in

from .files import VGG, bytes_field, caffe, numbers, onnx, th

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:e7167e85b71f2a7e730ef2e74496a69b7698cebb56259f7d0e5c700b6fd92fbd\nsize 80102564\n"
)


@pytest.mark.parametrize(
    "data, kind",
    [
        (th(numbers(VGG)), "torch7"),
        (b"3\n1\n0\n", "torch7"),
        (b"\0\0\0\0", "torch7"),
        (caffe(numbers(VGG)), "caffe"),
        (caffe(numbers(VGG))[5:], "caffe"),  # without the name, layers come first
        (caffe(numbers(VGG), old=True)[5:], "caffe"),
        (onnx([]), "onnx"),
        (b"\x89HDF\r\n\x1a\n....", "hdf5"),
        (b"PK\x03\x04....", "pytorch"),
        (b"\x80\x02\x8a\x0a", "pytorch"),
        (b"\x10\0\0\0\0\0\0\0{}", "safetensors"),
        (b"\x03\0\0\0\x01\0\0\0{\0\0\0", "torch7"),  # a table of 123 entries: its count looks like a brace
    ],
)
def test_formats_by_content(data, kind, tmp_path):
    (tmp_path / "misnamed.png").write_bytes(data)
    assert recognise(tmp_path / "misnamed.png") == kind


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", r"^is empty \(0 bytes\); fetch it again$"),
        (
            POINTER,
            r"^is a Git LFS pointer \(it stands for 80102564 bytes with sha256 e7167e85b71f\w+\), not weights; "
            "fetch the real file with 'git lfs pull'$",
        ),
        (POINTER[:50], r"^is a Git LFS pointer \(it stands for a file\)"),
        (b"\n <!DOCTYPE html>\n<html>", "^is an HTML page, not weights; a download saved a server's page instead"),
        (b"\xef\xbb\xbf<HTML>", "^is an HTML page"),
        (b"<?xml version='1.0'?><Error>", "^is an HTML page"),
        (b"\xff\xd8\xff\xe0", "^is a JPEG picture, not weights$"),
        (b"\x89PNG\r\n\x1a\n", "^is a PNG picture, not weights$"),
        (b"RIFF\0\0\0\0WEBP", "^is a WebP picture, not weights$"),
        (b"\0\0\0\x1cftypavif", "^is an AVIF, HEIC or video file, not weights$"),
        (b"\x1f\x8b\x08", "^is compressed by gzip; unpack it first$"),
        (
            b"MATLAB 5.0 MAT-file",
            "^is a MATLAB file, which cannot be read here; use the same weights in another format$",
        ),
        (b'{"error": "not\nfound"}', "^is a text file, not weights$"),
        (
            b"\xfe\xdc\xba\x98\x76\x54\x32\x10\x11",
            r"^has an unknown format; known are safetensors, PyTorch, HDF5, ONNX, Caffe and Torch7$",
        ),
    ],
)
def test_what_is_no_weights(data, reason, tmp_path):
    (tmp_path / "w.th").write_bytes(data)
    with pytest.raises(WeightsError, match=reason):
        recognise(tmp_path / "w.th")


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "vgg_normalized.th").write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"^does not exist; did you mean 'vgg_normalized.th'\?$"):
        recognise(tmp_path / "vgg_normalised.th")
    with pytest.raises(WeightsError, match=r"^does not exist$"):
        recognise(tmp_path / "qqq")
    with pytest.raises(WeightsError, match=r"^does not exist, nor does its folder$"):
        recognise(tmp_path / "nowhere" / "x.th")
    with pytest.raises(WeightsError, match=r"^is a folder; name the file of weights in it$"):
        recognise(tmp_path)


def test_no_stand_in():
    assert stand_in(b"\x03\0\0\0") is None and stand_in(b"") is None
    assert stand_in(bytes_field(1, b"<html>")) is None


def test_the_example_in_the_docstring():
    assert doctest.testmod(module).failed == 0
