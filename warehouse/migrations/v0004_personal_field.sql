-- The column of the source in which a number or address of a person stood, so that the department can be told where to
-- stop it; empty = counted before columns were told apart.
alter table personal_count add column field varchar default '';
