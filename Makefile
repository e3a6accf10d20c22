# Two commands do all the set-up: `make evaluate` and `make test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: evaluate test check lint format bench picture clean

evaluate: .venv/installed  ## judge the recommenders on the sample log, print the leaderboard
	$(BIN)/recsys evaluate --config configs/demo.yaml

test: .venv/installed-dev  ## run the tests, two files at a time; those of pages want Debian's chromium
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: .venv/installed-dev  ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## all that must hold

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed-dev  ## ranking, loading and the main job beside the peers, evidence and export; needs RECSYS_DATA_DIR
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.evaluate
	$(BIN)/python -m benchmarks.evidence
	$(BIN)/python -m benchmarks.export

picture: .venv/installed  ## docs/report.png, the demo's report at 1,280 pixels; needs Debian's chromium
	$(BIN)/recsys evaluate --config configs/demo.yaml --out runs/picture --quiet
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --hide-scrollbars --force-device-scale-factor=1 \
		--window-size=1280,1200 --screenshot=docs/report.png "file://$(CURDIR)/runs/picture/report.html"

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/installed

clean:
	rm -rf .venv build dist *.egg-info runs
