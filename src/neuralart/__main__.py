"""Runs the program: python -m neuralart."""

from neuralart.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
