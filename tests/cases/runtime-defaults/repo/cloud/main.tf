variable "image" {}

resource "google_cloud_run_v2_service" "chat" {
  name = "chat"
  template {
    containers {
      image = var.image
      env {
        name  = "CLOUD_MODEL"
        value = "gpt-4o-mini"
      }
    }
  }
}
