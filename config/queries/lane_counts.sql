/*
purpose: Admissions and rejections of a run by the lane that an event belongs to, beside the lane's checkpoint.
parameters:
  run_id: { type: run-id, about: run scope }
row_cap: 41
byte_cap: 32768
timeout_seconds: 60
*/
with checkpoint as (
  select lane, lanes, frontier, epoch from ingest.checkpoints where run_id = $1::text
), receipt as (
  -- The law of lanes: the first 32 bits of the id where it is a SHA-256 in hex, else of its SHA-256.
  select decision,
         ('x' || left(case when event_id ~ '^[0-9a-f]{64}$' then event_id
                           else encode(sha256(convert_to(event_id, 'UTF8')), 'hex') end, 8))::bit(32)::bigint
           % (select max(lanes) from checkpoint) as number
    from ingest.receipts
   where run_id = $1::text and event_id is not null
)
select coalesce(checkpoint.lane, receipt.number::integer) as lane, checkpoint.frontier, checkpoint.epoch,
       count(receipt.decision) filter (where receipt.decision = 'ADMIT') as admitted,
       count(receipt.decision) filter (where receipt.decision = 'DUPLICATE') as duplicates,
       count(receipt.decision) filter (where receipt.decision = 'QUARANTINE') as quarantined
  from checkpoint
  full join receipt on receipt.number = checkpoint.lane
 group by 1, checkpoint.frontier, checkpoint.epoch
 order by lane
