# make demo    paint the bundled photograph in the bundled style; prints where the picture lies
# make test    the whole suite, about twelve minutes on two slow cores
# make whole   the long forms of tests of which `make test` runs a shorter one, and every iteration of the original's
#              recorded runs
# make torture damaged and hostile files for every reader, SECONDS long (600); then paintings killed and gone on with
# make check   format, lint, types
# make install just the environment: .venv/bin/neuralart
# make format  rewrite the sources as `make check` wants them
# make docs    write docs/reference.md, docs/coming-from.md, docs/mistakes.md, the man page and the typed keywords
#              anew from the declarations; build the site of docs/
# make links   visit every address that the site links to, on a machine that reaches the web
# make package build sdist and wheel into dist/, and check them as the index would; check the container file and workflows
# make extras  install the wheel with each extra by itself into a new environment, and use it there

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

SECONDS ?= 600

# Tests start hundreds of processes, each of which would otherwise compile the sources anew where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test whole torture check format docs links package extras clean

install: .venv/installed
demo: install
	$(BIN)/neuralart demo

# Two processes with a thread each: most tests wait for something, or keep only one core busy. A process that ends, of
# itself or because a test hung, ends the run: begun again it would come to the same test.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
	--max-worker-restart 0

test: .venv/tested
	$(TEST)

whole: .venv/tested
	$(TEST) --whole -m whole
	$(BIN)/python -m pytest --whole tests/recipes/test_original.py

torture: .venv/tested
	$(BIN)/python -m tests.torture --seconds $(SECONDS)

check: .venv/checked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/checked
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A link that leads nowhere, and any other warning, is an error.
docs: .venv/documented
	$(BIN)/python -m neuralart.cli.reference docs/reference.md
	$(BIN)/python -m neuralart.cli.manual docs/neuralart.1
	$(BIN)/python -m neuralart.cli.typed src/neuralart/keywords.py
	$(BIN)/python -m neuralart.cli.peers.page docs/coming-from.md
	$(BIN)/python -m tests.cli.mistakes docs/mistakes.md
	$(BIN)/python -m sphinx -q -n -W --keep-going docs docs/_build/html
	@echo docs/_build/html/index.html

links: .venv/documented
	$(BIN)/python -m sphinx -q -b linkcheck docs docs/_build/links

package: .venv/packaged
	rm -rf dist build
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	$(BIN)/hadolint containers/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

extras: package .venv/tested
	$(BIN)/python -m tests.extras

# torch comes first and by its exact version, so that nothing later brings another build of it.
.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) "$$(grep '^torch==' constraints.txt)"
	$(PIP) --editable .
	touch $@

.venv/tested: .venv/installed
	$(PIP) --editable '.[app,jxl,plot,raft,raw,ray,test,video,watch]'
	sh tests/install_debian.sh
	touch $@

.venv/documented: .venv/installed
	$(PIP) --editable '.[docs]'
	touch $@

.venv/packaged: .venv/installed
	$(PIP) --editable '.[package]'
	touch $@

.venv/checked: .venv/installed
	$(PIP) --editable '.[check]'
	touch $@

clean:
	rm -rf .venv build dist docs/_build src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
