"""The five jobs in DuckDB's SQL.

usage: duckdb_jobs.py JOB DATA_FOLDER OUT_FOLDER
"""

import os
import sys

import duckdb

CLICKSTREAM = """
COPY (
    SELECT event_id, event_type, event_timestamp, email, signup_date, campaign_id, channel
    FROM read_json('{data}/clickstream_v1.json', format = 'array',
        columns = {{event_id: 'VARCHAR', user_id: 'VARCHAR', event_type: 'VARCHAR', event_timestamp: 'VARCHAR'}}) AS events
    LEFT JOIN read_json('{data}/user_profile_v1.json', format = 'array',
        columns = {{user_id: 'VARCHAR', email: 'VARCHAR', signup_date: 'VARCHAR'}}) AS profiles USING (user_id)
    LEFT JOIN read_json('{data}/marketing_data_v1.json', format = 'array',
        columns = {{user_id: 'VARCHAR', campaign_id: 'VARCHAR', channel: 'VARCHAR'}}) AS campaigns USING (user_id)
) TO '{out}/unified_data.json' (FORMAT json, ARRAY true);
"""

# ASOF joins look one way: the nearest is the nearer one of the last before and the first after.
STREAM = """
CREATE TABLE unified AS
    SELECT t.*, name, region,
        CASE WHEN amount <= 50 THEN 'low' WHEN amount <= 200 THEN 'medium' ELSE 'high' END AS amount_category
    FROM read_csv('{data}/source_transactions.csv') t
    LEFT JOIN read_csv('{data}/source_customers.csv') USING (customer_id);
COPY unified TO '{out}/unified_customer_transactions.csv' (HEADER);
CREATE TABLE events AS SELECT * FROM read_csv('{data}/stream_events.csv');
COPY (
    WITH before AS (
        SELECT events.*, u.transaction_id AS before_id, u.timestamp AS before_time
        FROM events ASOF LEFT JOIN unified u ON events.customer_id = u.customer_id AND event_time >= u.timestamp
    ), around AS (
        SELECT before.*, u.transaction_id AS after_id, u.timestamp AS after_time
        FROM before ASOF LEFT JOIN unified u ON before.customer_id = u.customer_id AND event_time <= u.timestamp
    ), nearest AS (
        SELECT event_id, customer_id, event_type, event_time,
            CASE
                WHEN before_time >= event_time - INTERVAL 1 HOUR
                    AND (after_time IS NULL OR event_time - before_time <= after_time - event_time) THEN before_id
                WHEN after_time <= event_time + INTERVAL 1 HOUR THEN after_id
            END AS transaction_id
        FROM around
    )
    SELECT nearest.*, timestamp, amount, name, region, amount_category
    FROM nearest LEFT JOIN unified USING (transaction_id)
    ORDER BY event_time, event_id
) TO '{out}/real_time_enriched_dataset.csv' (HEADER);
"""

# An object starts on a line of its own, and most of them end there too.
SESSIONS = r"""
CREATE TABLE events AS
    WITH lines AS (
        SELECT line, row_number() OVER () AS number, count(*) FILTER (line[1] = '{{') OVER (ROWS UNBOUNDED PRECEDING) AS event
        FROM read_csv('{data}/events.json', auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',
            columns = {{line: 'VARCHAR'}})
    ), objects AS (
        SELECT event, line FROM lines WHERE line[1] = '{{' AND line[-1] = '}}'
        UNION ALL
        SELECT event, string_agg(line, ' ' ORDER BY number)
        FROM lines WHERE NOT (line[1] = '{{' AND line[-1] = '}}') GROUP BY event
    ), fields AS (
        SELECT event, CASE WHEN json_valid(line) THEN
            json_extract_string(line, ['$.user_id', '$.event_time', '$.event_type']) END AS field
        FROM objects
    )
    SELECT event, field IS NOT NULL AS is_json, field[1] AS user_id, field[2] AS event_time, field[3] AS event_type,
        try_strptime(field[2], '%Y-%m-%dT%H:%M:%SZ') AS time
    FROM fields;
COPY (
    SELECT CAST(user_id AS BIGINT) AS user_id, strftime(min(time), '%Y-%m-%dT%H:%M:%SZ') AS session_start,
        strftime(max(time), '%Y-%m-%dT%H:%M:%SZ') AS session_end, count(*) AS event_count
    FROM (
        SELECT DISTINCT user_id, time, event_type FROM events
        WHERE user_id IS NOT NULL AND time IS NOT NULL AND event_type IS NOT NULL
    )
    GROUP BY user_id ORDER BY session_start, user_id
) TO '{out}/sessions.csv' (HEADER);
COPY (
    SELECT event, CASE WHEN NOT is_json THEN 'invalid JSON'
            WHEN user_id IS NULL OR event_time IS NULL OR event_type IS NULL THEN 'missing field'
            ELSE 'invalid ISO-8601' END AS reason,
        user_id, event_time, event_type
    FROM events WHERE user_id IS NULL OR time IS NULL OR event_type IS NULL ORDER BY event
) TO '{out}/skipped.csv' (HEADER);
"""

RECORDS = r"""
CREATE TABLE records AS
    WITH read AS (
        SELECT *, 'CRM' AS source FROM read_csv('{data}/crm_customers.csv', all_varchar = true)
        UNION ALL
        SELECT c.id, c.name.first || ' ' || c.name.last, c.contact.email, c.contact.phone, c.registered, 'active', 'ECOM'
        FROM (
            SELECT unnest(customers) AS c
            FROM read_json('{data}/ecommerce_customers.json', maximum_object_size = {size}, columns = {{customers:
                'STRUCT(id VARCHAR, name STRUCT(first VARCHAR, last VARCHAR), contact STRUCT(email VARCHAR, phone VARCHAR),
                    registered VARCHAR)[]'}})
        )
    )
    SELECT row_number() OVER () AS row, customer_id,
        array_to_string([upper(word[1]) || lower(word[2:]) FOR word IN string_split(full_name, ' ')], ' ') AS full_name,
        nullif(lower(trim(email)), '') AS email,
        nullif(regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^1', ''), '') AS phone,
        CAST(coalesce(try_strptime(signup_date[:10], '%Y-%m-%d'),
            try_strptime(signup_date, ['%m/%d/%Y', '%d %b %Y'])) AS DATE) AS signup_date,
        status, source
    FROM read;
CREATE TABLE labels AS SELECT row, row AS label, email, phone FROM records;
"""

# Each record takes the least label among those with its e-mail address, then among those with its phone number.
SPREAD = """
CREATE OR REPLACE TABLE labels AS
    WITH by_email AS (
        SELECT * REPLACE (CASE WHEN email IS NULL THEN label ELSE min(label) OVER (PARTITION BY email) END AS label)
        FROM labels
    )
    SELECT * REPLACE (CASE WHEN phone IS NULL THEN label ELSE min(label) OVER (PARTITION BY phone) END AS label)
    FROM by_email;
SELECT sum(label) FROM labels;
"""

MASTER = """
CREATE TABLE customers AS
    WITH ranked AS (
        SELECT *, (full_name IS NULL)::INT + (email IS NULL)::INT + (phone IS NULL)::INT + (signup_date IS NULL)::INT AS missing
        FROM records JOIN (SELECT row, label FROM labels) USING (row)
    ), merged AS (
        SELECT label, list(customer_id ORDER BY missing, row) AS ids, arg_min(full_name, (missing, row)) AS full_name,
            arg_min(email, (missing, row)) AS email, arg_min(phone, (missing, row)) AS phone,
            arg_min(signup_date, (missing, row)) AS signup_date, arg_min(status, (missing, row)) AS status,
            string_agg(DISTINCT source, '+' ORDER BY source) AS source_system
        FROM ranked GROUP BY label
    )
    SELECT 'CUST' || lpad(number::VARCHAR, greatest(3, length(number::VARCHAR))::INTEGER, '0') AS unified_id, * EXCLUDE (number, label)
    FROM (SELECT row_number() OVER (ORDER BY label) AS number, * FROM merged);
COPY (SELECT unified_id, full_name, email, phone, signup_date, source_system, status FROM customers ORDER BY unified_id)
    TO '{out}/customer_master.csv' (HEADER);
COPY (
    SELECT unified_id AS kept_id, array_to_string(ids[2:], ',') AS removed_ids, source_system
    FROM customers WHERE len(ids) > 1 ORDER BY unified_id
) TO '{out}/duplicate_report.csv' (HEADER);
"""

C360 = """
CREATE VIEW transactions AS
    SELECT *, TRY_CAST(amount AS DECIMAL(18, 2)) AS value
    FROM read_csv('{data}/transactions.txt', delim = '|', all_varchar = true);
COPY (
    SELECT transaction_id, status, amount,
        CASE WHEN value IS NULL THEN 'Invalid' ELSE 'Non-positive' END || ' amount (' || amount || ')' AS reason
    FROM transactions WHERE value IS NULL OR value <= 0
) TO '{out}/rejected_transactions.log' (HEADER, DELIMITER '|');
COPY (
    WITH leads AS (
        SELECT lower(trim(email)) AS email, max_by({{'id': lead_id, 'name': name}}, creation_date) AS lead,
            max(creation_date) AS creation_date
        FROM read_csv('{data}/crm_leads.csv') GROUP BY ALL
    ), known AS (
        SELECT user_uuid, lead.id AS lead_id, email, creation_date,
            array_to_string([upper(word[1]) || lower(word[2:]) FOR word IN string_split(lead.name, ' ')], ' ') AS name
        FROM leads LEFT JOIN read_csv('{data}/identity_map.csv', all_varchar = true) USING (email)
    ), spend AS (
        SELECT user_uuid, count(*) FILTER (status = 'Completed') AS completed_count,
            sum(value) FILTER (status = 'Completed') AS completed_amount,
            count(*) FILTER (status = 'Pending') AS pending_count, sum(value) FILTER (status = 'Pending') AS pending_amount,
            string_agg(transaction_id, ',' ORDER BY transaction_id) AS transaction_ids
        FROM transactions WHERE value > 0 GROUP BY user_uuid
    ), activity AS (
        SELECT user_uuid, sum(page_views) AS total_page_views, max(timestamp) AS last_activity
        FROM read_json('{data}/web_activity.json', format = 'newline_delimited',
            columns = {{user_uuid: 'VARCHAR', page_views: 'BIGINT', timestamp: 'TIMESTAMP'}})
        WHERE user_uuid IS NOT NULL GROUP BY user_uuid
    )
    SELECT user_uuid, lead_id, name, email, creation_date, coalesce(completed_count, 0) AS completed_count,
        coalesce(completed_amount, 0) AS completed_amount, coalesce(pending_count, 0) AS pending_count,
        coalesce(pending_amount, 0) AS pending_amount, transaction_ids, coalesce(total_page_views, 0)::BIGINT AS total_page_views,
        last_activity
    FROM known FULL JOIN spend USING (user_uuid) FULL JOIN activity USING (user_uuid)
) TO '{out}/customer_360.parquet' (FORMAT parquet);
"""


def main(job, data, out):
    connection = duckdb.connect()

    def run(script, **values):
        return connection.execute(script.format(data=data, out=out, **values))

    if job == "master":
        size = os.path.getsize(f"{data}/ecommerce_customers.json") + 1
        run(RECORDS, size=size)
        before, now = None, ()
        while before != now:
            before, now = now, run(SPREAD).fetchone()
        run(MASTER)
    else:
        run({"clickstream": CLICKSTREAM, "stream": STREAM, "sessions": SESSIONS, "c360": C360}[job])


if __name__ == "__main__":
    main(*sys.argv[1:])
