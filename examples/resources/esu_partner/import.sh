# By code, or by id.
terraform import esu_partner.demo demo
terraform import esu_partner.demo 2f0cf0a5-3b8e-4a7e-8f0a-55b0a2e3d9c4
