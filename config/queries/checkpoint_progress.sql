/*
purpose: How far each lane of a run has come, whose producer it is, and since when nothing moved.
parameters:
  run_id: { type: run-id, about: run scope }
row_cap: 40
byte_cap: 32768
timeout_seconds: 10
*/
select lane, lanes, frontier, epoch, launch_key, started_at, updated_at,
       round(extract(epoch from now() - updated_at), 3) as seconds_since_update
  from ingest.checkpoints
 where run_id = $1::text
 order by lane
