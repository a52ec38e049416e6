# What can be done here; `make` alone lists it. Needs make, Rust >= 1.95 and Node >= 20.19; what else is missing
# `tools/prepare` installs (root or passwordless sudo) or names.

# Build results live outside the tree, so that a checkout holds sources only.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/geocrm/target
export npm_config_cache ?= $(HOME)/.cache/geocrm/npm

# The demo: SIZE addresses of the region of SEED, or the open data in the folder DATA.
export SIZE ?= 200000
export SEED ?= 20261122
export PORT ?= 8080
export DATA ?=
# How many times `make soak` runs each harness of HARNESSES (all), every time from another seed.
export RUNS ?= 100

.DEFAULT_GOAL := help
.PHONY: help demo test test-real soak bench bench-peers cluster dev gen lint

help: ## This list
	@echo 'GeoCRM: make TARGET [NAME=value]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

demo: ## Build, load the demo region and serve it (SIZE, SEED, PORT, GEOCRM_HOME; DATA=folder loads open data)
	@tools/demo

test: ## Everything that needs no real data: format, lints, web, Rust and browser tests
	@tools/test

test-real: ## The tests on real data (DATA=folder)
	@tools/test-real

soak: ## The harnesses RUNS=100 times over, into docs/evidence; goes on where it stopped (RUNS, HARNESSES)
	@tools/soak

bench: ## Benchmarks of load, engine, geocoder and tiles (BENCH_SIZE, BENCH_ROWS, BENCH_ADDRESSES, SEED)
	@tools/bench

bench-peers: ## Beside PostGIS, DuckDB, Polars, chDB, martin and Addok in turns (PEERS_ROWS, PEERS_PARTS, PEERS; see tools/bench-peers)
	@tools/bench-peers

cluster: ## The cubes on a distributed query engine, compared with the engine (SIZE, ROWS, QUESTIONS, SEED, CLUSTER_DATA)
	@tools/cluster

dev: ## Server and page with reload on change (SIZE, SEED, PORT, GEOCRM_HOME)
	@tools/dev

gen: ## Renew what is generated: OpenAPI snapshot and TypeScript client
	@tools/gen

lint: ## Format and lints only
	@tools/lint
