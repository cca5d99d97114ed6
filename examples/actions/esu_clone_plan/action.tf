# terraform apply -invoke=action.esu_clone_plan.next_year
action "esu_clone_plan" "next_year" {
  config {
    source  = "basic"
    partner = "demo"
    code    = "basic-2027"
    name    = "Basic, from 2027"
  }
}
