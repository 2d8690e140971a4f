# Everything a newcomer needs is 'make run' and 'make test'; 'make help' shows the rest.
# With another Python: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := src tests bench proofs examples client/src
DOCUMENTS := README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE NOTICE docs bench/results examples deploy client/README.md \
	compose.yaml Dockerfile
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal \
	--python-version 3.11 --no-header --no-annotate --no-emit-index-url
LOCK := $(COMPILE) pyproject.toml requirements/build.in

.DEFAULT_GOAL := help
.PHONY: help run test unit coverage lint format prove attacks trust advisories dist lock page docs screenshots bench-serving bench-codec clean

help:  ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: $(VENV)/run  ## Set everything up and serve on 127.0.0.1:8000
	$(BIN)/calotype serve

test: $(VENV)/test $(VENV)/openapi $(VENV)/described page/node_modules/.package-lock.json  ## Set everything up and pass the whole suite
	$(BIN)/python -m pytest $(ARGS)

unit: $(VENV)/test  ## Pass the tests that start nothing, in about a minute
	$(BIN)/python -m pytest tests/unit tests/architecture $(ARGS)

coverage: $(VENV)/coverage $(VENV)/openapi $(VENV)/described page/node_modules/.package-lock.json  ## Pass the whole suite while coverage is measured; fails below the floor in pyproject.toml
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(VENV)/lint  ## Check style, types, architecture and dependencies
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	MYPYPATH=src:tests $(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports --no-cache
	$(BIN)/lint-imports --no-cache --config bench/.importlinter
	$(BIN)/deptry .

format: $(VENV)/lint  ## Put the code into its standard form
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

prove: $(VENV)/test  ## Pass the proofs that take minutes: killed workers, a move of 2,000 images, a backup of 10,000, memory
	$(BIN)/python -m pytest proofs -s $(ARGS)

attacks: $(VENV)/test  ## Attack a server in each known way, and print a line about each
	PYTHONPATH=tests:. $(BIN)/python -m proofs.attacks

trust: $(VENV)/test  ## Let processes, disks, databases, stores and clocks fail in each known way, and print a line about each; at most 40 minutes
	PYTHONPATH=tests:. $(BIN)/python -m proofs.trust

bench-serving: $(VENV)/bench $(VENV)/thumbor  ## Measure serving against its peers, in one run of some seventeen minutes; ARGS=--quick for three, ARGS=--uploads for uploads
	$(BIN)/python -m bench.serving $(ARGS)

bench-codec: $(VENV)/bench-codec  ## Measure compression against its peers, in one run; FOLDER=... for other images
	$(BIN)/python -m bench.codec $(FOLDER)

advisories: $(VENV)/advisories  ## Look for known vulnerabilities in the packages that are installed with Calotype
	.ci/advisories $(VENV)/advisories/bin/python requirements/run.txt

dist: $(VENV)/run  ## Build the wheel and the source package into dist/
	$(BIN)/python -m hatchling build --clean

lock: $(VENV)/lint  ## Write the lock files again, from pyproject.toml
	$(LOCK) --output-file requirements/run.txt
	for group in test lint coverage bench; do \
		$(LOCK) --group $$group --constraint requirements/run.txt --output-file requirements/$$group.txt || exit 1; \
	done
	$(COMPILE) requirements/advisories.in --output-file requirements/advisories.txt
	$(COMPILE) requirements/docs.in --output-file requirements/docs.txt
	$(COMPILE) requirements/openapi.in --output-file requirements/openapi.txt

page: page/node_modules/.package-lock.json  ## Bundle the web page from page/ into src/entrypoints/http/page; needs npm
	cd page && npm run build

# The documents with the layout of the repository, so that the links between them hold as they are.
docs: $(VENV)/docs  ## Build the documentation site into build/site; it needs no server and no network
	rm -rf build && mkdir -p build/documents
	tar -cf - $(DOCUMENTS) | tar -xf - -C build/documents
	cp docs/site/zensical.toml build
	cd build && $(abspath $(VENV))/docs/bin/zensical build --strict
	$(VENV)/docs/bin/python tests/kit/documents/built_site.py build/site

screenshots: $(VENV)/test  ## Make the pictures of the web page in docs/pictures again; needs Chromium
	PYTHONPATH=tests $(BIN)/python -m kit.page.screenshots

clean:  ## Remove what was set up; keep stored images
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* dist build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Each stamp stands for one installed lock file, and is made again when that file changes.
$(VENV)/run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/test: requirements/test.txt $(VENV)/run
	$(PIP) install --require-hashes --requirement $<
	@touch $@

# They have packages of their own: of those, dependency-injector would import two in every command that the tests start.
$(VENV)/openapi: requirements/openapi.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $< || { rm -rf $@; exit 1; }

# Where npm cannot install it, some tests of the OpenAPI document are skipped; the run says so.
$(VENV)/described: tests/integration/described/package.json | $(VENV)/bin/python
	mkdir -p $(VENV)/npm && cp $< $(VENV)/npm/
	if command -v npm >/dev/null && npm install --prefix $(VENV)/npm --no-audit --no-fund --no-package-lock; then touch $@; fi

# Where npm cannot install it, the test of the bundled page is skipped; the run says so.
page/node_modules/.package-lock.json: page/package-lock.json
	if command -v npm >/dev/null; then cd page && npm ci --no-audit --no-fund && touch node_modules/.package-lock.json; fi

$(VENV)/lint: requirements/lint.txt $(VENV)/test
	$(PIP) install --require-hashes --requirement $<
	@touch $@

$(VENV)/coverage: requirements/coverage.txt $(VENV)/test
	$(PIP) install --require-hashes --requirement $<
	@touch $@

$(VENV)/bench: requirements/bench.txt $(VENV)/test
	$(PIP) install --require-hashes --requirement $<
	@touch $@

# Where pip cannot install it, it is left out of the comparison; the run says so.
$(VENV)/thumbor: bench/peers/thumbor-requirements.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $@
	if $@/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --requirement $<; then touch $@; else rm -rf $@; fi

# It has packages of its own, so that it changes no other. Where it cannot be installed, the target says so.
$(VENV)/advisories: requirements/advisories.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $< || rm -rf $@

# It has packages of its own too.
$(VENV)/docs: requirements/docs.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $< || { rm -rf $@; exit 1; }

# What npm has is left out of the comparison where there is no npm; the run says so.
$(VENV)/bench-codec: bench/codec/peers/package.json $(VENV)/bench
	mkdir -p $(VENV)/codec_peers && cp $< $(VENV)/codec_peers/
	if command -v npm; then cd $(VENV)/codec_peers && npm install --no-audit --no-fund --no-package-lock; fi
	@touch $@
