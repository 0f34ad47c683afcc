"""The only door to DuckDB: connections from one factory, and queries on them."""

from pipeline.warehouse.connections import beside as beside
from pipeline.warehouse.connections import expect_published as expect_published
from pipeline.warehouse.connections import expect_readable as expect_readable
from pipeline.warehouse.connections import in_memory as in_memory
from pipeline.warehouse.connections import reading as reading
from pipeline.warehouse.connections import writing as writing
from pipeline.warehouse.handle import Warehouse as Warehouse
from pipeline.warehouse.layouts import LAYOUT as LAYOUT
from pipeline.warehouse.layouts import expect_layout_in_reach as expect_layout_in_reach
from pipeline.warehouse.layouts import layout_of as layout_of
from pipeline.warehouse.quoting import quoted_name as quoted_name
from pipeline.warehouse.quoting import quoted_text as quoted_text
from pipeline.warehouse.selects import expect_one_select as expect_one_select
