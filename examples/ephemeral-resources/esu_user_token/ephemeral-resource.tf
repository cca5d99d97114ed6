# A token of one's own account that lives as long as the run.
ephemeral "esu_user_token" "deployment" {
  label     = "deployment"
  valid_for = "30m"
}

# What it is for: another provider, or a write-only argument.
provider "esu" {
  alias = "deployment"
  token = ephemeral.esu_user_token.deployment.token
}

data "esu_services" "all" {
  provider = esu.deployment
}
