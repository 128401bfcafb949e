"""Lists where weights are published, with the sizes and digests by which to verify a file.

Hosts can vanish, and some have, so each network has several sources; the first is preferred.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One published file of weights.

    Attributes:
        name: The file's name.
        urls: Its addresses, in the order in which to try them.
        size: Its size in bytes.
        algorithm: The algorithm of the digest, by hashlib's name.
        digest: The digest in hexadecimal, or its beginning if no more is published.
        format: The file's format, as in `recognise`.
        licence: A text to show.
        origin: A text to show.
        normalised: Whether every filter's mean activation over images is 1.
        size_is_exact: Whether the size is exact.
        note: A text to show.
        instead: What to do if it cannot be had, a text to show.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    algorithm: str
    digest: str
    format: str
    licence: str
    origin: str
    normalised: bool
    size_is_exact: bool = True
    note: str = ""
    instead: str = "pass --weights FILE"

    def digest_is_whole(self) -> bool:
        """Return whether the whole digest is known, not only its beginning."""
        return len(self.digest) == 2 * hashlib.new(self.algorithm, usedforsecurity=False).digest_size


_SITE = "kaishengtai.github.io/static/projects/neuralart"
_SITE_LFS = (
    "https://media.githubusercontent.com/media/kaishengtai/kaishengtai.github.io/master/static/projects/neuralart"
)
_OXFORD = "Oxford's VGG-19 (Simonyan and Zisserman, 2014)"
_BVLC = "BVLC GoogLeNet (Berkeley Vision and Learning Center, after Szegedy et al., 2014)"
_CC_BY = "CC BY 4.0"
_UNRESTRICTED = "released by BVLC for unrestricted use"

_VGG = (
    Source(
        name="vgg_normalized.th",
        urls=(f"{_SITE_LFS}/vgg_normalized.th", f"http://{_SITE}/vgg_normalized.th"),
        size=80102564,
        algorithm="sha256",
        digest="e7167e85b71f2a7e730ef2e74496a69b7698cebb56259f7d0e5c700b6fd92fbd",
        format="torch7",
        licence=f"{_CC_BY} for the weights it derives from",
        origin=f"{_OXFORD}, normalised by Gatys et al.; the file of the original neuralart (Kai Sheng Tai, 2015)",
        normalised=True,
    ),
    Source(
        name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        urls=(
            "https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
            "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        ),
        size=80134624,
        algorithm="md5",
        digest="253f8cb515780f3b799900260a226db6",
        format="hdf5",
        licence=_CC_BY,
        origin=f"{_OXFORD}, as published by Keras",
        normalised=False,
    ),
    Source(
        name="vgg19-d01eb7cb.pth",
        urls=("https://web.eecs.umich.edu/~justincj/models/vgg19-d01eb7cb.pth",),
        size=574_700_000,
        size_is_exact=False,
        algorithm="sha256",
        digest="d01eb7cb",
        format="pytorch",
        licence=_CC_BY,
        origin=f"{_OXFORD}, converted for PyTorch by Justin Johnson",
        normalised=False,
        note="large: it includes the fully connected layers, which are not used",
    ),
    Source(
        name="VGG_ILSVRC_19_layers.caffemodel",
        urls=(
            "https://www.robots.ox.ac.uk/~vgg/software/very_deep/caffe/VGG_ILSVRC_19_layers.caffemodel",
            "https://style-transfer.s3-us-west-2.amazonaws.com/vgg19.caffemodel",
        ),
        size=574671192,
        algorithm="md5",
        digest="b5c644beabd7cf06bdd9065cfd674c97",
        format="caffe",
        licence=_CC_BY,
        origin=f"{_OXFORD}, their own file",
        normalised=False,
        note="large: it includes the fully connected layers, which are not used",
    ),
)

_INCEPTION = (
    Source(
        name="inception_caffe.th",
        urls=(f"{_SITE_LFS}/inception_caffe.th", f"http://{_SITE}/inception_caffe.th"),
        size=28015328,
        algorithm="sha256",
        digest="13ab50c8981b4978bd053cf4eff2d3ac3dc78238caab3fe0b8a40cbae7898a66",
        format="torch7",
        licence=_UNRESTRICTED,
        origin=f"{_BVLC}; the file of the original neuralart (Kai Sheng Tai, 2015)",
        normalised=False,
    ),
    Source(
        name="googlenet-7.onnx",
        urls=(
            "https://media.githubusercontent.com/media/onnx/models/main/validated/vision/classification/"
            "inception_and_googlenet/googlenet/model/googlenet-7.onnx",
        ),
        size=28020232,
        algorithm="sha256",
        digest="5725ccfd90845735ce5897faf7843c3f9b13acda3c4f3bff82cb21c9337c9de8",
        format="onnx",
        licence="BSD-3-Clause",
        origin=f"{_BVLC}, from the ONNX model zoo",
        normalised=False,
    ),
    Source(
        name="bvlc_googlenet.caffemodel",
        urls=("http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel",),
        size=53_500_000,
        size_is_exact=False,
        algorithm="sha1",
        digest="405fc5acd08a3bb12de8ee5e23a96bec22f08204",
        format="caffe",
        licence=_UNRESTRICTED,
        origin=f"{_BVLC}, their own file",
        normalised=False,
        note="includes the auxiliary heads, which are not used",
    ),
)


def _raft(name: str, size: int, digest: str, trained: str) -> Source:
    return Source(
        name=name,
        urls=(f"https://download.pytorch.org/models/{name}",),
        size=size,
        size_is_exact=False,
        algorithm="sha256",
        digest=digest,
        format="pytorch",
        licence="BSD-3-Clause, as torchvision",
        origin=f"RAFT (Teed and Deng, 2020), trained by torchvision on {trained}",
        normalised=False,
        instead="say --flow dis",
    )


# Two networks, the more precise one first. Names, sizes and the beginnings of the digests are from torchvision 0.28,
# models/optical_flow/raft.py: the weights that it calls DEFAULT.
_RAFT = (
    _raft(
        "raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        21_107_000,
        "ff5fadd5",
        "FlyingChairs, FlyingThings3D, Sintel, KITTI and HD1K",
    ),
    _raft("raft_small_C_T_V2-01064c6d.pth", 4_007_000, "01064c6d", "FlyingChairs and FlyingThings3D"),
)

# By network: those that compare pictures, and the one that finds motion.
SOURCES: dict[str, tuple[Source, ...]] = {"vgg": _VGG, "inception": _INCEPTION, "raft": _RAFT}
"""Network name -> its sources, in the order in which to try them."""
