# A note has no code: the list finds it, its id reads it.
data "esu_notes" "renewal" {
  client = "acme"
  q      = "renewal"
}

data "esu_note" "renewal" {
  id = data.esu_notes.renewal.notes[0].id
}

output "renewal_is_done" {
  value = data.esu_note.renewal.done
}
