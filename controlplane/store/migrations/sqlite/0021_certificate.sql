-- Whose certificate an endpoint must show: a private authority's word, or one certificate by its thumbprint.
ALTER TABLE hypervisor ADD COLUMN ca_certificate TEXT;
ALTER TABLE hypervisor ADD COLUMN certificate_thumbprint TEXT;
