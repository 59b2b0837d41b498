"""`emostyle weights`: what is there, what is here, fetch it, check it.

Only `fetch` loads more than the registry and the pins.
"""

from emostyle.errors import WeightsError
from emostyle.weights.pins import hold_entry, read_receipt, sha256
from emostyle.weights.registry import NOT_PUBLISHED, Entry, entries, get


def list_weights() -> None:
    """Names, slots, sizes and licences of all weights, and which of them are here."""
    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    table = Table(box=None, header_style="dim")
    for column in ("name", "slot", "size", "here", "licence"):
        table.add_column(column, no_wrap=column != "licence")
    for entry in entries():
        size = decimal(entry.size_bytes) if entry.size_bytes else NOT_PUBLISHED
        here = "no" if entry.state == "missing" else entry.state
        table.add_row(entry.name, entry.slot, size, here, entry.licence or NOT_PUBLISHED)
    Console().print(table)


def show_info(name: str) -> None:
    """Say all that is known of a file of weights.

    Args:
        name: a name of `emostyle weights list`, or the published file's own name.
    """
    for key, value in facts_of(get(name)).items():
        print(f"{key:<12}{value}")


def facts_of(entry: Entry) -> dict[str, str]:
    """The facts of an entry in the words of the screen; what is unknown says so."""
    kind = " (of third-party copies, not stated by the publisher)" if entry.mirror else ""
    digest, receipt = f"{entry.sha256}{kind}" if entry.sha256 else None, read_receipt(entry.path)
    pinned = f"{receipt.sha256} (pinned here)" if receipt else None
    facts = {
        "name": entry.name,
        "slot": entry.slot,
        "good for": entry.use,
        "licence": entry.licence,
        "trained on": entry.trained_on,
        "size": entry.size_bytes and entry.size,
        "sha256": digest or pinned,
        "file": entry.file,
        "url": None if entry.bundled else entry.url,
        "page": entry.page,
        "note": entry.note,
        "path": str(entry.path),
        "here": entry.state,
    }
    optional = {"note", "page"} | ({"url"} if entry.bundled else set())
    shown = {k: v or NOT_PUBLISHED for k, v in facts.items() if v or k not in optional}
    copies = {f"copy {i}": f"{h}, {n:,} bytes" for i, (h, n) in enumerate(entry.copies.items(), 1)}
    return shown | copies


def fetch_files(names: list[str]) -> None:
    """Download published files into the cache, verify them and print their paths.

    A download that was cut goes on where it stopped. EMOSTYLE_CACHE moves the cache,
    EMOSTYLE_OFFLINE=1 forbids the network.

    Args:
        names: names of `emostyle weights list`.
    """
    for entry in [get(name) for name in names]:
        fetch_entry(entry)


def fetch_entry(entry: Entry) -> None:
    """Download one file, its licence shown first, and print its path.

    Raises:
        WeightsError: it has no address, or the download failed.
    """
    if entry.path.exists():
        if not entry.bundled:
            hold_entry(entry)
        print(entry.path)
        return
    from rich.console import Console

    from emostyle.weights.download import fetch
    from emostyle.weights.transfer import Remote

    if entry.url is None:
        raise WeightsError(
            f"'{entry.name}' has no address that a program can fetch; get it from {entry.page} "
            f"and put it at '{entry.path}'."
        )
    if read_receipt(entry.path) is None:
        keys = ("name", "good for", "licence", "trained on", "size", "sha256", "url", "note")
        facts = facts_of(entry)
        lines = [f"{key:<12}{facts[key]}" for key in keys if key in facts]
        Console(stderr=True).print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    print(fetch(Remote(entry.url, entry.file, entry.sha256, entry.size_bytes)))


def verify_files(name: str | None = None) -> None:
    """Hash the files that are here and compare with the published or pinned SHA-256.

    A file whose publisher states no hash is pinned by the first time it is verified.

    Args:
        name: check this file alone; without it, all that are here.
    """
    chosen = [get(name)] if name else [entry for entry in entries() if entry.path.exists()]
    wrong = [result for result in map(verdict, chosen) if result]
    if wrong:
        raise WeightsError(
            f"{len(wrong)} of {len(chosen)} files are not what they should be: {'; '.join(wrong)}."
        )


def verdict(entry: Entry) -> str:
    """Check one file and print the outcome.

    Returns:
        What is wrong with it, empty if nothing is.

    Raises:
        WeightsError: it is not here.
    """
    if not entry.path.exists():
        raise WeightsError(
            f"'{entry.name}' is not here, so there is nothing to verify; `emostyle weights fetch "
            f"{entry.name}` puts it at '{entry.path}'."
        )
    pinned = read_receipt(entry.path) is not None
    try:
        found = sha256(entry.path) if entry.bundled else hold_entry(entry, anew=True)
    except WeightsError as error:
        print(f"{entry.name}: WRONG")
        return str(error).rstrip(".")
    if entry.bundled and found != entry.sha256:
        print(f"{entry.name}: WRONG")
        return (
            f"'{entry.path}' has SHA-256 {found}, but {entry.sha256} was expected, install the "
            "package again"
        )
    if found in (entry.sha256, *entry.copies):
        kind = "copies'" if entry.mirror else "published"
        print(f"{entry.name}: ok, the {kind} hash")
    elif pinned:
        print(f"{entry.name}: ok, the pinned hash")
    else:
        why = "none of the copies that are known" if entry.mirror else "no hash is published"
        print(f"{entry.name}: {why}; pinned as it is now, {found}")
    return ""


def print_path(name: str) -> None:
    """Print the path of a file of weights and nothing else.

    Args:
        name: a name of `emostyle weights list`.
    """
    entry = get(name)
    if not entry.path.exists():
        raise WeightsError(
            f"'{entry.name}' is not here; `emostyle weights fetch {entry.name}` puts it at "
            f"'{entry.path}'."
        )
    print(entry.path)
