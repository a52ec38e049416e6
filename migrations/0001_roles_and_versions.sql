-- Why: every loaded row belongs to a dataset, and every change must be announced to whoever keeps a copy of it.
-- This lays down the application's role, the datasets with their versions, and the outbox.

CREATE EXTENSION IF NOT EXISTS postgis;

-- On a server that is not ours the role may exist already, or we may not be allowed to create it; the
-- grants of the last step then apply only where it exists.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geocrm_app') THEN
        CREATE ROLE geocrm_app LOGIN;
    END IF;
EXCEPTION
    WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE TABLE datasets (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    title       text NOT NULL,
    source      text NOT NULL,
    licence     text NOT NULL,
    attribution text NOT NULL,
    vintage     text NOT NULL,
    row_kinds   text[] NOT NULL,
    row_counts  bigint[] NOT NULL,
    rejected    bigint NOT NULL,
    loaded_at   timestamptz NOT NULL,
    CONSTRAINT datasets_code_unique UNIQUE (code),
    CONSTRAINT datasets_row_counts_pair CHECK (cardinality(row_kinds) = cardinality(row_counts))
);

CREATE TABLE dataset_versions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id int NOT NULL CONSTRAINT dataset_versions_dataset_fkey REFERENCES datasets,
    version    bigint NOT NULL,
    vintage    text NOT NULL,
    row_kinds  text[] NOT NULL,
    row_counts bigint[] NOT NULL,
    rejected   bigint NOT NULL,
    loaded_at  timestamptz NOT NULL,
    -- Cubes whose rows this version changed, by what it and the version before it brought.
    cubes      text[] NOT NULL,
    CONSTRAINT dataset_versions_version_unique UNIQUE (dataset_id, version)
);

-- One row per change, written in the transaction of the change. Sequence and transaction ids are not in
-- commit order, so that readers compare snapshots (pg_visible_in_snapshot). Never holds a value.
CREATE TABLE outbox (
    seq  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text COLLATE "C" NOT NULL,
    id   text COLLATE "C" NOT NULL,
    CONSTRAINT outbox_kind_known CHECK (kind IN ('account', 'import', 'dataset', 'leaves'))
);
CREATE INDEX outbox_xid ON outbox (xid);

-- The data version is the number of outbox rows ever visible: those here plus those pruned. `epoch` tells a
-- restored or rebuilt database from the one a follower knew.
CREATE TABLE outbox_state (
    only_row bool PRIMARY KEY DEFAULT true,
    pruned   bigint NOT NULL DEFAULT 0,
    epoch    uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT outbox_state_single CHECK (only_row)
);
INSERT INTO outbox_state DEFAULT VALUES;

CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('geocrm_outbox', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify();
