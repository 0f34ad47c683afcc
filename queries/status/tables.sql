-- One row per published table: its name, and its columns with their types and what they mean.
--
-- Source: the catalogue of the published file.
select
    concat_ws('.', columns.schema_name, columns.table_name) as table_name,
    list(
        {'name': columns.column_name, 'type': columns.data_type, 'description': columns.comment}
        order by columns.column_index
    ) as columns
from duckdb_columns() as columns
where columns.database_name = current_database() and not columns.internal
group by columns.schema_name, columns.table_name
order by columns.schema_name, columns.table_name
