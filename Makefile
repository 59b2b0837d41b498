# `make demo` and `make test` do all set-up by themselves; they need Python 3.11, make and a C library.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Test processes, each with its share of the cores; `make test WORKERS=0` runs in one process.
WORKERS ?= $(shell n=$(CORES); [ $$n -gt 4 ] && n=4; echo $$n)
PYTEST_ARGS ?=
DEMO_OUT ?= runs/demo
OMP_NUM_THREADS ?= $(CORES)
export OMP_NUM_THREADS

# Recordings that the audio encoder also learns from, where they are at hand (docs/esc10_attribution.md).
ESC10 ?= $(wildcard ../shared/esc10)
STAMP := $(VENV)/.emostyle-installed

.PHONY: help install demo test weights weights-smoke lint types tables clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: $(STAMP) ## make .venv with every extra, at the tested versions

# uv installs in well under a minute; where it cannot be had, pip does the same more slowly.
$(STAMP): setup.cfg pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "make install needs $(PYTHON) on the PATH; give another with PYTHON=..." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade
	if $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; then \
		$(BIN)/python -m uv pip install --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[all]'; \
	else \
		echo "uv could not be installed: installing with pip, which takes longer"; \
		$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[all]'; \
	fi
	touch $@

demo: install ## edit pictures with sounds and say where they are
	$(BIN)/emostyle demo --out $(DEMO_OUT)

test: install ## the whole test suite
	OMP_NUM_THREADS=$${TEST_THREADS:-1} $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST_ARGS)

# The order matters: the image tower also learns from generated pictures, and the audio encoder from
# the finished pair. Each export is put into the package with its card.
weights: install ## train all bundled networks again (hours on a CPU)
	$(BIN)/python train_world.py clip_text --config configs/world/clip_text.yaml
	$(BIN)/python train_world.py clip_teacher --config configs/world/clip_teacher.yaml
	$(BIN)/python train_world.py clip_world --config configs/world/clip_world.yaml
	for domain in landscape portrait; do \
		for stage in "" _stage2 _stage3 _stage4 _stage5; do \
			$(BIN)/python train_world.py stylegan2_$$domain --config configs/world/stylegan2_$$domain$$stage.yaml || exit 1; \
		done; \
		$(BIN)/python -m emostyle.weights.bundle stylegan2_$$domain runs/stylegan2_$$domain/stage5.safetensors || exit 1; \
	done
	$(BIN)/python train_world.py clip_world --config configs/world/clip_world_stage2.yaml
	$(BIN)/python train_world.py clip_synonyms --config configs/world/clip_synonyms.yaml
	$(BIN)/python -m emostyle.weights.bundle clip_world runs/clip_synonyms.safetensors
	for stage in "" _stage2; do \
		$(BIN)/python train_audio_encoder.py fit --config configs/train_audio_encoder/world$$stage.yaml \
			$(if $(ESC10),--data.init_args.esc10_root '$(ESC10)') || exit 1; \
	done
	$(BIN)/python -m emostyle.weights.bundle audio_encoder_world runs/audio_encoder_world_stage2.safetensors
	$(BIN)/python train_world.py arcface_world --config configs/world/arcface_world.yaml
	$(BIN)/python -m emostyle.weights.bundle arcface_world runs/arcface_world.safetensors
	for judge in judge_landscape judge_landscape_stage2 judge_landscape_stage3 judge_portrait; do \
		$(BIN)/python train_world.py $${judge%_stage*} --config configs/world/$$judge.yaml || exit 1; \
	done
	$(BIN)/python -m emostyle.weights.bundle judge_landscape runs/judge_landscape_stage3.safetensors
	$(BIN)/python -m emostyle.weights.bundle judge_portrait runs/judge_portrait.safetensors

weights-smoke: install ## the same at toy size, in minutes
	$(BIN)/python train_world.py stylegan2_landscape --config configs/world/smoke/stylegan2_landscape.yaml
	$(BIN)/python train_world.py stylegan2_portrait --config configs/world/smoke/stylegan2_portrait.yaml
	$(BIN)/python train_world.py clip_text --config configs/world/smoke/clip_text.yaml
	$(BIN)/python train_world.py clip_teacher --config configs/world/smoke/clip_teacher.yaml
	$(BIN)/python train_world.py clip_world --config configs/world/smoke/clip_world.yaml
	$(BIN)/python train_world.py clip_synonyms --config configs/world/smoke/clip_synonyms.yaml
	$(BIN)/python train_audio_encoder.py fit --config configs/train_audio_encoder/debug.yaml
	$(BIN)/python train_world.py arcface_world --config configs/world/smoke/arcface_world.yaml
	$(BIN)/python train_world.py judge_landscape --config configs/world/smoke/judge_landscape.yaml
	$(BIN)/python train_world.py judge_portrait --config configs/world/smoke/judge_portrait.yaml

lint: install ## ruff, format check, import contracts, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/codespell

types: install ## mypy
	$(BIN)/mypy

tables: install ## write the figures of benchmarks/results into the README
	$(BIN)/python benchmarks/table.py

clean: ## remove the environment and caches (not runs/)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build dist *.egg-info
