#!/usr/bin/env bash
# Runs every command of GitHub's workflows, or says why it cannot be run here.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(scripts/venv.sh)
exec "$venv/bin/python" scripts/workflows.py
