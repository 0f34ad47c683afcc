-- One row: how large the published file is, and how much of it holds nothing any more.
--
-- Source: the file itself.
select
    sizes.block_size * sizes.total_blocks as bytes,
    sizes.block_size * sizes.free_blocks as dead_bytes
from pragma_database_size() as sizes
where sizes.database_name = current_database()
