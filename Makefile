# Everything that a developer types. `make help` lists it; `make run` is where to start.

VENV := .venv
PYTHON := $(VENV)/bin/python
UV := tools/uv
PACKAGES := $(wildcard services/*/pyproject.toml models/whisper_engine/pyproject.toml proto/python/pyproject.toml)
EDITABLE := $(foreach package,$(PACKAGES),-e ./$(dir $(package)))

.DELETE_ON_ERROR:
.PHONY: help run install install-dev test test-integration chart-test chart-readme images sbom e2e check format accuracy \
    bench golden generate lock clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

run: install ## install what is missing and serve on this machine; Ctrl-C stops it
	@exec $(VENV)/bin/earshot serve --exit-with-parent

install: $(VENV)/.services $(VENV)/triton/.installed

install-dev: install $(VENV)/.dev

test: install-dev ## every test that needs no other server, real Triton included
	$(VENV)/bin/pytest tests -m "not servers" --ignore tests/chart --numprocesses 2 --dist loadfile

test-integration: install-dev ## the tests on a real PostgreSQL, Redis, Kafka and S3, which start and stop by themselves
	$(VENV)/bin/pytest tests -m servers

chart-test: install-dev ## the Helm chart: its schema, every profile against Kubernetes' own types, alert rules, dashboards
	tools/chart-tools
	$(VENV)/bin/pytest tests/chart

chart-readme: ## rewrite the chart's README from the comments of its values
	tools/chart-readme

images: ## build every container image; TAG, REGISTRY and MODELS say more
	tools/images

sbom: ## what each image holds, as CycloneDX in build/sbom
	tools/sbom

e2e: ## install the chart on the cluster of KUBECONFIG and try it hard; leaves nothing there
	tools/e2e

check: install-dev ## format, lint, types, import rules, generated code, lock files
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	proto/generate --check
	proto/check
	tools/lock --check

format: install-dev ## rewrite the code as `make check` wants it
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

accuracy: install-dev ## word error rates on recorded speech, beside faster-whisper
	$(PYTHON) -m tests.accuracy

bench: install-dev ## speed and memory, beside faster-whisper and whisper.cpp, and which bars hold
	$(PYTHON) -m tests.bench
	$(PYTHON) -m tests.bench.overhead
	$(PYTHON) -m tests.bench.jobs
	$(PYTHON) -m tests.bench.refining

golden: install-dev ## rewrite the golden files from what the code does now; read the diff
	EARSHOT_REWRITE_GOLDEN=1 $(VENV)/bin/pytest tests/golden

generate: install-dev ## rewrite the generated protobuf code
	proto/generate

lock: $(VENV)/bin/uv ## pin the newest versions that the pyproject files allow, with hashes
	tools/lock

clean: ## remove caches and build outputs
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

distclean: clean ## remove also the environments; the data in var stays
	rm -rf $(VENV)

# An environment that was interrupted before it had pip, or whose Python is gone, is made anew.
$(VENV)/bin/uv: requirements/uv.txt
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { \
	    python=$$(tools/find-python services) && rm -rf $(VENV) && echo "Creating $(VENV) with $$python" && \
	    "$$python" -m venv $(VENV); }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.services: requirements/runtime.txt $(PACKAGES) $(VENV)/bin/uv
	$(UV) pip install --python $(PYTHON) --require-hashes -r requirements/runtime.txt
	$(UV) pip install --python $(PYTHON) --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.services
	$(UV) pip install --python $(PYTHON) --require-hashes -r requirements/dev.txt
	@touch $@

# Where Triton can't run the stamp stays missing, and the next make looks again whether that has changed.
$(VENV)/triton/.installed: requirements/triton.txt requirements/pytriton.txt models/whisper_engine/pyproject.toml $(VENV)/bin/uv
	@tools/install-triton
