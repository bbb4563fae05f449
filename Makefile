# Every verb of the project; the work itself is in the CLI and in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo check test set-up unit side-by-side clients endurance steady memory editor languages testing asyncapi newcomer page oracle provider cloud workflows fuzz-runs fmt generate package publish published promote plan apply destroy rehearse rehearse-all rehearse-changes rehearse-steps rehearse-redrive fuzz bench bench-match bench-bus bench-jobs bench-terraform install dist clean

ENV ?= dev
# The workspace of an environment. Pipelines that share an organization of Terraform Cloud need one each:
# `spendsense-$(ENV)`.
plan apply destroy: export TERRAFORM_WORKSPACE ?= $(ENV)
# Zips are built for a plan unless the environment takes published ones.
BUILT = $(if $(wildcard terraform/environments/$(ENV).artifacts.tfvars.json),,package)
# Who `publish` publishes for: every environment, or the one that is named with ENV=.
FOR = $(if $(filter command,$(firstword $(origin ENV))),--environment $(ENV))
# The processor that functions are built for: the spec's, or `native`, `arm64`, `x86_64`.
ARCHITECTURE ?= spec
# Who signs up in `demo`, and who that is: `spendsense-seed --help` lists the archetypes.
USER_ID ?= u-demo
ARCHETYPE ?= high-utilization

# Where `install` puts the command.
PREFIX ?= /usr/local

# How long `fuzz` spends on each target.
FUZZ_SECONDS ?= 300

# Packages beside the workspace, which share what it has built.
TARGET = $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
BESIDE := benchmarks/match benchmarks/jobs/compute fuzz

# Says how long a step took.
STEP := scripts/step.sh
# What runs at the same time is shown one after the other, if this Make can do so.
OUTPUT_OF_EACH := $(if $(filter output-sync,$(.FEATURES)),--output-sync)

CODEGEN := cargo run --quiet --package codegen --
# Without AWS, which a local run does not need: that is half of a first build.
LOCAL_CODEGEN := cargo run --quiet --package codegen --no-default-features --
SPENDSENSE := cargo run --quiet --package spendsense-tools --bin spendsense

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: ## Sign a made-up user up on the local bus; print the tree, then what was found about the user
	cargo build --package spendsense-tools
	cargo build --package codegen --no-default-features
	$(SPENDSENSE)-seed -- --user $(USER_ID) --archetype $(ARCHETYPE)
	$(LOCAL_CODEGEN) run --event user.signup --subject $(USER_ID)
	$(SPENDSENSE)-show -- --user $(USER_ID)

check: ## Formatting, lints, fresh generated files, checkov, licences
	$(STEP) cargo fmt --all --check
	for package in $(BESIDE); do $(STEP) cargo fmt --manifest-path $$package/Cargo.toml --check || exit 1; done
	$(STEP) cargo clippy --workspace --all-targets -- -D warnings
	$(STEP) cargo clippy --package codegen --no-default-features -- -D warnings
	for feature in pattern put-events schedule serde transformer; do \
	  $(STEP) cargo clippy --package eventbridge --no-default-features --features $$feature -- -D warnings || exit 1; \
	done
	$(STEP) env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --package eventbridge --no-deps
	$(STEP) cargo package --quiet --package eventbridge --allow-dirty
	for package in $(BESIDE); do \
	  $(STEP) cargo clippy --manifest-path $$package/Cargo.toml --target-dir $(TARGET) -- -D warnings || exit 1; \
	done
	$(STEP) $(CODEGEN) check
	$(STEP) scripts/checkov.sh
	$(STEP) scripts/deny.sh

test: ## Everything, the rehearsal of a deployment included where Terraform is found
	$(MAKE) unit
	rm -rf target/steps && mkdir -p target/steps
	STEPS=$(CURDIR)/target/steps $(MAKE) --keep-going --jobs 3 $(OUTPUT_OF_EACH) side-by-side || { scripts/failed.sh; exit 1; }

set-up: ## Install what the tests want beside Rust, Python and Terraform
	$(STEP) scripts/set-up.sh

unit: set-up ## The tests of the workspace
	$(STEP) scripts/test.sh
	$(STEP) cargo build --quiet --workspace --bins

# What is left of `test`: these run what `unit` has built, and leave each other alone. The longest comes first: the
# rehearsal compiles, then mostly waits, so what only computes gives way to it.
side-by-side: rehearse rehearse-redrive newcomer cloud clients endurance steady editor languages testing asyncapi page oracle provider workflows fuzz-runs

clients: set-up ## The local bus as boto3 and the AWS CLI see it
	$(STEP) scripts/clients.sh

endurance: ## The local bus, killed again and again: make endurance EVENTS=10000 KILLS=10
	$(STEP) nice scripts/endurance.sh

steady: ## Hours of a mixed load on the local bus, whose memory stays flat: make steady HOURS=2
	$(STEP) nice scripts/steady.sh

memory: ## How much memory the local bus takes: make memory PIECES=all
	$(STEP) nice scripts/memory.sh

editor: set-up ## The editor's server as Neovim and another client see it, and the extension for VS Code
	$(STEP) scripts/editor.sh
	$(STEP) scripts/vscode.sh

languages: set-up ## Functions in Python and Node.js on the local bus
	$(STEP) scripts/languages.sh

testing: set-up ## The tests of docs/testing.md, in pytest and in Vitest
	$(STEP) scripts/testing.sh

asyncapi: set-up ## What `codegen export` writes, read by AsyncAPI's own parser
	$(STEP) scripts/asyncapi.sh

provider: set-up ## The generated modules beside the schema of the provider's next major version
	$(STEP) scripts/provider.sh

newcomer: set-up ## A new pipeline of each template, outside this repository, from nothing to a deployment
	$(STEP) nice scripts/newcomer.sh

cloud: set-up ## Work on Terraform Cloud, by a stand-in: from a machine, by commits, and from a pull request
	$(STEP) nice scripts/cloud.sh

workflows: set-up ## The commands of GitHub's workflows, each run or with the reason why not
	$(STEP) scripts/workflows.sh

page: set-up ## The local bus's page in a browser
	$(STEP) scripts/page.sh

oracle: set-up ## SpendSense's figures beside pandas
	$(STEP) nice scripts/oracle.sh

fuzz-runs: set-up ## A little fuzzing
	$(STEP) nice scripts/fuzz.sh runs 100000

fmt: ## Format Rust and Terraform
	cargo fmt --all
	for package in $(BESIDE); do cargo fmt --manifest-path $$package/Cargo.toml; done
	terraform fmt -recursive terraform

generate: ## Check pipeline.yaml, write the Terraform, the typed events and the picture
	$(CODEGEN) generate
	mkdir -p target && $(CODEGEN) graph > target/spendsense.svg && mv target/spendsense.svg docs/spendsense.svg

package: ## Build the functions and zip them for Lambda
	$(CODEGEN) package --architecture $(ARCHITECTURE)

publish: generate ## Build the functions and put them in S3: make publish BUCKET=name, or with ENV=staging for one environment
	$(CODEGEN) publish --architecture $(ARCHITECTURE) --bucket $(BUCKET) $(FOR)

published: ## Compare what is published with what this commit builds: make published ENV=staging
	$(CODEGEN) publish --architecture $(ARCHITECTURE) --check $(FOR)

promote: ## Let an environment take the published zips of another: make promote FROM=staging TO=prod
	scripts/terraform.sh promote $(FROM) $(TO)

plan: generate $(BUILT) ## Plan a deployment: make plan ENV=dev
	scripts/terraform.sh plan $(ENV)

ifdef FROM
apply: package ## Plan, then apply that plan: make apply ENV=dev; with FROM=REV in steps, from the spec of that revision
	CODEGEN="$(CODEGEN)" scripts/terraform.sh steps $(ENV) $(FROM)
else
apply: plan
	scripts/terraform.sh apply $(ENV)
endif

destroy: ## Remove an environment: make destroy ENV=dev
	scripts/terraform.sh destroy $(ENV)

rehearse: set-up ## Deploy for real, without AWS: Terraform against stand-ins
	$(STEP) scripts/rehearse.sh

rehearse-all: set-up ## The same, every example, and every change of a spec
	scripts/rehearse.sh all

rehearse-changes: set-up ## Change a deployed spec in every way, and say for how long something was not served meanwhile
	scripts/rehearse-changes.sh

rehearse-redrive: set-up ## What failed, sent again, with the command killed in the middle: make rehearse-redrive LETTERS=100
	$(STEP) scripts/rehearse-redrive.sh

rehearse-steps: set-up ## A change in steps, and what is kept, against a stand-in
	$(STEP) scripts/rehearse-steps.sh

fuzz: ## Look for inputs that break patterns, schedules, templates or specs: make fuzz FUZZ_SECONDS=300
	scripts/fuzz.sh seconds $(FUZZ_SECONDS)

bench: ## Benchmarks, each with a peer beside it
	cargo bench --package eventbridge --package pipeline --package emulator --package codegen

bench-match: ## Matching beside quamina: make bench-match DATA=folder
	python3 $(DATA)/gen_lots.py > target/lots.ndjson
	cargo run --quiet --release --manifest-path benchmarks/match/Cargo.toml --target-dir $(TARGET) -- \
	  target/lots.ndjson $(DATA)/rules $(DATA)/expected.json

bench-bus: ## The local bus beside MiniStack: make bench-bus DATA=folder
	cargo build --quiet --release --package codegen --package generate-recommendations --package spendsense-tools
	$$(scripts/venv.sh)/bin/python benchmarks/bus/bench.py target/release $(DATA)

bench-terraform: ## `terraform plan` of 300 jobs beside the same wiring with for_each
	cargo build --quiet --release --package codegen
	scripts/terraform-config.sh > target/terraform.rc
	TF_CLI_CONFIG_FILE=$(CURDIR)/target/terraform.rc \
	  python3 benchmarks/terraform/bench.py target/release/codegen target/bench-terraform

bench-jobs: ## SpendSense's jobs beside pandas, over many users and in parts
	cargo build --quiet --release --package compute-features --package assign-persona \
	  --package generate-recommendations --package spendsense-tools
	cargo build --quiet --profile lambda --no-default-features --features postgres --package compute-features \
	  --package assign-persona --package generate-recommendations
	cargo build --quiet --release --manifest-path benchmarks/jobs/compute/Cargo.toml --target-dir $(TARGET)
	$$(scripts/venv.sh oracle)/bin/python benchmarks/jobs/bench.py

install: ## Build the command and install it with its manual pages and completions: make install PREFIX=~/.local
	cargo build --locked --release --package codegen
	scripts/install.sh $(TARGET)/release/codegen $(PREFIX)

dist: ## Build what is released, with its checksum: target/dist/
	scripts/dist.sh

clean: ## Remove what was built
	cargo clean
	rm -rf terraform/artifacts
