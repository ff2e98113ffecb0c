-- What commits said of their sources, appended: a row without a partition counts what a source gave, one with a
-- partition says where that is to be read next. Counts are summed, of positions the row written last holds (rows keep
-- their order); both are summed up on a schedule, as cells are. Changing two rows in place took longer than writing the
-- commit's events.
create table source_ledger (source varchar not null, "partition" varchar, "position" varchar,
    received bigint not null, accepted bigint not null, rejected bigint not null, duplicates bigint not null,
    events bigint not null, last_event_at timestamptz, said_at timestamptz);
insert into source_ledger
select source, null, null, received, accepted, rejected, duplicates, events, last_event_at, last_heard_at
from source_count;
insert into source_ledger
select source, "partition", "position", 0, 0, 0, 0, 0, null, updated_at from source_position;
drop table source_count;
drop table source_position;
create view source_count as
select source, sum(received)::bigint as received, sum(accepted)::bigint as accepted,
    sum(rejected)::bigint as rejected, sum(duplicates)::bigint as duplicates, sum(events)::bigint as events,
    max(last_event_at) as last_event_at, max(said_at) as last_heard_at
from source_ledger where "partition" is null group by source;
create view source_position as
select source, "partition", arg_max("position", rowid) as "position", arg_max(said_at, rowid) as updated_at
from source_ledger where "partition" is not null group by source, "partition";
