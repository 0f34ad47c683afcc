-- records: json $.responses
-- One row per answer to the question how likely somebody recommends us, from 0 to 10.
--
-- Source: `records`, objects or rows under plain names (response_id, recorded_at, score, recipient_email)
-- or Qualtrics' own, whose API puts them under `values`. The question of a Qualtrics survey has any name:
-- it is the one beside which a name ends in _NPS_GROUP. What people wrote is not kept.
-- An answer that was not finished touched nobody, and neither did the two rows of a Qualtrics file that
-- explain its columns. A preview is a test.
with answers as (
    select
        record_no,
        json_extract_string(record, '$.responseId') as outer_id,
        coalesce(json_extract(record, '$.values')::varchar, record) as answer
    from records
),

parsed_answers as (
    select
        record_no,
        outer_id,
        answer,
        json_transform(
            answer,
            '{
                "response_id": "VARCHAR",
                "_recordId": "VARCHAR",
                "id": "VARCHAR",
                "recorded_at": "VARCHAR",
                "recorded_date": "VARCHAR",
                "recordedDate": "VARCHAR",
                "created_at": "VARCHAR",
                "end_date": "VARCHAR",
                "endDate": "VARCHAR",
                "updated_at": "VARCHAR",
                "score": "VARCHAR",
                "nps_score": "VARCHAR",
                "nps": "VARCHAR",
                "finished": "VARCHAR",
                "status": "VARCHAR",
                "recipient_email": "VARCHAR",
                "recipientEmail": "VARCHAR",
                "email": "VARCHAR",
                "person": {"email": "VARCHAR"},
                "user_id": "VARCHAR",
                "external_data_reference": "VARCHAR",
                "externalDataReference": "VARCHAR",
                "order_id": "VARCHAR",
                "survey_id": "VARCHAR",
                "distribution_channel": "VARCHAR",
                "distributionChannel": "VARCHAR"
            }'
        ) as told,
        -- A Qualtrics file has the same names with a capital letter, which a struct cannot tell apart.
        json_transform(
            answer,
            '{
                "ResponseId": "VARCHAR",
                "RecordedDate": "VARCHAR",
                "EndDate": "VARCHAR",
                "Finished": "VARCHAR",
                "Status": "VARCHAR",
                "RecipientEmail": "VARCHAR",
                "ExternalReference": "VARCHAR",
                "DistributionChannel": "VARCHAR",
                "NPS": "VARCHAR"
            }'
        ) as filed
    from answers
),

read_answers as (
    select
        *,
        known(
            coalesce(told.response_id, filed."ResponseId", outer_id, told."_recordId", told.id)
        ) as response_id,
        known(
            coalesce(
                told.recorded_at, told.recorded_date, told."recordedDate", filed."RecordedDate",
                told.created_at, told.end_date, told."endDate", filed."EndDate"
            )
        ) as moment,
        known(
            coalesce(
                told.score,
                told.nps_score,
                told.nps,
                filed."NPS",
                case
                    when contains(answer, '_NPS_GROUP"')
                        then json_extract_string(
                            answer, '$."' || regexp_extract(answer, '"([^"\\]+)_NPS_GROUP"\s*:', 1) || '"'
                        )
                end
            )
        ) as score_text,
        known(
            coalesce(
                told.user_id, told.external_data_reference, told."externalDataReference",
                filed."ExternalReference"
            )
        ) as user_id,
        known(
            coalesce(
                told.recipient_email, told."recipientEmail", filed."RecipientEmail", told.email,
                told.person.email
            )
        ) as email,
        lower(trim(coalesce(told.status, filed."Status"))) as status,
        coalesce(
            told.distribution_channel, told."distributionChannel", filed."DistributionChannel"
        ) as distribution
    from parsed_answers
),

scored_answers as (
    select
        *,
        try_cast(score_text as double) as score,
        coalesce(filed."ResponseId" = 'Response ID' or contains(moment, '"ImportId"'), false) as is_heading
    from read_answers
)

select
    record_no,
    case
        when response_id is null and moment is null and score_text is null then 'unknown_event_shape'
        when is_heading then null
        when score_text is not null and coalesce(score not between 0 and 10, true) then 'not_a_number'
    end as reject_reason,
    not is_heading
    and coalesce(truth_of(coalesce(told.finished, filed."Finished")), true) as is_touch,
    if(is_heading, null, response_id) as native_id,
    any_time(told.updated_at, null, null, getvariable('timezone')::varchar) as updated_at,
    any_time(moment, null, null, getvariable('timezone')::varchar) as occurred_at,
    any_precision(moment, null, null) as time_precision,
    clock_doubt(moment, getvariable('timezone')::varchar) as clock_doubt,
    'survey_response' as event,
    if(is_heading, null, user_id) as user_id,
    if(is_heading, null, email) as email,
    known(told.order_id) as order_id,
    if(score between 0 and 10, score, null) as score,
    -- Qualtrics counts its kinds of answers, or writes them out.
    coalesce(status in ('1', '2', 'survey preview', 'survey test') or distribution = 'preview', false)
        as is_test,
    told.survey_id,
    distribution as distribution_channel
from scored_answers
