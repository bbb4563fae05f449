#!/usr/bin/env bash
# Goes the way of a newcomer, in an empty folder outside this repository, with nothing of it but the command: a new pipeline
# of each template, its demo, a change, one more job, its tests, and a deployment to a stand-in for AWS. For the first
# template the steps are the commands of docs/first-pipeline.md.
#
# usage: newcomer.sh [TEMPLATE…]
set -euo pipefail
cd "$(dirname "$0")/.."

for program in terraform python3; do
  if ! command -v "$program" >/dev/null; then
    echo "NOT TRIED: the way of a newcomer needs $program, which is not installed" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
  fi
done

work=$PWD/target/newcomer
mkdir -p "$work/bin" "$work/plugins"
venv=$(scripts/venv.sh)
cargo build --quiet --package codegen
target=${CARGO_TARGET_DIR:-target}
cp "$target/debug/codegen" "$work/bin/codegen.new"
mv "$work/bin/codegen.new" "$work/bin/codegen"
scripts/terraform-config.sh >"$work/terraform.rc"
export TF_CLI_CONFIG_FILE=$work/terraform.rc TF_PLUGIN_CACHE_DIR=$work/plugins
# All templates share what they compile. What is deployed is never run, so a quick build of it will do.
export CARGO_TARGET_DIR=$work/target ARCHITECTURE=native
export CARGO_PROFILE_LAMBDA_OPT_LEVEL=0 CARGO_PROFILE_LAMBDA_LTO=off CARGO_PROFILE_LAMBDA_CODEGEN_UNITS=16
# With flags of one's own Cargo leaves out those of `codegen package`: they name the folder, so that each template would
# compile everything again, and again after another has.
export RUSTFLAGS=-Cdebuginfo=0
# Outside the repository its rust-toolchain.toml does not count, and a newer compiler may have lints of its own.
if command -v rustup >/dev/null; then
  RUSTUP_TOOLCHAIN=$(rustup show active-toolchain | cut -d ' ' -f 1)
  export RUSTUP_TOOLCHAIN
fi
exec "$venv/bin/python" scripts/newcomer.py "$work" "$@"
