/**
 * Functions of PostgreSQL 17 that read what they are given and do nothing else: no sleep, no lock, no
 * signal, no file, no setting, no sequence, no SQL from text, no text grown without bound. A function is
 * added here by review, never because a query needs it today.
 */
export const harmlessFunctions: ReadonlySet<string> = new Set(
  `
  count sum min max avg bool_and bool_or every array_agg string_agg json_agg jsonb_agg json_object_agg
  jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp
  regr_slope regr_intercept regr_r2 percentile_cont percentile_disc mode bit_and bit_or any_value

  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value

  abs ceil ceiling floor round trunc mod div power sqrt cbrt exp ln log sign width_bucket gcd lcm

  length char_length character_length octet_length lower upper initcap left right substring substr trim btrim
  ltrim rtrim replace split_part starts_with strpos position concat concat_ws reverse translate ascii chr md5
  sha256 encode decode convert_to convert_from regexp_replace regexp_match regexp_count regexp_like
  regexp_substr to_char to_number to_hex overlay quote_ident like_escape similar_to_escape

  now clock_timestamp statement_timestamp transaction_timestamp date_trunc date_part extract date_bin age
  to_timestamp to_date make_date make_time make_interval make_timestamp make_timestamptz justify_days
  justify_hours justify_interval timezone isfinite overlaps

  to_json to_jsonb row_to_json json_build_object jsonb_build_object json_build_array jsonb_build_array
  jsonb_array_elements jsonb_array_elements_text json_array_elements json_array_elements_text jsonb_each
  jsonb_each_text json_each json_each_text jsonb_object_keys json_object_keys jsonb_extract_path
  jsonb_extract_path_text jsonb_array_length json_array_length jsonb_typeof json_typeof jsonb_path_query
  jsonb_path_exists

  array_length array_lower array_upper array_ndims cardinality unnest array_position array_positions
  array_remove array_to_string string_to_array array_append array_cat generate_series generate_subscripts

  pg_typeof num_nulls num_nonnulls grouping
  `
    .trim()
    .split(/\s+/),
);
