/*
purpose: The events of a run that were sent again most often, with the first and the last time.
parameters:
  run_id: { type: run-id, about: run scope }
  limit: { type: integer, minimum: 1, maximum: 1000, default: "20", about: how many events }
row_cap: 1000
byte_cap: 524288
timeout_seconds: 30
*/
select event_class, event_id, count(*) as duplicates,
       min(decided_at) as first_duplicate_at, max(decided_at) as last_duplicate_at
  from ingest.rejections
 where run_id = $1::text and decision = 'DUPLICATE'
 group by event_class, event_id
 order by duplicates desc, event_class, event_id
 limit $2::integer
