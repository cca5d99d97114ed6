-- How long a hypervisor may take to show its machines.
ALTER TABLE hypervisor ADD COLUMN inventory_timeout_s bigint NOT NULL DEFAULT 60;

-- Disks of a source's last inventory that are in places without a tier.
ALTER TABLE source ADD COLUMN unmapped_disks bigint NOT NULL DEFAULT 0;

-- The processor time that a machine's run had used when it was last seen: less of it is another run.
ALTER TABLE resource ADD COLUMN cpu_time_ns bigint;
