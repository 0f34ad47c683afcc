"""Names and texts of the data or the user, where SQL takes no bound value."""


def quoted_name(name: str) -> str:
    """Quote an identifier that the data or the user chose."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Quote a text constant, where SQL allows no bound value."""
    return "'" + text.replace("'", "''") + "'"
