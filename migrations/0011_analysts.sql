-- Why: an analyst sees sums and no records. Persons are in those sums as cells with noise, which must stay the same
-- when the program starts again; it is drawn from a secret that lives and is backed up with the data.

ALTER TABLE users DROP CONSTRAINT users_role_known;
ALTER TABLE users ADD CONSTRAINT users_role_known CHECK (role IN ('administrator', 'representative', 'analyst'));

CREATE TABLE secrets (
    name  text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);
INSERT INTO secrets (name, value) VALUES ('cell_key', uuid_send(gen_random_uuid()));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'geocrm_app') THEN
        GRANT SELECT ON secrets TO geocrm_app;
    END IF;
END
$$;
