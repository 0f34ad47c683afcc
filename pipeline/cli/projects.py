"""Commands that make a project: an empty one, or an invented shop."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.command import command


@command
def init(directory: Annotated[Path, typer.Argument(metavar="[DIR]")] = Path()) -> None:
    """Write a commented recorrido.toml, a key, and the landing folders; overwrite nothing."""
    from pipeline.init import init_project

    for line in init_project(directory):
        typer.echo(line)


@command
def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR")],
    customers: Annotated[int, typer.Option("--customers", min=1, help="How many people.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same files.")] = 20261101,
) -> None:
    """Invent a flower shop's logs in vendors' own formats, with the truth beside them."""
    from pipeline.sample import write_sample

    told = write_sample(directory, customers=customers, seed=seed)
    typer.echo(
        f"{told.people} people, {told.touches} touches, {told.files} files, "
        f"{told.bytes / 1e6:.1f} MB in {directory}"
    )
    typer.echo(f"next: recorrido run --config {directory / 'recorrido.toml'}")
