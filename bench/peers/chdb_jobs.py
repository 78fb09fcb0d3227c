"""The five jobs in ClickHouse's SQL, by chdb: ClickHouse within the Python process.

usage: chdb_jobs.py JOB DATA_FOLDER OUT_FOLDER

A join or a table keeps the order of its input with one thread only (`max_threads = 1`). Files are parsed by all of them even so.
"""

import sys

import chdb

SETTINGS = "SET join_use_nulls = 1, format_csv_null_representation = '', session_timezone = 'UTC';"

CLICKSTREAM = """
SELECT event_id, event_type, event_timestamp, email, signup_date, campaign_id, channel
FROM file('{data}/clickstream_v1.json', JSONEachRow,
    'event_id String, user_id String, event_type String, event_timestamp String') AS events
LEFT JOIN file('{data}/user_profile_v1.json', JSONEachRow, 'user_id String, email String, signup_date String') AS profiles
    USING (user_id)
LEFT JOIN file('{data}/marketing_data_v1.json', JSONEachRow, 'user_id String, campaign_id String, channel String') AS campaigns
    USING (user_id)
INTO OUTFILE '{out}/unified_data.json' FORMAT JSONEachRow
SETTINGS max_threads = 1, output_format_json_array_of_rows = 1;
"""

# The nearest of a customer's few transactions is found in an array of them. Two ASOF joins, one each way, take longer.
STREAM = """
CREATE TABLE unified ENGINE = Memory AS
    SELECT transactions.*, name, region, multiIf(amount <= 50, 'low', amount <= 200, 'medium', 'high') AS amount_category
    FROM file('{data}/source_transactions.csv', CSVWithNames,
        'transaction_id UInt64, customer_id UInt64, timestamp DateTime, amount Decimal(12, 2)') AS transactions
    LEFT JOIN file('{data}/source_customers.csv', CSVWithNames, 'customer_id UInt64, name String, region String') AS customers
        USING (customer_id)
    SETTINGS max_threads = 1;
SELECT * FROM unified
INTO OUTFILE '{out}/unified_customer_transactions.csv' FORMAT CSVWithNames
SETTINGS max_threads = 1;
WITH sorted AS (
    SELECT * FROM file('{data}/stream_events.csv', CSVWithNames,
        'event_id UInt64, customer_id UInt64, event_type String, event_time DateTime')
    ORDER BY event_time, event_id
), around AS (
    SELECT customer_id, groupArray((timestamp, transaction_id)) AS transactions FROM unified GROUP BY customer_id
), nearest AS (
    SELECT event_id, customer_id, event_type, event_time,
        arrayMin(t -> (abs(t.1 - event_time), t), transactions) AS found,
        if(notEmpty(transactions) AND found.1 <= 3600, found.2.2, NULL) AS transaction_id
    FROM sorted LEFT JOIN around USING (customer_id)
)
SELECT event_id, nearest.customer_id AS customer_id, event_type, event_time, transaction_id, timestamp, amount, name, region,
    amount_category
FROM nearest LEFT ANY JOIN unified USING (transaction_id)
INTO OUTFILE '{out}/real_time_enriched_dataset.csv' FORMAT CSVWithNames
SETTINGS max_threads = 1;
"""

# JSONAsString splits objects by their braces, which balance in those too that are not valid JSON.
SESSIONS = """
CREATE TABLE objects ENGINE = Memory AS
    SELECT rowNumberInAllBlocks() + 1 AS event, json FROM file('{data}/events.json', JSONAsString, 'json String')
    SETTINGS max_threads = 1;
CREATE TABLE events ENGINE = Memory AS
    WITH JSONExtract(json, 'Tuple(user_id Nullable(UInt64), event_time Nullable(String), event_type Nullable(String))') AS fields
    SELECT event, isValidJSON(json) AS is_json, fields.1 AS user_id, fields.2 AS event_time, fields.3 AS event_type,
        parseDateTimeOrNull(event_time, '%Y-%m-%dT%H:%i:%sZ') AS time
    FROM objects;
WITH unique AS (
    SELECT assumeNotNull(user_id) AS user, assumeNotNull(time) AS at, assumeNotNull(event_type) AS type
    FROM events WHERE user_id IS NOT NULL AND time IS NOT NULL AND event_type IS NOT NULL
    GROUP BY ALL
)
SELECT user AS user_id, formatDateTime(min(at) AS start, '%Y-%m-%dT%H:%i:%SZ') AS session_start,
    formatDateTime(max(at), '%Y-%m-%dT%H:%i:%SZ') AS session_end, count() AS event_count
FROM unique GROUP BY user ORDER BY start, user
INTO OUTFILE '{out}/sessions.csv' FORMAT CSVWithNames;
SELECT event, multiIf(NOT is_json, 'invalid JSON',
        user_id IS NULL OR event_time IS NULL OR event_type IS NULL, 'missing field',
        'invalid ISO-8601') AS reason,
    user_id, event_time, event_type
FROM events WHERE user_id IS NULL OR time IS NULL OR event_type IS NULL ORDER BY event
INTO OUTFILE '{out}/skipped.csv' FORMAT CSVWithNames;
"""

# Each e-mail address and each phone number is named by the first row that has it: numbers are spread faster than texts.
RECORDS = """
CREATE TABLE read ENGINE = Memory AS
    SELECT *, 'CRM' AS source
    FROM file('{data}/crm_customers.csv', CSVWithNames,
        'customer_id String, full_name String, email String, phone String, signup_date String, status String')
    SETTINGS max_threads = 1;
INSERT INTO read
    SELECT c.id, concat(c.name.first, ' ', c.name.last), c.contact.email, c.contact.phone, c.registered, 'active', 'ECOM'
    FROM (
        SELECT arrayJoin(customers) AS c
        FROM file('{data}/ecommerce_customers.json', JSONEachRow, 'customers Array(Tuple(id String,
            name Tuple(first String, last String), contact Tuple(email String, phone String), registered String))')
    )
    SETTINGS max_threads = 1;
CREATE TABLE records ENGINE = Memory AS
    SELECT rowNumberInAllBlocks() + 1 AS row, customer_id, nullIf(initcap(read.full_name), '') AS full_name,
        nullIf(lower(trim(read.email)), '') AS email,
        nullIf(replaceRegexpOne(replaceRegexpAll(read.phone, '[^0-9]', ''), '^1', ''), '') AS phone,
        coalesce(toDate32OrNull(left(read.signup_date, 10)),
            toDate32(parseDateTime64OrNull(read.signup_date, '%m/%d/%Y')),
            toDate32(parseDateTime64OrNull(read.signup_date, '%d %b %Y'))) AS signup_date,
        nullIf(read.status, '') AS status, source
    FROM read
    SETTINGS max_threads = 1;
CREATE TABLE labels ENGINE = Memory AS
    SELECT row, row AS label, if(email IS NULL, NULL, min(row) OVER (PARTITION BY email)) AS by_email,
        if(phone IS NULL, NULL, min(row) OVER (PARTITION BY phone)) AS by_phone
    FROM records;
"""

# Each record takes the least label among those with its e-mail address, then among those with its phone number.
SPREAD = """
CREATE OR REPLACE TABLE spread ENGINE = Memory AS
    WITH emails AS (
        SELECT * REPLACE (if(by_email IS NULL, label, min(label) OVER (PARTITION BY by_email)) AS label) FROM labels
    )
    SELECT * REPLACE (if(by_phone IS NULL, label, min(label) OVER (PARTITION BY by_phone)) AS label) FROM emails;
EXCHANGE TABLES spread AND labels;
"""

# The fewest missing first, then the order of the rows, in a number: argMin takes longer with tuples.
MASTER = """
CREATE TABLE customers ENGINE = Memory AS
    WITH ranked AS (
        SELECT *, isNull(full_name) + isNull(email) + isNull(phone) + isNull(signup_date) AS missing,
            bitShiftLeft(toUInt64(missing), 60) + row AS rank
        FROM records JOIN (SELECT row, label FROM labels) AS labels USING (row)
    ), merged AS (
        SELECT label, arraySort(groupArray((rank, customer_id))).2 AS ids, argMin(ranked.full_name, rank) AS full_name,
            argMin(ranked.email, rank) AS email, argMin(ranked.phone, rank) AS phone,
            argMin(ranked.signup_date, rank) AS signup_date, argMin(ranked.status, rank) AS status,
            arrayStringConcat(arraySort(groupUniqArray(source)), '+') AS source_system
        FROM ranked GROUP BY label
    )
    SELECT row_number() OVER (ORDER BY label) AS number, * EXCEPT (label),
        concat('CUST', leftPad(toString(number), greatest(3, length(toString(number))), '0')) AS unified_id
    FROM merged;
SELECT unified_id, full_name, email, phone, signup_date, source_system, status FROM customers ORDER BY number
INTO OUTFILE '{out}/customer_master.csv' FORMAT CSVWithNames;
SELECT unified_id AS kept_id, arrayStringConcat(arraySlice(ids, 2), ',') AS removed_ids, source_system
FROM customers WHERE length(ids) > 1 ORDER BY number
INTO OUTFILE '{out}/duplicate_report.csv' FORMAT CSVWithNames;
"""

C360 = """
CREATE VIEW transactions AS
    SELECT *, toDecimal64OrNull(amount, 2) AS value
    FROM file('{data}/transactions.txt', CSVWithNames,
        'transaction_id String, user_uuid String, status String, amount String, transaction_date String')
    SETTINGS format_csv_delimiter = '|';
SELECT transaction_id, status, amount,
    concat(if(value IS NULL, 'Invalid', 'Non-positive'), ' amount (', amount, ')') AS reason
FROM transactions WHERE value IS NULL OR value <= 0
INTO OUTFILE '{out}/rejected_transactions.log' FORMAT CSVWithNames
SETTINGS format_csv_delimiter = '|';
WITH leads AS (
    SELECT lower(trim(read.email)) AS email, argMax((lead_id, name), read.creation_date) AS lead,
        max(read.creation_date) AS creation_date
    FROM file('{data}/crm_leads.csv', CSVWithNames, 'lead_id Int64, name String, email String, creation_date DateTime') AS read
    GROUP BY email
), known AS (
    SELECT user_uuid, lead.1 AS lead_id, initcap(lead.2) AS name, email, creation_date
    FROM leads
    LEFT JOIN file('{data}/identity_map.csv', CSVWithNames, 'email String, user_uuid String') AS identities USING (email)
), spend AS (
    SELECT user_uuid, countIf(status = 'Completed') AS completed_count, sumIf(value, status = 'Completed') AS completed_amount,
        countIf(status = 'Pending') AS pending_count, sumIf(value, status = 'Pending') AS pending_amount,
        arrayStringConcat(arraySort(groupArray(transaction_id)), ',') AS transaction_ids
    FROM transactions WHERE value > 0 GROUP BY user_uuid
), activity AS (
    SELECT user_uuid, sum(page_views) AS total_page_views, max(timestamp) AS last_activity
    FROM file('{data}/web_activity.json', JSONEachRow, 'user_uuid String, page_views Int64, timestamp DateTime')
    WHERE user_uuid != '' GROUP BY user_uuid
)
SELECT user_uuid, lead_id, name, email, creation_date, ifNull(spend.completed_count, 0) AS completed_count,
    toDecimal64(ifNull(spend.completed_amount, 0), 2) AS completed_amount, ifNull(spend.pending_count, 0) AS pending_count,
    toDecimal64(ifNull(spend.pending_amount, 0), 2) AS pending_amount, transaction_ids,
    ifNull(activity.total_page_views, 0) AS total_page_views, last_activity
FROM known FULL JOIN spend USING (user_uuid) FULL JOIN activity USING (user_uuid)
INTO OUTFILE '{out}/customer_360.parquet' FORMAT Parquet;
"""


def main(job, data, out):
    connection = chdb.connect(":memory:")

    def run(script):
        for statement in script.format(data=data, out=out).split(";\n"):
            if statement.strip():
                connection.query(statement)

    run(SETTINGS)
    if job == "master":
        run(RECORDS)
        before, now = None, ""
        while before != now:
            run(SPREAD)
            before, now = now, connection.query("SELECT sum(label) FROM labels").data()
        run(MASTER)
    else:
        run({"clickstream": CLICKSTREAM, "stream": STREAM, "sessions": SESSIONS, "c360": C360}[job])


if __name__ == "__main__":
    main(*sys.argv[1:])
