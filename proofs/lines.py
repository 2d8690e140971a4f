"""The line that is printed about each attack and each test."""


def said(held: bool, what: str, figures: str) -> bool:  # noqa: FBT001  # it is read as the first word of the line
    """Print the line, and return whether the service held."""
    print(f"{'held' if held else 'FELL':5} {what:70} {figures}".rstrip(), flush=True)
    return held
