"""What the scripts that make pages of figures share: the template's rules, tables, arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from inference.catalogue import Catalogue

DOCS = Path(__file__).parent


def render_page(template: str, **values: object) -> str:
    """A page of Markdown; nothing is escaped, and a name the template wants must be there."""
    environment = Environment(
        loader=FileSystemLoader(DOCS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (Markdown; text by others goes through `escape_markdown`)
    )
    environment.globals["table"] = format_table
    return environment.get_template(template).render(**values)


def format_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def rank_model(name: str) -> tuple[bool, str]:
    """The order of models on a page: the default one first, then by name."""
    return name != Catalogue.load().get("default").name, name


def run_script(main: Callable[[Path, Path], None], description: str | None, name: str) -> None:
    """Call `main` with the folder of runs and the page to write, by default docs/NAME, NAME.md."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path, nargs="?", default=DOCS / name)
    parser.add_argument("target", type=Path, nargs="?", default=DOCS / f"{name}.md")
    options = parser.parse_args()
    main(options.folder, options.target)
