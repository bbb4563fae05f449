terraform {
  # The state is a file beside this one. `terraform:` in pipeline.yaml puts it elsewhere.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
