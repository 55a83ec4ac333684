# Two commands: `make demo` describes the sample film, `make test` runs the tests. Each sets up .venv by itself, with the
# releases that constraints.txt names. `make PYTHON=/path/to/python3.12 demo` names the Python.

PYTHON ?= python3
BIN := .venv/bin
# Browsers, players and Ray on a busy machine may be late for a test: what failed beside others is run once more alone,
# and what fails then has failed. Where nothing is known to have failed, such as after a crash, this fails too.
ALONE := $(BIN)/pytest --last-failed --last-failed-no-failures none --maxfail 10
export PYTHON
# Images of containers often set it: each program that a test starts would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-latest coverage check docs update clean

demo:
	@.ci/venv demo
	$(BIN)/audiodesc render samples/sample.mp4 --script samples/script.vtt --subs samples/sample.srt -o demo
	$(BIN)/audiodesc make samples/sample.mp4 --subs samples/sample.srt --describer basic -o demo/basic
	@echo
	@echo "Look:    $(CURDIR)/demo/sample.ad.html (open it in a browser: 'Hear' beside a line plays it)"
	@echo "Listen:  demo/sample.ad.m4a is the mix; demo/sample.ad.mp4 has it as its second sound track."
	@echo "Change:  edit demo/sample.ad.vtt, the script, then run:  $(BIN)/audiodesc render demo"
	@echo "         or on a page:  $(BIN)/audiodesc review demo"
	@echo
	@echo "A person wrote that script (samples/script.vtt). Alone, without a model, the describer 'basic' says:"
	@sed -n '/-->/{n;s/^/         /p;}' demo/basic/sample.ad.vtt
	@echo "         ($(CURDIR)/demo/basic/sample.ad.html)"

# The tests run every model for real, on the CPU. Those of the cluster come last and alone: Ray takes both cores.
test:
	@.ci/venv test
	$(BIN)/pytest -n 2 --dist worksteal --ignore=tests/cluster || $(ALONE) --ignore=tests/cluster
	$(BIN)/pytest tests/cluster || $(ALONE) tests/cluster

# The same with the newest releases that pyproject.toml allows, to see what they change before users do.
test-latest:
	@.ci/venv latest
	.venv-latest/bin/pytest -n 2 --dist worksteal --ignore=tests/cluster
	.venv-latest/bin/pytest tests/cluster

# Which lines the tests run: a table, and pages in htmlcov/.
coverage:
	@.ci/venv test
	$(BIN)/pytest -n 2 --dist worksteal --ignore=tests/cluster --cov=audiodesc --cov-report=
	$(BIN)/pytest tests/cluster --cov=audiodesc --cov-append --cov-report=term:skip-covered --cov-report=html

check:
	@.ci/venv test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sphinx-build -W --keep-going --quiet --fresh-env docs site

# The pages of docs/ and the library's reference, as a site in site/.
docs:
	@.ci/venv test
	$(BIN)/sphinx-build -W --keep-going docs site

# Writes constraints.txt: the newest releases that pyproject.toml allows, for Python 3.11 to 3.13.
update:
	@.ci/venv demo
	$(BIN)/python -m pip install --quiet --upgrade uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --all-extras --no-annotate \
	    --custom-compile-command "make update" --output-file constraints.txt pyproject.toml

clean:
	rm -rf .venv .venv-latest demo site htmlcov .coverage*
