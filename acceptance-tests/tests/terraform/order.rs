//! The order of deletions, where the configuration has no references that tell it.

use acceptance_tests::world::{On, World};

/// Clients that name no plan refer to nothing, so Terraform may delete their plan first.
#[test]
fn a_plan_goes_after_the_clients_that_do_not_name_it() {
    let world = World::shared(On::Sqlite);
    let home = "\
resource \"esu_partner\" \"it\" {
  code         = \"order\"
  name         = \"Order\"
  default_plan = \"usual\"
}

resource \"esu_tariff_plan\" \"usual\" {
  code     = \"usual\"
  partner  = esu_partner.it.code
  name     = \"Usual\"
  services = {}
}
";
    let clients = "
resource \"esu_client\" \"it\" {
  count   = 40
  code    = \"order-${count.index}\"
  partner = esu_partner.it.code
  name    = \"Order ${count.index}\"
}
";
    let workspace = world.workspace(home);
    let _ = workspace.apply(&[]).expect(0);
    workspace.configure(&format!("{home}{clients}")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    let _ = workspace.destroy(&[]).expect(0);
    world.expect_nothing("order");
}
