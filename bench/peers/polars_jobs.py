"""The five jobs in Polars: lazy and streaming where the formats allow it.

usage: polars_jobs.py JOB DATA_FOLDER OUT_FOLDER
"""

import json
import sys

import polars as pl

ISO = "%Y-%m-%dT%H:%M:%SZ"
MONEY = pl.Decimal(18, 2)


def clickstream(data, out):
    # The arrays have an element a line. `read_json` would hold them whole, at twice the time and four times the memory.
    def array(name, *columns):
        line = pl.col("line")
        element = line.str.strip_suffix(",").str.json_decode(pl.Struct({column: pl.String for column in columns}))
        lines = pl.scan_lines(f"{data}/{name}").filter(line.str.starts_with("{"))
        return lines.select(element.alias("element")).unnest("element")

    events = array("clickstream_v1.json", "event_id", "user_id", "event_type", "event_timestamp")
    profiles = array("user_profile_v1.json", "user_id", "email", "signup_date")
    campaigns = array("marketing_data_v1.json", "user_id", "campaign_id", "channel")
    unified = (
        events.join(profiles, on="user_id", how="left", maintain_order="left")
        .join(campaigns, on="user_id", how="left", maintain_order="left")
        .drop("user_id")
        .collect(engine="streaming")
    )
    unified.write_json(f"{out}/unified_data.json")


def stream(data, out):
    customers = pl.scan_csv(f"{data}/source_customers.csv")
    category = pl.when(pl.col("amount") <= 50).then(pl.lit("low")).when(pl.col("amount") <= 200).then(pl.lit("medium"))
    unified = (
        pl.scan_csv(f"{data}/source_transactions.csv", try_parse_dates=True)
        .join(customers, on="customer_id", how="left", maintain_order="left")
        .with_columns(amount_category=category.otherwise(pl.lit("high")))
        .collect()
    )
    unified.write_csv(f"{out}/unified_customer_transactions.csv")
    events = pl.scan_csv(f"{data}/stream_events.csv", try_parse_dates=True).sort("event_time", "event_id")
    nearest = events.join_asof(
        unified.lazy().sort("timestamp"),
        left_on="event_time",
        right_on="timestamp",
        by="customer_id",
        strategy="nearest",
        tolerance="1h",
        coalesce=False,
        check_sortedness=False,
    )
    nearest.sink_csv(f"{out}/real_time_enriched_dataset.csv")


# An object with the three fields and nothing to unescape. Whatever is not so is left to a real parser.
PLAIN = (
    r'^\{\s*"user_id"\s*:\s*(?P<user_id>\d+)\s*,\s*"event_time"\s*:\s*"(?P<event_time>[^"\\\x00-\x1f]*)"\s*,'
    r'\s*"event_type"\s*:\s*"(?P<event_type>[^"\\\x00-\x1f]*)"\s*\}$'
)


def parsed(row):
    event, text = row
    try:
        found = json.loads(text)
    except ValueError:
        return event, "invalid JSON", None, None, None
    fields = [found.get(name) for name in ("user_id", "event_time", "event_type")]
    return event, "missing field" if None in fields else None, *fields


def sessions(data, out):
    # An object starts on a line of its own; most of them end there too.
    starts = pl.col("line").str.starts_with("{")
    lines = pl.scan_lines(f"{data}/events.json").with_columns(event=starts.cum_sum())
    whole = starts & pl.col("line").str.ends_with("}")
    spread = lines.filter(~whole).group_by("event", maintain_order=True).agg(pl.col("line").str.join("\n"))
    objects = pl.concat([lines.filter(whole), spread.select("line", "event")])
    objects = objects.with_columns(fields=pl.col("line").str.extract_groups(PLAIN))
    plain = pl.col("fields").struct.field("user_id").is_not_null()
    fields = objects.filter(plain).select("event", pl.col("fields").struct.unnest())
    fields, others = pl.collect_all(
        [fields.cast({"user_id": pl.Int64}), objects.filter(~plain).select("event", "line")], engine="streaming"
    )
    schema = {"event": fields.schema["event"], "reason": pl.String, "user_id": pl.Int64, "event_time": pl.String, "event_type": pl.String}
    others = pl.DataFrame([parsed(row) for row in others.iter_rows()], schema=schema, orient="row")
    events = pl.concat([fields.lazy(), others.lazy().filter(pl.col("reason").is_null()).drop("reason")])
    events = events.with_columns(time=pl.col("event_time").str.to_datetime(ISO, strict=False))
    valid = events.filter(pl.col("time").is_not_null())
    users = (
        valid.select("user_id", "time", "event_type")
        .unique()
        .group_by("user_id")
        .agg(session_start=pl.col("time").min(), session_end=pl.col("time").max(), event_count=pl.len())
        .sort("session_start", "user_id")
    )
    late = events.filter(pl.col("time").is_null()).with_columns(reason=pl.lit("invalid ISO-8601"))
    skipped = pl.concat([others.lazy().filter(pl.col("reason").is_not_null()), late.select(schema.keys())]).sort("event")
    users, skipped = pl.collect_all([users, skipped], engine="streaming")
    users.write_csv(f"{out}/sessions.csv", datetime_format=ISO)
    skipped.write_csv(f"{out}/skipped.csv")


def components(records):
    """The least row among those that are linked by e-mail or phone, for each row of `email` and `phone`."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    alone = -1 - row
    keys = records.select(
        label=row,
        email=pl.col("email").cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(alone),
        phone=pl.col("phone").cast(pl.Int64).fill_null(alone),
    )
    while True:
        least = keys.with_columns(pl.col("label").min().over("email")).with_columns(pl.col("label").min().over("phone"))
        if least["label"].equals(keys["label"]):
            return least["label"]
        keys = least


def master(data, out):
    crm = pl.read_csv(f"{data}/crm_customers.csv", infer_schema=False).with_columns(source=pl.lit("CRM"))
    shop = pl.read_json(f"{data}/ecommerce_customers.json").select(pl.col("customers").explode()).unnest("customers")
    name, contact = pl.col("name").struct, pl.col("contact").struct
    shop = shop.select(
        customer_id="id",
        full_name=name.field("first") + " " + name.field("last"),
        email=contact.field("email"),
        phone=contact.field("phone"),
        signup_date="registered",
        status=pl.lit("active"),
        source=pl.lit("ECOM"),
    )
    digits = pl.col("phone").str.replace_all(r"\D", "").str.strip_prefix("1")
    date = pl.col("signup_date")
    formats = [date.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)]
    formats += [date.str.to_date(format, strict=False) for format in ("%m/%d/%Y", "%d %b %Y")]
    records = pl.concat([crm, shop]).lazy().with_columns(
        full_name=pl.col("full_name").str.to_lowercase().str.to_titlecase(),
        email=pl.col("email").str.strip_chars().str.to_lowercase().replace("", None),
        phone=digits.replace("", None),
        signup_date=pl.coalesce(formats),
    ).collect()
    facts = ["full_name", "email", "phone", "signup_date", "status"]
    missing = pl.sum_horizontal(pl.col(facts).is_null())
    ranked = records.with_columns(components(records).alias("customer"), missing=missing).with_row_index()
    customers = (
        ranked.lazy()
        .sort("customer", "missing", "index")
        .group_by("customer", maintain_order=True)
        .agg(
            pl.col("customer_id").first().alias("kept_id"),
            pl.col(facts).drop_nulls().first(),
            pl.col("source").unique().sort().str.join("+").alias("source_system"),
            pl.col("customer_id").slice(1).str.join(",").alias("removed_ids"),
            pl.len().alias("records"),
        )
        .with_columns(unified_id=pl.format("CUST{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)))
        .collect()
    )
    customers.select("unified_id", *facts[:4], "source_system", "status").write_csv(f"{out}/customer_master.csv")
    merged = customers.filter(pl.col("records") > 1)
    merged.select(pl.col("unified_id").alias("kept_id"), "removed_ids", "source_system").write_csv(f"{out}/duplicate_report.csv")


def c360(data, out):
    leads = (
        pl.scan_csv(f"{data}/crm_leads.csv", try_parse_dates=True)
        .with_columns(
            name=pl.col("name").str.to_lowercase().str.to_titlecase(),
            email=pl.col("email").str.strip_chars().str.to_lowercase(),
        )
        .group_by("email")
        .agg(pl.col("lead_id", "name", "creation_date").sort_by("creation_date").last())
        .join(pl.scan_csv(f"{data}/identity_map.csv"), on="email", how="left")
    )
    transactions = pl.scan_csv(f"{data}/transactions.txt", separator="|", infer_schema=False)
    transactions = transactions.with_columns(value=pl.col("amount").cast(MONEY, strict=False))
    good = pl.col("value").fill_null(0) > 0
    reason = pl.when(pl.col("value").is_null()).then(pl.lit("Invalid amount ({})")).otherwise(pl.lit("Non-positive amount ({})"))
    reason = reason.str.replace("{}", pl.col("amount"), literal=True)
    rejects = transactions.filter(~good).select("transaction_id", "status", "amount", reason=reason)
    status = pl.col("status")
    spend = (
        transactions.filter(good)
        .group_by("user_uuid")
        .agg(
            completed_count=(status == "Completed").sum(),
            completed_amount=pl.col("value").filter(status == "Completed").sum(),
            pending_count=(status == "Pending").sum(),
            pending_amount=pl.col("value").filter(status == "Pending").sum(),
            transaction_ids=pl.col("transaction_id").sort().str.join(","),
        )
    )
    web = pl.scan_ndjson(
        f"{data}/web_activity.json", schema={"user_uuid": pl.String, "page_views": pl.Int64, "timestamp": pl.String}
    )
    activity = (
        web.filter(pl.col("user_uuid").is_not_null())
        .with_columns(pl.col("timestamp").str.to_datetime(ISO))
        .group_by("user_uuid")
        .agg(total_page_views=pl.col("page_views").sum(), last_activity=pl.col("timestamp").max())
    )
    customers = leads.join(spend, on="user_uuid", how="full", coalesce=True)
    customers = customers.join(activity, on="user_uuid", how="full", coalesce=True)
    zero = ["completed_count", "completed_amount", "pending_count", "pending_amount", "total_page_views"]
    customers = customers.with_columns(pl.col(zero).fill_null(0)).select(
        "user_uuid", "lead_id", "name", "email", "creation_date", *zero[:4], "transaction_ids", *zero[4:], "last_activity"
    )
    writes = [
        customers.sink_parquet(f"{out}/customer_360.parquet", lazy=True),
        rejects.sink_csv(f"{out}/rejected_transactions.log", separator="|", lazy=True),
    ]
    pl.collect_all(writes, engine="streaming")


if __name__ == "__main__":
    JOBS = {job.__name__: job for job in (clickstream, stream, sessions, master, c360)}
    JOBS[sys.argv[1]](*sys.argv[2:])
