"""The command lines of other programs: every row of every table becomes words that our own parser takes."""

from __future__ import annotations

import shlex

import pytest

from neuralart.cli import main, parser
from neuralart.cli.peers import PEERS
from neuralart.cli.translate import split, translated
from neuralart.options import declared

ROWS = [(peer, row) for peer in PEERS for row in peer.rows]
BARE = {"style_transfer": ["photo.jpg", "painting.jpg"], "pystiche": ["photo.jpg", "painting.jpg"]}


def made(text):
    return translated(*split([text]))


def sampled(peer, row):
    """The words of a command line that gives this option, and what it depends on."""
    words = BARE.get(peer.programs[0], [])
    if not row.name.startswith("-"):
        return [
            row.sample if other.key == row.key else f"{other.key}.jpg" for other in peer.rows if other.name[0] != "-"
        ]
    needed = [f"-{row.needs[0]}", row.needs[1]] if row.needs and peer.name != "style-transfer-pytorch" else []
    return [*words, *needed, row.name, *([row.sample] if row.words != 0 else [])]


@pytest.mark.parametrize(("peer", "row"), ROWS, ids=[f"{peer.name} {row.name}" for peer, row in ROWS])
def test_every_row(peer, row):
    assert bool(row.ours) == (row.convert is not None)
    assert set(row.ours) <= set(declared())
    result = translated(peer, sampled(peer, row))
    words = shlex.split(result.command)
    assert words[0] == "neuralart"
    given = parser.values(words[1:])
    assert parser.parse(words[1:])
    told = [note for note in result.notes if note.startswith(f"{row.name}: ")]
    if row.convert is None:
        assert told == [f"{row.name}: has no counterpart: {row.about}"]
    else:
        assert set(row.ours) <= set(given)
        # Giving the option makes a difference.
        assert words != shlex.split(translated(peer, bare(peer)).command)
        assert not row.about or f"{row.name}: {row.about}" in told


def bare(peer):
    return BARE.get(peer.programs[0], [])


# Where the default differs although our command does not set it: ours suits every picture, or stands for theirs.
LEFT = {"output", "scales", "history", "backend", "device", "style_scale", "style_size", "display_port", "seed"}
LEFT |= {"style_layers", "content_layers", "output_dir", "style_weights"}  # the same, written out


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_defaults_that_are_not_ours_are_set(peer):
    spelled = {name for row in peer.rows if row.spelled for name in row.ours}
    for row in peer.rows:
        if row.convert and row.default and row.words is None and not LEFT & set(row.ours):
            said = row.convert([row.default], {})
            assert said.factor == 1, row.name
            for name, value in said.options.items():
                default = declared()[name][1]
                is_same = float(value) == default if isinstance(default, int | float) else value == default
                assert name in spelled or is_same, row.name


def test_torch7_keeps_its_names():
    assert made("qlua main.lua --style a.jpg --content b.jpg --style_factor 1e9 --cpu").command == (
        "neuralart --content b.jpg --style a.jpg --recipe original --style-factor 1e9 --model vgg --cpu"
    )


def test_numbers_are_converted():
    assert "--style-factor 4e+09" in made("th neural_style.lua -style_weight 400 -content_weight 10").command
    assert "--style-factor" not in made("th neural_style.lua -style_weight 1000 -content_weight 50").command
    assert "--learning-rate 10.2" in made("style_transfer a b --step-size 0.04").command
    # 512, 362, 256, 181 and 128 pixels: 1000 iterations, then four times 500.
    assert "--num-iters 3000" in made("style_transfer a b").command
    assert "--num-iters 500" in made("style_transfer a b --min-scale 512 --initial-iterations 500").command
    assert "--scales 3" in made("style_transfer a b --min-scale 256 -s 1024").command


def test_what_depends_on_another_option():
    assert "--learning-rate" not in made("th neural_style.lua -learning_rate 3").command
    assert "--learning-rate 3" in made("th neural_style.lua -learning_rate 3 -optimizer adam").command
    assert "--learning-rate 1 " in made("python neural_style.py -optimizer adam -gpu c").command
    result = made("th neural_style.lua -init_image first.png")
    assert "first.png" not in result.command
    assert "-init_image: has no effect there without -init image" in result.notes
    assert "--init first.png" in made("th neural_style.lua -init_image first.png -init image").command


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("VGG_ILSVRC_16_layers.caffemodel", "--model vgg16 --weights VGG_ILSVRC_16_layers.caffemodel"),
        ("models/vgg19-d01eb7cb.pth", "--model vgg --pooling"),
        ("my/vgg19.pth", "--model vgg --weights my/vgg19.pth"),
    ],
)
def test_networks(file, words):
    assert words in made(f"python neural_style.py -model_file {file}").command


def test_a_network_that_is_not_here():
    result = made("python neural_style.py -model_file models/nin_imagenet.pth")
    assert "-model_file: there is no network for nin_imagenet.pth here; VGG-19 takes its place" in result.notes


def test_what_has_no_effect_here_is_left_out():
    result = made("neural_style.lua -content_image a.jpg -style_image b.jpg -optimizer adam -lbfgs_num_correction 30")
    assert "--history" not in result.words
    assert "--history: is left out, since it has no effect on another --optimizer than lbfgs" in result.notes


@pytest.mark.parametrize("name", ["a b.jpg", "it's.jpg", "$HOME.jpg", "-x.jpg", "none", "x;rm", "é.jpg", "image"])
def test_names_are_safe_in_a_shell(name):
    text = shlex.join(["th", "neural_style.lua", f"-style_image={name}", "-content_image=b.jpg"])
    assert parser.parse(shlex.split(made(text).command)[1:]).style in ((name,), (f"./{name}",))
    assert translated(*split(["--", *shlex.split(text)])) == made(text)


def test_a_command_over_several_lines():
    assert (
        "--size 64"
        in made("CUDA_VISIBLE_DEVICES=0 python3 ~/x/neural_style.py \\\n  -image_size 64 \\\n -gpu 0").command
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is nothing to translate; "),
        ("th neural_stile.lua", "names no program that has a table (main.lua, "),
        ("th neural_stile.lua", "; did you mean 'neural_style.lua'?"),
        ("neuralart --size 3", "'neuralart' is this program's own command"),
        ("th neural_style.lua 'a", "a quotation mark has no partner"),
        ("th neural_style.lua && ls", "'&&' joins several commands; translate one at a time"),
        ("th neural_style.lua -style_imge a", "neural-style has no option '-style_imge'; did you mean '-style_image'?"),
        ("th neural_style.lua -xyzzy", "neural-style has no option '-xyzzy'; see docs/coming-from.md"),
        ("th neural_style.lua a.jpg", "'a.jpg' does not belong to an option of neural-style"),
        ("th neural_style.lua -image_size", "neural-style: -image_size needs a value"),
        ("th neural_style.lua -pooling mx", "-pooling is 'mx', which is not one of max, avg; did you mean 'max'?"),
        ("th neural_style.lua -style_weight x", "-style_weight is 'x', which is not a number"),
        ("th neural_style.lua -image_size x", "--size is 'x'; it must be a whole number"),
        ("style_transfer a", "style-transfer-pytorch: the following arguments are required: styles"),
    ],
)
def test_mistakes(capsys, text, message):
    assert main(["translate", text]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("neuralart: ")
    assert err.count("\n") == 1
    assert message in err


def test_the_command_is_all_of_the_output(capsys):
    assert main(["translate", "th neural_style.lua -tv_weight 0.01 -style_image a -content_image b"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("neuralart --content b --style a ")
    assert out.count("\n") == 1
    assert "-tv_weight: has no counterpart" in err
    assert err.startswith("set as that program does by default: --output out.png")


def test_help(capsys):
    assert main(["translate", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: neuralart translate 'COMMAND'")
    assert all(name in out for peer in PEERS for name in peer.programs)
