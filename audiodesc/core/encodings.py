"""Names of text encodings."""

import codecs

NOT_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
"""Python's encodings of something else than documents."""


def is_encoding(name: str) -> bool:
    """Whether Python can read text in an encoding of this name."""
    try:
        found = codecs.lookup(name).name.replace("-", "_")
        return found not in NOT_TEXT and isinstance(b"a".decode(found), str)
    except (LookupError, ValueError):  # LookupError too for those between bytes and bytes
        return False
