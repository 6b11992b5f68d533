# The default provider is the security account, which administers CloudTrail for the organization on behalf of the
# management account. What is kept for years lives in the log archive account.

provider "aws" {
  region = var.home_region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "log_archive"
  region = var.home_region

  assume_role {
    role_arn = "arn:aws:iam::${var.accounts.log_archive}:role/terraform-deploy"
  }

  default_tags {
    tags = local.tags
  }
}

# Route 53 delivers its query logs to this region only.
provider "aws" {
  alias  = "virginia"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}
