# Two commands: `make demo` describes the sample film, `make test` runs the tests. Each sets up .venv by itself.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check clean

demo: .venv/demo
	$(BIN)/audiodesc make samples/sample.mp4 --subs samples/sample.srt -o demo
	@echo
	@echo "Listen: demo/sample.ad.m4a (the mix), or play demo/sample.ad.mp4 and choose its second sound track."
	@echo "Read:   demo/sample.ad.vtt (the script). Change a line, then:"
	@echo "        $(BIN)/audiodesc render samples/sample.mp4 --script demo/sample.ad.vtt --subs samples/sample.srt -o demo"
	@echo "        What is spoken then stands in demo/sample.ad.spoken.vtt."

test: .venv/all
	$(BIN)/pytest -n 2

check: .venv/all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/demo: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e .
	@touch $@

# The tests run every model for real, on the CPU: 5.5 GB, about two minutes.
.venv/all: .venv/demo
	$(BIN)/pip install --quiet -e '.[dev,models]'
	@touch $@

clean:
	rm -rf .venv demo
