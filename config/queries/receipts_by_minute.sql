/*
purpose: Receipts of a run in a window [from, to) by minute and decision; a minute without any has no row.
parameters:
  run_id: { type: run-id, about: run scope }
  from: { type: instant, about: "begin of the window, by the clock of the database" }
  to: { type: instant, about: "end of the window, itself outside" }
row_cap: 1440
byte_cap: 262144
timeout_seconds: 30
*/
select date_trunc('minute', decided_at) as minute,
       count(*) filter (where decision = 'ADMIT') as admitted,
       count(*) filter (where decision = 'DUPLICATE') as duplicates,
       count(*) filter (where decision = 'QUARANTINE') as quarantined
  from ingest.receipts
 where run_id = $1::text and decided_at >= $2::timestamptz and decided_at < $3::timestamptz
 group by 1
 order by 1
