locals {
  models = {
    dev  = "gpt-4o-mini"
    prod = "gpt-4o"
  }
}

module "service" {
  source = "./service"
  model  = local.models[terraform.workspace]
}
