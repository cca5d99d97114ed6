# The last changes of clients: who did what, when, with which program.
data "esu_events" "clients" {
  object_kind = "client"
  limit       = 20
}

output "last_changes" {
  value = [
    for event in data.esu_events.clients.events : "${event.at} ${event.actor} ${event.action} ${event.object_name}"
  ]
}
