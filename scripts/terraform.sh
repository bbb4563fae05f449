#!/usr/bin/env bash
# terraform.sh validate|plan|apply|destroy ENVIRONMENT [OPTIONS]: runs Terraform in the root module, with one
# workspace for each environment. `plan` saves its plan, and `apply` applies that very plan.
#
# TF names another program, such as `tofu`. TERRAFORM_FOLDER names another copy of the root module.
set -euo pipefail
cd "$(dirname "$0")/.."

verb=$1
environment=$2
shift 2
folder=${TERRAFORM_FOLDER:-terraform}
variables=environments/$environment.tfvars
if [ ! -f "$folder/$variables" ]; then
  echo "error: there is no terraform/$variables: copy another environment's" >&2
  exit 2
fi

if [ -z "${TF_CLI_CONFIG_FILE:-}" ] || [ ! -f "$TF_CLI_CONFIG_FILE" ]; then
  unset TF_CLI_CONFIG_FILE
fi
export TF_WORKSPACE=$environment
terraform() { command "${TF:-terraform}" -chdir="$folder" "$@"; }
# `init` refuses a workspace that does not exist yet. The first run makes it, except on Terraform Cloud: there somebody
# makes it beforehand, and there is no `default`.
init() {
  if grep -qsE '^[[:space:]]*(cloud|backend[[:space:]]+"remote")[[:space:]]*\{' "$folder"/*.tf; then
    terraform init -input=false
  else
    TF_WORKSPACE=default terraform init -input=false
  fi
}
saved=$environment.tfplan
# Artifacts in the environment's own file override those that were built here.
arguments=()
if [ -f "$folder"/artifacts/artifacts.tfvars.json ]; then
  arguments+=(-var-file=artifacts/artifacts.tfvars.json)
fi
arguments+=(-var-file="$variables")

case $verb in
  validate)
    init
    terraform validate "$@"
    ;;
  plan)
    init
    terraform plan -input=false -out="$saved" "${arguments[@]}" "$@"
    ;;
  apply) terraform apply -input=false "$@" "$saved" ;;
  destroy)
    init
    terraform destroy "${arguments[@]}" "$@"
    ;;
  *)
    echo "usage: $0 validate|plan|apply|destroy ENVIRONMENT [OPTIONS]" >&2
    exit 2
    ;;
esac
