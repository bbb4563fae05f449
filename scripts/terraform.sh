#!/usr/bin/env bash
# terraform.sh validate|plan|preview|apply|destroy ENVIRONMENT [OPTIONS]: runs Terraform in the root module, with one
# workspace for each environment. `plan` saves its plan, and `apply` applies that very plan. `preview` makes a plan that
# nobody can apply.
# terraform.sh promote FROM TO: lets an environment take the published zips of another.
#
# terraform.sh steps ENVIRONMENT REV [OPTIONS]: goes from the spec of a git revision to the present one in the steps that
# leave no time in which events are lost. Each is generated, planned and applied before the next. CODEGEN names the command.
#
# TF names another program, such as `tofu`. TERRAFORM_FOLDER names another copy of the root module. TERRAFORM_WORKSPACE
# names another workspace than that with the environment's name.
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
export TF_WORKSPACE=${TERRAFORM_WORKSPACE:-$environment}
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
# Runs Terraform. If it refuses because commits drive the workspace, returns 3 instead of showing that: such a workspace of
# Terraform Cloud is connected to version control, and only Terraform Cloud knows.
unless_commits_drive() {
  local errors code=0
  errors=$(mktemp)
  terraform "$@" 2>"$errors" || code=$?
  if [ "$code" != 0 ] && grep -q 'workspaces with a VCS connection' "$errors"; then
    code=3
  else
    cat "$errors" >&2
  fi
  rm -f "$errors"
  return "$code"
}
# Terraform marks what an interrupted apply was making, and the next one would replace it: make it a second time under the
# same name, and then destroy it. A queue would be gone, and a function is refused. What is there stays instead, and the
# plan sets what it lacks.
keep_interrupted() {
  # The state as it is first: `show` starts the provider, which takes seconds.
  # `grep -q` would end at its first line, and Terraform with it, which counts as a failure.
  if ! terraform state pull | grep '"status": "tainted"' >/dev/null; then
    return
  fi
  terraform show -no-color | sed -n 's/^# \(.*\): (tainted)$/\1/p' | while read -r address; do
    echo "an apply was interrupted while it made $address: it is kept"
    terraform untaint "$address"
  done
}
saved=$environment.tfplan
# What `codegen publish --environment` and `promote` have chosen for this environment.
chosen=environments/$environment.artifacts.tfvars.json
# Artifacts in the environment's own files override those that were built here.
arguments=()
for file in artifacts/artifacts.tfvars.json "$variables" "$chosen"; do
  if [ -f "$folder/$file" ]; then
    arguments+=(-var-file="$file")
  fi
done

# What a plan deploys, by hash: the plan itself and the zips that it names. `codegen package` keeps these zips.
planned=artifacts/$environment.planned
hash_of() { (cd "$folder" && if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi); }
# Prints the paths of the zips that files of variables name, in JSON or as Terraform writes it.
zips() {
  local argument file
  for argument in "$@"; do
    case $argument in
      -var-file=*) file=${argument#-var-file=} ;;
      *) continue ;;
    esac
    (cd "$folder" && grep -oE '"?path"?[[:space:]]*[:=][[:space:]]*"[^"]+"' "$file" | sed -E 's/.*"([^"]+)"$/\1/') || true
  done
  # What `codegen package` wrote before it named zips by their hashes.
  if [ -f "$folder/artifacts/artifacts.tfvars.json" ] && ! grep -q '"path"' "$folder/artifacts/artifacts.tfvars.json"; then
    (cd "$folder" && ls artifacts/*.zip) || true
  fi
}
hash_zips() {
  local file
  zips "$@" | sort -u | while IFS= read -r file; do
    # Terraform says more about a zip that is not there.
    if (cd "$folder" && test -f "$file"); then hash_of "$file"; fi
  done
}
# Terraform reads a zip when it plans, and again when it applies. If it then has other bytes, Terraform stops in the
# middle, with some functions deployed and some not.
check_zips() {
  local said
  if [ -d "$folder/artifacts" ] && [ -f "$folder/$saved" ] && ! said=$(hash_of -c "$planned" 2>&1); then
    echo "error: what $environment's plan deploys is not what is here now, so nothing is applied: plan again" >&2
    grep -v ': OK$' <<<"$said" >&2
    exit 2
  fi
}

# What a destroy says of functions: Terraform looks at every zip before it removes the functions, so it is told of zips
# that need not be here.
no_zips() {
  # A pipeline may have no function of its own, and then grep finds nothing.
  { grep -rhoE --include='*.tf' 'var\.artifacts\["[^"]+"\]' "$folder" || true; } | sort -u | awk -F'"' '
    BEGIN { printf "{\"artifacts\":{" }
    { printf "%s\"%s\":{\"s3_bucket\":\"none\",\"s3_key\":\"none\",\"source_code_hash\":\"none\"}", (NR > 1 ? "," : ""), $2 }
    END { print "}}" }'
}

case $verb in
  validate)
    init
    terraform validate "$@"
    ;;
  plan)
    # What was planned before does not fit any more.
    rm -f "$folder/$saved"
    init
    keep_interrupted
    rm -f "$folder/$planned"
    hashes=$(hash_zips "${arguments[@]}" "$@")
    code=0
    unless_commits_drive plan -input=false -out="$saved" "${arguments[@]}" "$@" || code=$?
    if [ "$code" = 3 ]; then
      echo "Commits drive the workspace $TF_WORKSPACE, so nobody can apply this plan: it shows what the files here would do." >&2
      code=0
      terraform plan -input=false "${arguments[@]}" "$@" || code=$?
    fi
    if [ "$code" = 0 ] && [ -d "$folder/artifacts" ] && [ -f "$folder/$saved" ]; then
      { hash_of "$saved" && echo "$hashes"; } | grep . >"$folder/$planned"
    fi
    exit "$code"
    ;;
  preview)
    init
    terraform plan -input=false "${arguments[@]}" "$@"
    ;;
  apply)
    if [ ! -f "$folder/$saved" ]; then
      echo "error: there is no plan to apply in $folder/$saved: \`$0 plan $environment\` saves it" >&2
      echo "  If commits drive the workspace $TF_WORKSPACE, merge to its branch, and confirm the run on its page." >&2
      exit 2
    fi
    check_zips
    terraform apply -input=false "$@" "$saved"
    ;;
  steps)
    from=$1
    shift
    init
    step=1
    while :; do
      told=$(${CODEGEN:-codegen} generate --format json --step "$step" --from "$from")
      steps=$(sed 's/.*"steps":\([0-9]*\).*/\1/' <<<"$told")
      wait=$(sed 's/.*"wait_seconds":\([0-9]*\).*/\1/' <<<"$told")
      echo "step $step of $steps"
      terraform plan -input=false -out="$saved" "${arguments[@]}" "$@"
      terraform apply -input=false "$saved"
      if [ "$step" -ge "$steps" ]; then
        break
      fi
      if [ "$wait" -gt 0 ]; then
        echo "waiting $wait s for runs that have begun"
        sleep "$wait"
      fi
      step=$((step + 1))
    done
    ;;
  destroy)
    init
    none=$(mktemp -d)
    trap 'rm -rf "$none"' EXIT
    # Terraform reads JSON only from a file whose name says so.
    no_zips >"$none/none.tfvars.json"
    code=0
    unless_commits_drive destroy "${arguments[@]}" -var-file="$none/none.tfvars.json" "$@" || code=$?
    if [ "$code" = 3 ]; then
      echo "error: commits drive the workspace $TF_WORKSPACE, so it is destroyed from its page: Settings, Destruction and Deletion, Queue destroy plan; then confirm the run" >&2
      code=2
    fi
    exit "$code"
    ;;
  promote)
    to=${1:?"usage: $0 promote FROM TO"}
    if [ ! -f "$folder/$chosen" ]; then
      echo "error: nothing is published for $environment: \`codegen publish --bucket NAME --environment $environment\` writes terraform/$chosen" >&2
      exit 2
    fi
    if [ ! -f "$folder/environments/$to.tfvars" ]; then
      echo "error: there is no terraform/environments/$to.tfvars: copy another environment's" >&2
      exit 2
    fi
    cp "$folder/$chosen" "$folder/environments/$to.artifacts.tfvars.json"
    echo "$to takes what $environment has: commit terraform/environments/$to.artifacts.tfvars.json" >&2
    ;;
  *)
    echo "usage: $0 validate|plan|preview|apply|steps|destroy ENVIRONMENT [OPTIONS], or $0 promote FROM TO" >&2
    exit 2
    ;;
esac
