-- Why: whoever starts from files, or was away for long, must notice that changes it has not seen were pruned.

ALTER TABLE outbox_state ADD COLUMN pruned_below xid8 NOT NULL DEFAULT '0';
