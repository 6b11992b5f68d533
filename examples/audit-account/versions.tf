terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {
    bucket       = "halden-freight-terraform-state"
    key          = "security/audit/terraform.tfstate"
    region       = "eu-north-1"
    use_lockfile = true
  }
}
