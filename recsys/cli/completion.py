"""`recsys completion`: the script that teaches a shell what Tab may offer."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes recsys in SHELL: commands, options, kinds, keys for --set, run folders.

    For good, add one of the first two lines to ~/.bashrc or ~/.zshrc (after compinit).

    \b
    Examples:
      eval "$(recsys completion bash)"
      eval "$(recsys completion zsh)"
      recsys completion fish > ~/.config/fish/completions/recsys.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(ctx.find_root().command, {}, "recsys", "_RECSYS_COMPLETE").source())
