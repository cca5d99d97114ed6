# The domain in which clients of a partner register themselves.
resource "esu_domain" "cloud" {
  name    = "cloud.demo.example.org"
  partner = "demo"

  registration_enabled = true
  aliases              = ["demo.example.org", "cloud.demo.example.net"]
}
