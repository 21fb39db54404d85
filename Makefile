# Everything is set up on the way: a bare machine needs Python 3.11 and Node.js 20.
PYTHON ?= python3
PORT ?= 8000
VAR ?= var
DATA ?=
ADAPTIVE ?=
BASE_URL ?=
FORCE ?=
PYTEST_ARGS ?=
SEEDS ?= 40

BOOTSTRAP = $(PYTHON) stack/bootstrap.py
export PYTEST_ARGS

.PHONY: help run reset test lint loop bench bench-settlement bench-quality storm
.DEFAULT_GOAL := help

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

run: ## Set up and serve the whole product (PORT=8000 VAR=var); Ctrl-C stops it
	@exec $(BOOTSTRAP) -- -m stack run --port $(PORT) --var $(VAR)

reset: ## Delete the product's data (asks; FORCE=1 does not)
	@exec $(BOOTSTRAP) -- -m stack reset --var $(VAR) $(if $(FORCE),--force)

test: ## Every check and every test (PYTEST_ARGS="-k queue")
	@exec $(BOOTSTRAP) --dev -- -m stack test

lint: ## The checks that need no server
	@exec $(BOOTSTRAP) --dev -- -m stack lint

loop: ## The loop from upload to tokens, over HTTP (BASE_URL= a running product, DATA= a replay, ADAPTIVE=1 or a target)
	@exec $(BOOTSTRAP) --dev -- -m loop $(if $(BASE_URL),--base-url $(BASE_URL)) $(if $(DATA),--data $(DATA)) $(if $(ADAPTIVE),--adaptive $(filter-out 1,$(ADAPTIVE)))

storm: ## Two workers against everything that can go wrong, seed after seed (SEEDS=40)
	@exec $(BOOTSTRAP) --dev -- -m storm --seeds $(SEEDS)

bench: ## Measurements, one JSON object per line
	@exec $(BOOTSTRAP) --dev -- -m bench

bench-settlement: ## What settling costs: gas beside the floor and others, trees, the pipeline
	@exec $(BOOTSTRAP) --dev -- -m bench.settlement

bench-quality: ## The quality engine on recorded crowds (SETS=rte,sp ONLY=accuracy,economy REPLAYS=20)
	@exec $(BOOTSTRAP) --dev -- -m bench.quality $(if $(SETS),--sets $(SETS)) $(if $(ONLY),--only $(ONLY)) $(if $(REPLAYS),--seeds $(REPLAYS))
