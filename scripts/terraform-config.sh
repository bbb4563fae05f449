#!/usr/bin/env bash
# Prints a Terraform CLI configuration for this machine.
#
# If Terraform's registry is out of reach, the AWS provider comes from a filesystem mirror. TERRAFORM_MIRROR
# names it; otherwise the machine is searched. If there is none, the configuration is empty, and Terraform asks
# its registry.
set -euo pipefail

mirror=${TERRAFORM_MIRROR:-}
registry=https://registry.terraform.io/.well-known/terraform.json
if [ -z "$mirror" ] && ! curl -fsS --max-time 5 -o /dev/null "$registry" 2>/dev/null; then
  # Near the root first, as searching a whole disk takes a while. Installed providers below a .terraform folder
  # have the same layout, but are no mirror.
  for depth in 5 20; do
    found=$(find / -xdev -maxdepth "$depth" \( -name .terraform -o -path /tmp -o -path /proc -o -path /sys \) -prune \
      -o -type d -path '*/registry.terraform.io/hashicorp/aws' -print -quit 2>/dev/null || true)
    [ -z "$found" ] || break
  done
  mirror=${found%/registry.terraform.io/hashicorp/aws}
fi
if [ -n "$mirror" ]; then
  cat <<EOT
provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = ["registry.terraform.io/hashicorp/aws"]
  }
  direct {
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }
}
EOT
fi
