"""What msgspec says of a JSON body that does not fit, in words for a client's developer."""

import re

PROBLEM = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?", re.DOTALL)
WRONG_TYPE = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<given>[^`]+)`")
OUT_OF_BOUNDS = re.compile(r"Expected `\w+` (?P<bound>[<>]=) (?P<limit>-?\d+)")
OF_MEMBER = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)

TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
}
BOUNDS = {"<=": "at most", ">=": "at least"}
TIME = "a time with its offset from UTC, such as 2027-01-31T12:00:00Z"


def in_plain_words(problem: str) -> str:
    """The text of a ``msgspec.ValidationError``, which names Python's types and a path, as the end of a sentence."""
    found = PROBLEM.fullmatch(problem)
    assert found is not None  # it matches every text
    what, where = found["what"], found["where"] or "the whole body"
    if of_type := WRONG_TYPE.fullmatch(what):
        wanted = " or ".join(_named(each) for each in of_type["wanted"].split(" | "))
        return f"{where} must be {wanted}, and is {_named(of_type['given'])}"
    if of_bound := OUT_OF_BOUNDS.fullmatch(what):
        return f"{where} must be {BOUNDS[of_bound['bound']]} {of_bound['limit']}"
    if of_member := OF_MEMBER.fullmatch(what):
        how = "lacks the member" if of_member["how"].startswith("missing") else "has the unknown member"
        return f"{found['where'] or 'it'} {how} {of_member['name']}"
    if "datetime" in what:
        return f"{where} must be {TIME}"
    return f"{where} has a value that cannot be used"


def _named(type_: str) -> str:
    return TYPES.get(type_, type_)
