-- Endpoints that fail again and again are spared until they answer.

ALTER TABLE webhooks ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN probe_from INTEGER;
CREATE INDEX webhooks_probe ON webhooks (probe_from) WHERE probe_from IS NOT NULL;
