"""The version, in one place: the package's metadata."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("neuralart")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0+unknown"
