terraform {
  required_version = ">= 1.11"

  required_providers {
    esu = {
      source  = "esu/esu"
      version = "~> 0.1"
    }
  }
}

# The token comes from the environment variable ESU_TOKEN, so that it is in no file.
provider "esu" {
  endpoint = "https://esu.example.org"
  partner  = "demo"
}
