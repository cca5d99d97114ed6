-- Whose certificate an endpoint must show: a private authority's word, or one certificate by its thumbprint.
ALTER TABLE hypervisor ADD COLUMN ca_certificate text;
ALTER TABLE hypervisor ADD COLUMN certificate_thumbprint text;
