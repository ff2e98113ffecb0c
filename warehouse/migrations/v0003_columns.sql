-- Columns that files of a source had, read or not; added = no earlier file of it had the column, and it was not its first.
create table source_column (source varchar not null, "column" varchar not null, added boolean not null,
    first_seen_at timestamptz not null);
