PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .peers/airbyte/ready .peers/dlt/ready .peers/singer/ready
JSON_SERVER := tests/contracts/json_server/node_modules/.package-lock.json
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: debug reset test test-quick test-browser check soak spark test-spark storm outage load bench bench-compare bench-small compare compare-peers connector package deploy clean

debug: $(VENV)/ready  ## Run the connector with configuration.json; the tables are in files/warehouse.db
	@python -m release debug
	fivetran debug dist/debug --configuration "$(CURDIR)/configuration.json"

reset: $(VENV)/ready  ## Forget the tables and the state; the next `make debug` starts over
	rm -rf files

test: $(VENV)/ready-dev $(JSON_SERVER)  ## Run every test but those that need a browser or Spark
	pytest -n 3 --cov --cov-report=term -m "not browser and not spark"

test-quick: $(VENV)/ready-dev  ## Run the tests that start no process and take less than a second each
	pytest -n 2 --hypothesis-profile quick -m "not process and not browser and not slow and not spark"

test-browser: $(VENV)/ready-dev  ## Look at the load report in Chromium (Debian: apt-get install chromium)
	pytest -m browser

test-spark: $(VENV)/ready-spark  ## Run the tests of the source for Spark (Debian: apt-get install default-jre-headless)
	pytest tests/spark -m spark

check: $(VENV)/ready-dev  ## Lint, check the format, the types, and who imports whom
	ruff check .
	ruff format --check .
	mypy
	PYTHONPATH=. lint-imports --no-logo

soak: $(VENV)/ready-dev  ## Run the model-based tests 2,000 times each (about 40 minutes)
	SOAK_RUNS=2000 timeout 3600 pytest tests/sync/test_model.py tests/sync/test_tree_model.py tests/sync/test_deleting_model.py --timeout 3600

spark: $(VENV)/ready-spark  ## Run the demo source in a small Spark cluster on this machine, twice, into Iceberg tables
	python -m spark_source.demo

storm: $(VENV)/ready-dev  ## Sync from an API at which everything goes wrong (a few minutes)
	timeout 1800 python -m load_test.storm

outage: $(VENV)/ready-dev  ## Kill the server during a sync, and bring it back (about 6 minutes)
	timeout 1800 python -m load_test.outage

load: $(VENV)/ready-dev  ## Show what each setting of max_concurrency buys; the report is in load_report/index.html
	python -m load_test

bench: $(VENV)/ready-dev  ## Measure every kind of sync, and add a line to benchmarks/history.jsonl (about 9 minutes)
	python -m load_test.bench

bench-compare: $(VENV)/ready-dev  ## Print this tree's times as ratios to another commit's: make bench-compare REV=HEAD~1
	python -m load_test.compare_commits $(or $(REV),HEAD)

bench-small: $(VENV)/ready-dev  ## The same with half a CPU and 1 GB, as in production (root, and a machine with cgroups)
	python -m load_test.small

compare: $(VENV)/ready-dev  ## Compare with one request at a time, and with threads (about 2 minutes)
	python -m load_test.comparison

compare-peers: $(VENV)/ready-dev $(PEERS)  ## Compare with Airbyte's CDK, dlt and Singer's SDK, each in an environment of its own (about an hour)
	python -m load_test.peers

connector: $(VENV)/ready  ## Write a first connector for an API: make connector URL=... CHILD=... [TOKEN=...] [HEADER='Name: value'] [INTO=folder]
	@python -m scaffold "$(URL)" $(if $(CHILD),--child "$(CHILD)") $(if $(TOKEN),--token "$(TOKEN)") $(if $(HEADER),--header "$(HEADER)") $(if $(INTO),--into "$(INTO)")

package: $(VENV)/ready  ## Make dist/async-parent-child.zip of what runs in production
	python -m release package

deploy: $(VENV)/ready  ## Print the command that deploys; RUN=1 DESTINATION=... CONNECTION=... [CONFIGURATION=...] runs it
	@python -m release deploy $(if $(filter 1,$(RUN)),--run) --destination "$(DESTINATION)" --connection "$(CONNECTION)" --configuration "$(CONFIGURATION)"

clean:  ## Remove the virtual environment and everything made by the tools
	rm -rf $(VENV) tests/contracts/json_server/node_modules .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis .coverage .coverage.* files crash-reports load_report dist .peers

$(VENV)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/ready: $(VENV)/python requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt fivetran-connector-sdk==3.0.0
	touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(VENV)/ready-spark: $(VENV)/ready-dev requirements-spark.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	touch $@

$(PEERS): .peers/%/ready: load_test/peers/requirements-%.txt
	$(PYTHON) -m venv .peers/$*
	.peers/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

$(JSON_SERVER): $(VENV)/ready-dev tests/contracts/json_server/package-lock.json
	$(BIN)/npm ci --prefix tests/contracts/json_server --loglevel error
	touch $@
