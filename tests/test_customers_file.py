"""The customer file: what it tells of a customer is kept, identifiers are not."""

import json

import pytest

from pipeline.errors import ConfigError
from tests.projects import SHOP, Project
from tests.test_identity import PEOPLE

pytestmark = pytest.mark.usefixtures("core_only")

ATTRIBUTES = """
    [segments]
    file = "customers.csv"
    column = "kind"
    attributes = ["persona", "age_group"]
"""
LOG = """
    id | at               | event     | user | mail      | order | cookie
    ---+------------------+-----------+------+-----------+-------+-------
    1  | 2026-01-05T09:00 | view_item | ana  | ana@a.org |       |
    2  | 2026-01-05T10:00 | view_item | bob  |           |       |
    3  | 2026-01-05T11:00 | view_item | cleo |           |       |
    4  | 2026-01-05T12:00 | view_item |      |           |       | c1
"""


@pytest.mark.long
def test_attributes_are_kept_of_the_first_row_that_has_each(project: Project) -> None:
    project.configure(SHOP, PEOPLE, ATTRIBUTES)
    project.write_log("landing/web/a.csv", LOG)
    project.write_log(
        "customers.csv",
        """
        user_id | email     | age_group | kind | persona        | note
        --------+-----------+-----------+------+----------------+-----
        ana     |           |           |      | gives "gladly" | tall
        bob     |           |           | buys |                |
                | ana@a.org | 30 to 39  | buys | hoards         |
        cleo    |           |           |      |                | tall
        unseen  |           | 20 to 29  |      | gives          |
        """,
    )
    project.run()
    told = project.rows("select segment, attributes from core.customers order by first_seen_at")
    assert told == [
        ("buys", '{"persona":"gives \\"gladly\\"","age_group":"30 to 39"}'),
        ("buys", None),
        (None, None),
        (None, None),
    ]
    assert json.loads(told[0][1]) == {"persona": 'gives "gladly"', "age_group": "30 to 39"}

    # They are told anew every night, and without the line there are none.
    project.configure(SHOP, PEOPLE, ATTRIBUTES.replace('attributes = ["persona", "age_group"]', ""))
    project.run()
    assert project.column("select count(attributes) from core.customers") == [0]


def test_an_attribute_that_the_file_has_not_is_told_with_those_that_it_has(
    project: Project,
) -> None:
    project.configure(SHOP, PEOPLE, ATTRIBUTES)
    project.write_log("landing/web/a.csv", LOG)
    file = project.write("customers.csv", "user_id,kind,age\nana,buys,30\n")
    with pytest.raises(ConfigError) as caught:
        project.run()
    told = f"segments.attributes names 'persona', 'age_group'; {file} has user_id, kind, age."
    assert str(caught.value) == told


@pytest.mark.parametrize(("column", "meant"), [("Email", "email"), ("Loyalty ID", "loyalty_id")])
def test_an_identifier_in_another_spelling_is_refused_and_not_passed_over(
    project: Project, column: str, meant: str
) -> None:
    project.configure(SHOP, PEOPLE, '[segments]\nfile = "customers.csv"')
    project.write_log("landing/web/a.csv", LOG)
    file = project.write("customers.csv", f"user_id,{column}\nana,a\n")
    with pytest.raises(ConfigError) as caught:
        project.run()
    assert str(caught.value) == (
        f"segments.file {file} has a column '{column}'; names are compared exactly: call it "
        f"'{meant}'."
    )
    # Where the name as it is to be is there as well, the other is any column.
    project.write("customers.csv", f"user_id,{meant},{column}x\nana,,\n")
    project.run()


@pytest.mark.parametrize("column", ["email", "E-Mail", "user_id", "phone", "device_id"])
@pytest.mark.parametrize("key", ["attributes.2", "column"])
def test_an_identifier_is_refused_as_an_attribute(project: Project, key: str, column: str) -> None:
    wrong = {
        "attributes.2": ATTRIBUTES.replace('"age_group"', f'"{column}"'),
        "column": ATTRIBUTES.replace('"kind"', f'"{column}"'),
    }
    project.configure(SHOP, PEOPLE, wrong[key])
    line = {"attributes.2": 25, "column": 24}[key]
    with pytest.raises(ConfigError) as caught:
        project.run()
    for part in (f"line {line}", f"segments.{key}: expected a column that names nobody", column):
        assert part in str(caught.value)
