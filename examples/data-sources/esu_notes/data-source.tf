# What is still to be done about a client.
data "esu_notes" "open" {
  client  = "acme"
  partner = "demo"
  done    = false
}

output "open_notes" {
  value = [for note in data.esu_notes.open.notes : "${note.author}: ${note.text}"]
}
