/*
purpose: What the database received for a run in a window [from, to), by decision, the decisions that did not occur included.
parameters:
  run_id: { type: run-id, about: run scope }
  from: { type: instant, about: "begin of the window, by the clock of the database" }
  to: { type: instant, about: "end of the window, itself outside" }
row_cap: 3
byte_cap: 4096
timeout_seconds: 30
*/
with decided as (
  select 'ADMIT' as decision, event_class, event_id, decided_at
    from ingest.admissions
   where run_id = $1::text and decided_at >= $2::timestamptz and decided_at < $3::timestamptz
  union all
  select decision, event_class, event_id, decided_at
    from ingest.rejections
   where run_id = $1::text and decided_at >= $2::timestamptz and decided_at < $3::timestamptz
)
select kind.decision,
       count(decided.decision) as receipts,
       count(distinct (decided.event_class, decided.event_id)) filter (where decided.decision is not null) as events,
       min(decided.decided_at) as first_decided_at,
       max(decided.decided_at) as last_decided_at
  from (values (1, 'ADMIT'), (2, 'DUPLICATE'), (3, 'QUARANTINE')) as kind (place, decision)
  left join decided using (decision)
 group by kind.place, kind.decision
 order by kind.place
