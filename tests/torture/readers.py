"""Every reader of strangers' files: a small corpus, made here, and what reading may do."""

from __future__ import annotations

import importlib
import io
import json
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np
import pillow_heif
import torch
from PIL import Image
from safetensors.torch import save_file

from neuralart.cli.commands import in_json
from neuralart.cli.recall import recalled, recorded
from neuralart.cli.resume import _recorded
from neuralart.errors import JobsError, UserError, escaped
from neuralart.image.limits import MEGA, Reading
from neuralart.image.picture import Picture
from neuralart.image.read import read_bytes
from neuralart.image.write import encode
from neuralart.jobs.check import Checker
from neuralart.jobs.manifest import Entry, Input, Manifest
from neuralart.jobs.table import rows
from neuralart.objective.objective import Evaluation
from neuralart.optim.lbfgs import LBFGS
from neuralart.options import Options, from_mapping
from neuralart.run.loop import paint
from neuralart.run.schedule import Scale
from neuralart.run.stage import Stage
from neuralart.watch import checkpoint
from neuralart.weights.read import read as read_weights
from tests.image.make import rgb, rgb16, with_blob, with_orientation
from tests.image.test_decoders import dng, psd
from tests.weights.files import SAMPLES, VGG, caffe, numbers, onnx, onnx_tensor, th

HEX = "0123456789abcdef" * 4


class Reader(Protocol):
    """One of the program's readers."""

    def seeds(self) -> list[bytes]:
        """Whole files, which are taken."""
        ...

    def read(self, data: bytes) -> bool:
        """Whether it is taken. Raises nothing else than what is a finding."""
        ...


def _told(error: UserError) -> bool:
    """A refusal, which has to be one printable line."""
    text = escaped(str(error))
    assert "\n" not in text and text.isprintable() and len(text) < 20_000, text
    return False


class Images:
    """Every format that is read."""

    def seeds(self) -> list[bytes]:
        importlib.import_module("pillow_jxl")  # tells Pillow of JPEG XL
        image = Image.fromarray(rgb(40, 30).numpy())
        made = [rgb(40, 30).write_to_buffer(suffix) for suffix in (".png", ".jpg", ".tif", ".webp", ".avif", ".gif")]
        made += [rgb16(40, 30).write_to_buffer(suffix) for suffix in (".png", ".tif")]
        made.append(rgb(40, 30).write_to_buffer(".jpg", interlace=True))
        made.append(rgb(40, 30).write_to_buffer(".png", interlace=True))
        made.append(rgb(40, 30).write_to_buffer(".tif", compression="lzw", tile=True, pyramid=True))
        made.append(rgb(40, 30).write_to_buffer(".tif", compression="jpeg"))
        made.append(with_orientation(rgb(40, 30), 6).icc_transform("p3", input_profile="srgb").write_to_buffer(".jpg"))
        made.append(with_blob(rgb(40, 30), "xmp-data", b"<x hdrgm:Version='1'/>").write_to_buffer(".jpg"))
        made.append(rgb(40, 30).cast("float").write_to_buffer(".tif"))
        made.append(rgb(40, 30).colourspace("cmyk").write_to_buffer(".jpg"))
        made += [b"P6 8 8 255 " + b"abc" * 64, b"P2 2 2 9 1 2 3 4 ", psd(rgb(40, 30).numpy()), dng()]
        for kind in ("BMP", "TGA", "JPEG2000", "JXL"):
            out = io.BytesIO()
            image.save(out, kind)
            made.append(out.getvalue())
        out = io.BytesIO()
        pillow_heif.from_pillow(image).save(out)
        return [*made, out.getvalue()]

    def read(self, data: bytes) -> bool:
        # Some take what can be read, some shrink while they read; small limits keep what is taken quick.
        choice = len(data) % 4
        try:
            read_bytes(data, "'x'", 20 if choice == 1 else None, Reading(16 * MEGA, accept_damaged=choice == 2))
        except UserError as error:
            return _told(error)
        return True


class InFolder:
    """A reader of named files."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="torture-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / "file"

    def read(self, data: bytes) -> bool:
        self.path.write_bytes(data)
        try:
            self.take(self.path)
        except UserError as error:
            return _told(error)
        return True

    def take(self, path: Path) -> None:
        raise NotImplementedError

    def made(self, write: Callable[[Path], object]) -> bytes:
        write(self.path)
        return self.path.read_bytes()


class Weights(InFolder):
    """Six formats."""

    def seeds(self) -> list[bytes]:
        arrays = {key: np.asarray(value) for key, value in numbers(VGG).items()}
        tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
        found = [path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.stat().st_size < 100_000]
        found = [data for data in found if self.read(data)] + [th(arrays), th(arrays, flat=True)]
        found += [caffe(arrays), caffe(arrays, old=True), _onnx(arrays)]
        found.append(self.made(lambda path: save_file(tensors, path)))
        found.append(self.made(lambda path: torch.save(tensors, path)))
        found.append(self.made(lambda path: torch.save(tensors, path, _use_new_zipfile_serialization=False)))
        return [*found, self.made(lambda path: _hdf5(path, arrays))]

    def take(self, path: Path) -> None:
        read_weights(path, VGG)


class Checkpoints(InFolder):
    """What `neuralart resume` reads."""

    def seeds(self) -> list[bytes]:
        facts = _facts() | {"iteration": 3, "scale": 1, "evaluations": 4, "seconds": 1.5, "total": 2.0}
        facts["terms"] = {"content": 1.0, "style": 1.0}
        image, about = torch.full((1, 3, 12, 16), 7.0), {"format": checkpoint.EARLIER, "about": json.dumps(facts)}
        bowl = lambda image: Evaluation(image.square().sum(), {}, 2 * image)
        stage = Stage(Scale((16, 12), 3), lambda image: image, lambda: bowl)
        step = next(step for step in paint(image, [stage], LBFGS()) if step.is_last)
        return [
            self.made(lambda path: save_file({"image": image}, path, about)),
            self.made(lambda path: checkpoint.write(path, step, facts)),
        ]

    def take(self, path: Path) -> None:
        reached, facts = checkpoint.read(path)
        if state := reached.state():
            LBFGS().load(state.within("optimiser"), reached.image)
        given = {"content": "a.png", "style": "b.png"}
        from_mapping(_recorded(facts, path, given) | given)


class Records(InFolder):
    """What `neuralart again` and `record` read of a picture."""

    def seeds(self) -> list[bytes]:
        record = _facts() | {"result": {"iterations": 4, "seconds": 1.5, "total": None}}
        small = Picture(torch.zeros(1, 3, 8, 8))
        long = record | {"losses": [1 / (n + 1) for n in range(4000)]}
        return [
            encode(small, ".png", record=record),
            encode(small, ".jpg", record=record),
            encode(small, ".webp", record=long),
        ]

    def take(self, path: Path) -> None:
        shown = in_json(json.dumps(recorded(path), ensure_ascii=False))
        assert all(c.isprintable() or c == "\n" for c in shown)
        recalled(path, {"content", "style"})


class Lists(InFolder):
    """Lists of jobs, in three formats, and manifests."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("photo.png", "style.png"):
            self.input(name).write_bytes(b"not read")

    def input(self, name: str) -> Path:
        return self.path.with_name(name)

    def seeds(self) -> list[bytes]:
        job = {"content": str(self.input("photo.png")), "style": str(self.input("style.png")), "size": 64, "seed": 3}
        jobs = [job | {"output": f"{k}.png", "priority": k, "strip": True} for k in range(3)]
        cells = [",".join("yes" if value is True else str(value) for value in one.values()) for one in jobs]
        tables = ["[[jobs]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in one.items()) for one in jobs]
        manifest = Manifest(self.path)
        manifest.add("a.png", Entry("done", "key", HEX, (Input("content", "a.png", HEX, 3, 4),), 1.5), options=job)
        lines = ["\n".join(map(json.dumps, jobs)), json.dumps(jobs[0])]
        texts = [",".join(jobs[0]) + "\n" + "\n".join(cells), *lines, "\n".join(tables)]
        return [text.encode() for text in texts] + [self.path.read_bytes()]

    def read(self, data: bytes) -> bool:
        self.path.write_bytes(data)
        Manifest(self.path).refresh()  # whatever it holds
        if b'"sha256"' in data:
            return True
        suffix = ".jsonl" if data[:1] == b"{" else ".toml" if data[:1] == b"[" else ".csv"
        path = self.path.with_suffix(suffix)
        path.write_bytes(data)
        try:
            for job in Checker({}, "the list").checked(rows(path)):
                assert job.options.output
        except JobsError as error:
            return all(_told(UserError(line)) for line in str(error).splitlines())
        return True


def _facts() -> dict[str, object]:
    origin = {"path": "photo.png", "sha256": HEX, "size": [16, 12]}
    network = {"name": "compact", "file": "f", "sha256": HEX, "normalised_here": False, "precision": "float32"}
    options = Options(size=16, num_iters=4, output="out.png").record()
    return {"program": "neuralart", "options": options, "content": origin, "style": origin, "network": network}


def _onnx(arrays: dict[str, np.ndarray]) -> bytes:
    names = {key: key.replace(".weight", "_w_0").replace(".bias", "_b_0") for key in arrays}
    return onnx([onnx_tensor(names[key], value) for key, value in arrays.items()])


def _hdf5(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with h5py.File(path, "w") as file:
        for key, value in arrays.items():
            layer, _, role = key.partition(".")
            turned = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value
            file[f"{layer}/{'kernel' if role == 'weight' else 'bias'}:0"] = turned


READERS: dict[str, Callable[[], Reader]] = {
    "images": Images,
    "weights": Weights,
    "checkpoints": Checkpoints,
    "records": Records,
    "lists": Lists,
}
