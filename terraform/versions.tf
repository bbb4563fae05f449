terraform {
  # Runs on HCP Terraform when TF_CLOUD_ORGANIZATION and TF_WORKSPACE name a workspace and the block
  # `cloud {}` stands here; without it the state is a file beside this one.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
