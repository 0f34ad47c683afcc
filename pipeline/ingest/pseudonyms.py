"""Identifiers become pseudonyms at the door: HMAC-SHA256 under the project's key."""

import hmac
import os
import secrets
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.permissions import NOBODY_ELSE
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS
from pipeline.warehouse import Warehouse, quoted_text
from pipeline.whole import write_whole

# A vendor's own numbers belong to their source, or to what its config calls their namespace; strong
# identifiers are the project's wherever they are told, orders too unless their source says so.
_NAMESPACE_OF = (
    dict.fromkeys((*STRONG_IDENTIFIERS, "click_id"), "''")
    | dict.fromkeys(WEAK_IDENTIFIERS, "getvariable('namespace')::varchar")
    | {"order_id": "getvariable('order_space')::varchar"}
)
_NORMAL_FORM = {
    "email": "mail_address({value})",
    "phone": "phone_number({value})",
    "order_id": "order_number({value})",
}
# By these a customer can be reached. An order reaches nobody, and a device is not a person's alone.
VAULTED_KINDS = ("email", "phone", "user_id", "loyalty_id", "shop_customer_id")
# Nothing was ever ordered under these.
_NO_ORDERS = "'0', '-1'"
# The zeros of Arabic, of Persian and Urdu, of Hindi and of full width; the other nine follow each.
_ZEROS = (0x0660, 0x06F0, 0x0966, 0xFF10)
_LEAST_DIGITS = 5  # of a phone number
# How mails call one person: Ana <ana@example.org>. A list of several is no one's address.
_NAME_AND_ADDRESS = r"""^(?:\s*"[^"]*"\s*|[^<>@]*)<([^<>@,;]+@[^<>@,;]+)>\s*$"""
KEY_BYTES = 32
_BLOCK = 64  # bytes of SHA-256's block, which RFC 2104 pads the key to


def project_key(file: Path, *, may_make: bool) -> bytes:
    """Read the project's key, 32 random bytes; make it on a first night.

    A key that is lost is never replaced in silence: under a new one nobody would be recognised.
    """
    if not file.exists():
        if not may_make:
            raise ConfigError(
                f"the key file {file} is missing, and the warehouse was built with one. "
                "Bring it back from your backup; without it nobody would be recognised."
            )
        make_key(file)
    if file.is_dir():
        raise ConfigError(
            f"expected a file as [project] key_file, found {file}, which is a folder. Name the key "
            "in it, or leave key_file out"
        )
    if not file.is_file():  # a pipe may never end, or never begin
        raise ConfigError(
            f"expected a regular file as [project] key_file, found {file}, which is a device, a "
            "pipe or a socket. Name the file that holds the key, or leave key_file out"
        )
    _expect_private(file)
    with file.open("rb") as opened:
        key = opened.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        found = str(len(key)) if len(key) < KEY_BYTES else "more"
        raise ConfigError(
            f"the key file {file} is to hold {KEY_BYTES} random bytes, found {found}."
        )
    return key


def _expect_private(file: Path) -> None:
    """Refuse a key that others may read or replace, as ssh does: who has it can guess everybody."""
    rights = file.stat().st_mode & 0o777
    if os.name != "nt" and rights & NOBODY_ELSE:
        raise ConfigError(
            f"the key file {file} is to be its owner's alone (mode 0600), found mode {rights:04o}: "
            f"others may read or change it. Mend it by: chmod 600 {file}"
        )


def key_id(key: bytes) -> str:
    """Name a key without telling it, so that another one is noticed."""
    return hmac.digest(key, b"key id", "sha256").hex()[:12]


def expect_same_key(key: bytes, stored_id: str, file: Path) -> None:
    """Refuse a key other than the one that the warehouse was built with."""
    if key_id(key) != stored_id:
        raise ConfigError(
            f"the key in {file} is not the one that the warehouse was built with. Bring that one "
            "back from your backup; under another nobody would be recognised."
        )


def make_key(file: Path) -> None:
    """Write a new key that only its owner can read; a cut one would need somebody's help."""
    fault_point("key: make its folder")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fault_point("key: make it")
    write_whole(file, secrets.token_bytes(KEY_BYTES), mode=0o600)


# What the macros of `load_key` read the key from.
KEY_VARIABLES = ("inner_pad", "outer_pad", "id_key")


def load_key(warehouse: Warehouse, key: bytes) -> None:
    """Give the connection the macros `pseudonym(kind, namespace, value)` and `short_id(text)`.

    A pseudonym is the HMAC (RFC 2104) of kind, namespace and value; an id is made of a text that
    begins with a key derived from the project's, so that nobody can guess what it was made of.
    Both keep 72 bits as 12 letters, which the engines hold without a pointer.
    """
    warehouse.set_variable("order_space", "")
    warehouse.set_variable("order_id_pattern", None)
    warehouse.set_variable("order_id_group", 0)
    padded = key.ljust(_BLOCK, b"\0")
    warehouse.set_variable("inner_pad", bytes(byte ^ 0x36 for byte in padded))
    warehouse.set_variable("outer_pad", bytes(byte ^ 0x5C for byte in padded))
    # A letter with its accent is one or two, and what is copied brings spaces that nobody sees.
    warehouse.run(
        "create or replace temp macro trimmed(told) as trim(nfc_normalize(told), "
        "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(8203) || chr(65279))"
    )
    warehouse.run(
        "create or replace temp macro mail_address(told) as lower(trimmed(coalesce("
        f"nullif(regexp_extract(told, {quoted_text(_NAME_AND_ADDRESS)}, 1), ''), told)))"
    )
    warehouse.run(
        "create or replace temp macro order_number(told) as "
        "coalesce(nullif(regexp_extract(trimmed(told), "
        "getvariable('order_id_pattern')::varchar, getvariable('order_id_group')::integer), ''), "
        "trimmed(ltrim(trimmed(told), '#')))"
    )
    # Digits of other scripts are digits.
    digits = "".join(chr(zero + digit) for zero in _ZEROS for digit in range(10))
    warehouse.run(
        "create or replace temp macro in_our_digits(told) as "
        f"translate(told, '{digits}＋', '{'0123456789' * len(_ZEROS)}+')"
    )
    # A column of numbers with a gap in it is written as 56912345678.0: no digit of the number.
    warehouse.run(
        "create or replace temp macro dialled(told) as "
        "regexp_replace(regexp_replace(regexp_replace(regexp_replace("
        "told, '^(\\s*[0-9]{6,})[.]0+\\s*$', '\\1'), "
        "'^([^0-9]*(?:[+]|00).*)[(]0[)]', '\\1'), '[^0-9+]', '', 'g'), '^00', '+')"
    )
    # Letters behind a digit are an extension or a slip: without them it is somebody else's number.
    # A country code alone, with which forms are filled in before anybody is, is nobody's.
    warehouse.run(
        "create or replace temp macro phone_number(told) as case "
        "when regexp_matches(told, '[0-9].*[[:alpha:]]') then lower(trimmed(told)) "
        f"when strlen(replace(dialled(in_our_digits(told)), '+', '')) >= {_LEAST_DIGITS} "
        "then dialled(in_our_digits(told)) end"
    )
    warehouse.run(
        "create or replace temp macro hmac_sha256(message) as "
        "sha256(getvariable('outer_pad') || "
        "unhex(sha256(getvariable('inner_pad') || encode(message))))"
    )
    warehouse.run(
        "create or replace temp macro shortened(hash) as "
        "replace(replace(to_base64(unhex(left(hash, 18))), '+', '.'), '/', '_')"
    )
    warehouse.run(
        "create or replace temp macro pseudonym(kind, namespace, value) as "
        "shortened(hmac_sha256(concat_ws(chr(31), kind, namespace, value)))"
    )
    # 128 bits, short enough that most touches stay within one block of the hash.
    id_key = warehouse.value("select to_base64(unhex(left(hmac_sha256('touchpoint ids'), 32)))")
    warehouse.set_variable("id_key", id_key)
    warehouse.run(
        "create or replace temp macro short_id(told) as "
        "shortened(sha256(getvariable('id_key') || told))"
    )


def learn_pseudonyms(warehouse: Warehouse, relation: str, identifiers: list[str]) -> list[str]:
    """Make `pseudonyms` (kind, raw, namespace, pseudonym, normal) of a relation's identifiers.

    `normal` is the form of which the pseudonym is made. Gives the identifiers that any row tells:
    most files know a few of all that there are.
    """
    warehouse.run(
        "create or replace temp table pseudonyms (kind varchar, raw varchar, namespace varchar, "
        "pseudonym varchar, normal varchar)"
    )
    if not identifiers:
        return []
    listed = ", ".join(f"{name}::varchar as {name}" for name in identifiers)
    warehouse.run(
        f"create or replace temp table met_identifiers as select distinct {listed} from {relation}"
    )
    counts = ", ".join(f"count({name})" for name in identifiers)
    met = warehouse.rows(f"select {counts} from met_identifiers")[0]
    told = [name for name, count in zip(identifiers, met, strict=True) if count]
    for name in told:
        normal = _NORMAL_FORM.get(name, "trimmed({value})").format(value="raw")
        namespace, is_order = _NAMESPACE_OF[name], name == "order_id"
        warehouse.run(
            f"""
            insert into pseudonyms
            select '{name}', raw, {namespace}, pseudonym('{name}', {namespace}, {normal}), {normal}
            from (select distinct {name} as raw from met_identifiers)
            where not is_nobody({normal}) and {normal} not in ({_NO_ORDERS if is_order else "''"})
            """
        )
    warehouse.run("drop table met_identifiers")
    return told


def keep_identifiers(warehouse: Warehouse) -> None:
    """Add the kind and namespace of each pseudonym just learnt to scratch.identifiers.

    What the vault may keep of them is added to `vaulted`, if `begin_vaulted` has made it.
    """
    warehouse.run(
        "insert into scratch.identifiers "
        "select distinct pseudonym, kind, nullif(namespace, '') from pseudonyms"
    )
    if warehouse.value("select count(*) from duckdb_tables() where table_name = 'vaulted'"):
        warehouse.run(
            "insert into vaulted select distinct pseudonym, kind, normal from pseudonyms "
            f"where kind in ({', '.join(map(quoted_text, VAULTED_KINDS))})"
        )


def begin_vaulted(warehouse: Warehouse) -> None:
    """Make the temporary table `vaulted` (pseudonym, kind, identifier) of what is told raw tonight.

    It is no table of the scratch: what does not fit in memory is spilt enciphered.
    """
    warehouse.run(
        "create or replace temp table vaulted (pseudonym varchar, kind varchar, identifier varchar)"
    )
