import pickle
import zipfile
from collections import OrderedDict

import pytest
import torch

from neuralart.errors import WeightsError
from neuralart.weights.convert.pytorch import read_pytorch
from neuralart.weights.read import read

from ..files import INCEPTION, VGG, numbers, same

STATE = OrderedDict((name, torch.from_numpy(array)) for name, array in numbers(VGG).items())


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("around", [None, "state_dict", "model"])
def test_state_dicts(zipped, around, tmp_path):
    value = {around: STATE, "epoch": 3, "note": "x"} if around else STATE
    torch.save(value, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    assert same(read(tmp_path / "w.pth", VGG), numbers(VGG))


def test_modules_of_torch(tmp_path):
    """What nn.Sequential writes by itself: numbered, with gaps where layers have no weights, and a classifier."""
    parts = []
    for out, into, size, _ in VGG.values():
        parts += [torch.nn.Conv2d(into, out, size), torch.nn.ReLU()]
    network = torch.nn.Module()
    network.features = torch.nn.Sequential(*parts)
    network.classifier = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Linear(7, 3))
    torch.save(network.state_dict(), tmp_path / "w.pth")
    wanted = {}
    for number, layer in enumerate(VGG):
        wanted[f"{layer}.weight"] = parts[2 * number].weight.detach().numpy()
        wanted[f"{layer}.bias"] = parts[2 * number].bias.detach().numpy()
    assert same(read(tmp_path / "w.pth", VGG), wanted)
    torch.save(network.features.state_dict(), tmp_path / "bare.pth")
    assert same(read(tmp_path / "bare.pth", VGG), wanted)


@pytest.mark.parametrize("spell", [lambda n: n.replace("/", "_"), lambda n: n.replace("/", "."), lambda n: "net." + n])
def test_slashes_spelt_otherwise(spell, tmp_path):
    arrays = numbers(INCEPTION)
    torch.save({spell(name): torch.from_numpy(array) for name, array in arrays.items()}, tmp_path / "w.pth")
    assert same(read(tmp_path / "w.pth", INCEPTION), arrays)


class Evil:
    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return (open, (str(self.witness), "w"))


@pytest.mark.parametrize("how", ["bare pickle", "legacy", "zip"])
def test_a_malicious_pickle_is_not_executed(how, tmp_path):
    witness = tmp_path / "executed"
    value = {"conv1_1.weight": Evil(witness)}
    if how == "bare pickle":
        (tmp_path / "w.pth").write_bytes(pickle.dumps(value, protocol=2))
    else:
        torch.save(value, tmp_path / "w.pth", _use_new_zipfile_serialization=how == "zip")
    with pytest.raises(WeightsError) as caught:
        read(tmp_path / "w.pth", VGG)
    assert not witness.exists()
    message = str(caught.value)
    assert "\n" not in message and "weights_only" not in message
    assert "w.pth: contains a Python object (io.open), which is never loaded because loading could run" in message
    pickle.loads(pickle.dumps(Evil(witness))).close()
    assert witness.exists()  # the pickle is indeed malicious


def test_a_whole_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Conv2d(3, 4, 3), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"Conv2d\), which is never loaded .* save the network's state_dict"):
        read_pytorch(tmp_path / "w.pth")


def test_other_archives_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        archive.writestr("readme", "x")
    with pytest.raises(WeightsError, match="is a zip archive, but not one that PyTorch wrote"):
        read_pytorch(tmp_path / "w.zip")
    torch.save(STATE, tmp_path / "w.pth")
    data = (tmp_path / "w.pth").read_bytes()
    (tmp_path / "w.pth").write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match="is a damaged or truncated PyTorch file"):
        read_pytorch(tmp_path / "w.pth")
    with zipfile.ZipFile(tmp_path / "script.pt", "w") as archive:
        archive.writestr("a/data.pkl", "")
        archive.writestr("a/constants.pkl", "")
    with pytest.raises(WeightsError, match="is a TorchScript program"):
        read_pytorch(tmp_path / "script.pt")


@pytest.mark.parametrize("value", [3.5, [torch.ones(1)], {"a": 1}])
def test_no_state_dict(value, tmp_path):
    torch.save(value, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"contains a Python {type(value).__name__}"):
        read_pytorch(tmp_path / "w.pth")


@pytest.mark.parametrize(
    "tensor", [torch.ones(3, dtype=torch.int64), torch.ones(3).to_sparse(), torch.ones(3, device="meta")]
)
def test_odd_tensors_are_refused_when_asked_for(tensor, tmp_path):
    torch.save({"a": tensor}, tmp_path / "w.pth")
    try:
        (entry,) = read_pytorch(tmp_path / "w.pth")
    except WeightsError:
        return
    with pytest.raises(WeightsError, match="instead of plain floating point"):
        entry.load()
