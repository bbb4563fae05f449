terraform {
  # To run on HCP Terraform, add a block `cloud {}` here, and name a workspace with TF_CLOUD_ORGANIZATION and
  # TF_WORKSPACE. Without the block the state is a file beside this one.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
