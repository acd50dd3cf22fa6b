module "bot" {
  source   = "./bot"
  model_id = "gpt-4o"
}
