"""The script for darktable, run by Lua with a stub in place of darktable."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from neuralart.cli.parser import parse

from ..conftest import REPOSITORY

SCRIPT = REPOSITORY / "examples" / "darktable" / "neuralart.lua"
LUA = next(filter(None, map(shutil.which, ("lua5.4", "lua5.3", "lua"))), None)

# Exports one picture into the storage that the script registers; prints the command, and what darktable did then.
STUB = r"""
local folder, code = arg[1], tonumber(arg[2])
local dt = {
  preferences = {register = function() end, read = function() return "neuralart" end},
  configuration = {running_os = "linux"},
  control = {execute = function(command) io.write(command, "\n"); return code end},
  database = {import = function(name)
    io.write("import ", name, "\n")
    return {group_with = function(_, image) io.write("group ", image.filename, "\n") end}
  end},
  print = function(text) io.write("print ", text, "\n") end,
  new_widget = function() return function(described) return described end end,
}
dt.register_storage = function(_, _, _, finalize)
  finalize(nil, {[{path = folder, filename = "it's.raw"}] = folder .. "/exported's.jpg"})
end
package.preload.darktable = function() return dt end
dofile(arg[3])
"""


@pytest.fixture
def export(tmp_path):
    """Exports folder/it's.raw, where the program ends with this code; returns the lines that were printed."""
    if LUA is None:
        pytest.skip("Lua is not installed")

    def run(code):
        (tmp_path / "stub.lua").write_text(STUB, encoding="utf-8")
        (tmp_path / "exported's.jpg").touch()
        words = [LUA, tmp_path / "stub.lua", tmp_path, str(code), SCRIPT]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()

    return run


def test_it_paints_beside_the_original_and_imports_the_picture(export, tmp_path):
    told, command, *rest = export(0)
    program, *words = shlex.split(command)
    options = parse(words)
    assert (told, program) == ("print neuralart paints it's.raw", "neuralart")
    assert (options.content, options.style) == (str(tmp_path / "exported's.jpg"), ("wave",))
    assert (options.output, options.size) == (str(tmp_path / "it's-wave.jpg"), 2048)
    assert rest == [f"import {options.output}", "group it's.raw"]
    assert not (tmp_path / "exported's.jpg").exists()


def test_it_never_overwrites(export, tmp_path):
    for name in ("it's-wave.jpg", "it's-wave-2.jpg"):
        (tmp_path / name).touch()
    assert export(0)[2] == f"import {tmp_path / chr(39).join(('it', 's-wave-3.jpg'))}"


def test_a_failure_is_told_and_nothing_is_imported(export):
    *_, last = export(2)
    assert last == "print neuralart could not paint it's.raw; its message is where darktable was started"
