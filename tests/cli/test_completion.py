"""The scripts of `neuralart completion`, tried in the shells that are here: one process for each."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from neuralart.cli.grammar import SHELLS
from neuralart.image.paintings import PAINTINGS

# What is typed, with the last word unfinished, and what some of the answers must be, and must not.
TYPED = {
    ("",): ({"demo", "video", "completion"}, {"photo.png"}),
    ("--num",): ({"--num-iters"}, {"--model"}),
    ("--model", "v"): ({"vgg", "vgg19"}, {"compact", "photo.png"}),
    ("--style", "wa"): ({"wave", "watched.png"}, {"photo.png", "scream"}),
    ("--style", "wave", "--mod"): ({"--model"}, {"photo.png"}),
    ("--preset", "p"): ({"painterly"}, {"photo.png"}),
    ("--quiet", "--see"): ({"--seed"}, {"--quiet"}),
    ("--content", "ph"): ({"photo.png"}, {"painterly"}),
    ("--output-dir", "fo"): ({"folder"}, {"photo.png"}),
    ("video", "ph"): ({"photo.png"}, {"folder"}),
    ("video", "photo.png", "--codec", ""): ({"h264", "av1"}, {"photo.png"}),
    ("video", "photo.png", "--p"): ({"--passes", "--preset"}, {"--plot", "--pyramid"}),
    ("models", "fetch", "comp"): ({"compact"}, {"vgg"}),
    ("blend", "wave", "scr"): ({"scream"}, {"wave"}),
    ("completion", ""): (set(SHELLS), {"photo.png"}),
}

# Each prints the answers to a line of words, separated by tabs, as a line.
DRIVERS = {
    "bash": r"""
source "$1"
while IFS=$'\t' read -r -a words; do
    COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]%.}
    _shtab_neuralart 2>/dev/null  # compopt says that nothing is being completed
    (IFS=$'\t'; echo "${COMPREPLY[*]}")
done
""",
    "fish": r"""
source $argv[1]
while read --local line
    set --local words (string replace --all \t " " (string sub --end -1 $line))
    set --local answers (complete --do-complete "$words" | string replace --regex '/?(\t.*)?$' '')
    echo (string join -- \t $answers)
end
""",
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """A folder with the script for each shell, by its name."""
    folder = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        (folder / shell).write_text(printed(shell), encoding="utf-8")
    return folder


def printed(shell):
    import contextlib
    import io

    from neuralart.cli import completion

    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert completion.run([shell]) == 0
    return said.getvalue()


@pytest.mark.parametrize("shell", DRIVERS)
def test_the_shell_completes(scripts, shell, tmp_path):
    program = here(shell)
    for name in ("photo.png", "watched.png"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    driver = tmp_path / "driver"
    driver.write_text(DRIVERS[shell], encoding="utf-8")
    lines = "".join("\t".join(("neuralart", *words)) + ".\n" for words in TYPED)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [program, driver, scripts / shell],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env=environment,
    )
    answers = [set(line.split("\t")) for line in done.stdout.splitlines()]
    assert len(answers) == len(TYPED), done.stderr
    for (words, (some, others)), given in zip(TYPED.items(), answers):
        assert some <= given, words
        assert not others & given, words


def test_zsh_can_read_its_script(scripts):
    done = subprocess.run([here("zsh"), "-f", "-n", scripts / "zsh"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_zsh_knows_the_paintings_beside_files(scripts):
    assert f"'words:word:({' '.join(PAINTINGS)})' 'files:file:_files'" in (scripts / "zsh").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name one shell, of bash, zsh, fish: neuralart completion bash"),
        (["zsch"], "there is no completion for 'zsch' (there is for bash, zsh, fish); did you mean 'zsh'?"),
        (["bash", "zsh"], "name one shell, of bash, zsh, fish: neuralart completion bash"),
    ],
)
def test_a_mistake(call, words, says):
    assert call("completion", *words) == (2, "", f"neuralart: {says}\n")


def test_help_says_where_the_script_goes(call):
    code, out, err = call("completion", "--help")
    assert (code, err) == (0, "")
    assert all(f"neuralart completion {shell} > ~/" in out for shell in SHELLS)


def here(shell):
    return shutil.which(shell) or pytest.skip(f"{shell} is not installed")
