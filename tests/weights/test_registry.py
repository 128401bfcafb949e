import hashlib
import re

from neuralart.weights.read import FORMATS
from neuralart.weights.registry import SOURCES, Source

ALL = [source for sources in SOURCES.values() for source in sources]


def test_every_network_that_needs_a_download_has_several_sources():
    assert set(SOURCES) == {"vgg", "inception", "raft"}
    assert all(len(SOURCES[name]) >= 3 for name in ("vgg", "inception"))
    assert SOURCES["vgg"][0].name == "vgg_normalized.th" and SOURCES["inception"][0].name == "inception_caffe.th"
    assert [source.normalised for source in SOURCES["vgg"]] == [True, False, False, False]


def test_every_record_is_complete():
    for source in ALL:
        assert source.urls and all(re.match(r"https?://[^\s]+$", url) for url in source.urls)
        assert source.format in FORMATS and source.size > 10**6
        assert source.licence and source.origin
        whole = 2 * hashlib.new(source.algorithm).digest_size
        assert re.fullmatch(r"[0-9a-f]+", source.digest) and 8 <= len(source.digest) <= whole
        assert source.digest_is_whole() == (len(source.digest) == whole)
    assert len({source.name for source in ALL}) == len(ALL)


def test_names_are_safe_on_every_system():
    for source in ALL:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", source.name) and len(source.name) < 100


def test_only_these_digests_are_known_by_their_beginning():
    """PyTorch publishes the beginning in the name."""
    beginnings = [source for source in ALL if not source.digest_is_whole()]
    assert [source.name.partition("_")[0] for source in beginnings] == ["vgg19-d01eb7cb.pth", "raft", "raft"]
    assert all(source.name.endswith(f"-{source.digest}.pth") for source in beginnings)
    assert not Source("n", (), 1, "md5", "0" * 31, "caffe", "", "", False).digest_is_whole()


def test_the_sizes_are_those_of_the_numbers():
    """20 024 384 weights of four bytes are VGG-19's convolutions: what is published whole is a little larger."""
    for source in SOURCES["vgg"][:2]:
        assert 0 < source.size - 4 * 20_024_384 < 40_000
