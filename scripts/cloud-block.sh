#!/usr/bin/env bash
# Says that Terraform Cloud keeps the state, unless the root module says where it is: then nothing is written. The
# organization comes from TF_CLOUD_ORGANIZATION.
#
# usage: cloud-block.sh ROOT_MODULE
set -euo pipefail

folder=$1
if grep -qsE '^[[:space:]]*(cloud|backend[[:space:]]+"[^"]+")[[:space:]]*\{' "$folder"/*.tf; then
  exit 0
fi
cat >"$folder/cloud.tf" <<'EOT'
terraform {
  cloud {
  }
}
EOT
