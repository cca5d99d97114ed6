# A note on a client, with a notification. Whether it is done is for people to say.
resource "esu_note" "renewal" {
  client    = "acme"
  partner   = "demo"
  text      = "Ask about the renewal of the contract."
  notify_at = "2031-01-15T09:30:00+03:00"
}
