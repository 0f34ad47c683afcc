"""The config that a sample comes with, ready for a run."""

CONFIG = """\
# Flores del Sur, an invented florist in Santiago de Chile: everything that a run needs to know.
# Try it:  recorrido run --config recorrido.toml

[project]
name = "Flores del Sur"
timezone = "America/Santiago"       # days in the report begin and end here
currency = "CLP"
language = "es"
key_file = "secrets/pseudonym.key"  # made at the first run; no identifier is stored without it

[warehouse]
dir = "warehouse"
memory = "4GB"

# The web shop, as GA4 exports it to BigQuery. Where two sources tell of one order, the first
# named here has the last word on its amount.
[[sources]]
name = "web"
channel = "web"
format = "ga4"
files = "landing/web/*.ndjson.gz"

# Newsletter, promotions and mail about orders, as SendGrid's event webhook posts them.
[[sources]]
name = "email"
channel = "email"
format = "sendgrid"
files = "landing/email/*.ndjson.gz"

# Display ads: impressions and clicks, as Campaign Manager 360 transfers them.
[[sources]]
name = "ads"
channel = "ads"
format = "cm360"
files = "landing/ads/*.csv.gz"

# The two stores in town: lines of receipts. The tills write their own clock, without a zone.
[[sources]]
name = "store"
channel = "store"
format = "pos"
files = "landing/store/*.csv.gz"
timezone = "America/Santiago"

# The courier's list of deliveries: a file of one kind of event.
[[sources]]
name = "deliveries"
channel = "delivery"
format = "events"
files = "landing/deliveries/*.csv.gz"
timezone = "America/Santiago"
event_is = "order_delivered"
[sources.columns]
native_id = "order_id"              # an order is delivered once
occurred_at = "delivered_at"
order_id = "order_id"

# The help desk's tickets. What they are about decides what they mean.
[[sources]]
name = "support"
channel = "support"
format = "events"
files = "landing/support/*.ndjson.gz"
[sources.columns]
native_id = "ticket_id"
occurred_at = "created_at"
event = "topic"
email = "email"
order_id = "order_id"
[sources.events]
question = "support_contact"
complaint = "complaint"

# Reviews of orders, one to five stars.
[[sources]]
name = "reviews"
channel = "reviews"
format = "events"
files = "landing/reviews/*.csv.gz"
event_is = "review"
[sources.columns]
native_id = "review_id"
occurred_at = "created_at"
email = "email"
order_id = "order_id"
rating = "stars"

# What online buyers sent back; amounts are negative.
[[sources]]
name = "returns"
channel = "returns"
format = "events"
files = "landing/returns/*.csv.gz"
timezone = "America/Santiago"
event_is = "return"
[sources.columns]
native_id = "return_id"
occurred_at = "returned_at"
order_id = "order_id"
value = "amount"
currency = "currency"

# What the ads cost, by day and campaign: sums without people, so they are no touchpoints.
[[sources]]
name = "spend"
channel = "ads"
format = "spend"
files = "landing/spend/*.csv"

# Who searches for the shop by its name knows it already: brand_search, paid for or not.
[traffic]
brand = ["flores del sur", "floresdelsur"]

# Returns are heard of by mail and phone, like support.
[places]
returns = "contact"

# Who has an account or a card; `segment` is the kind of customer.
[segments]
file = "customers.csv"
column = "segment"

# What the shop wants to reach, shown against what it reaches.
[goals]
research = { advance_rate = 0.50 }
evaluation = { advance_rate = 0.40 }
"""
