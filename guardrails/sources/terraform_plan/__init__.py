"""Terraform plans and states, as `terraform show -json` prints them and as a state file holds them."""
