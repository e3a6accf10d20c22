"""The command group; each command's module is imported only when that command is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from recsys import __version__
from recsys.core.errors import RecsysError

COMMANDS = {
    "init": ("init", "Look at a log, guess what its columns are, and write a config that runs."),
    "evaluate": ("evaluate", "Judge recommenders on later purchases, per customer segment."),
    "export": ("export", "Write the batch recommendations of a run, one file per segment."),
    "report": ("report", "Write the report of one or several runs again, without refitting."),
    "segment": ("segment", "Group the customers, and tell what the groups are."),
    "sensitivity": ("sensitivity", "Ask a run's question in other ways: does the choice stand?"),
    "verify": ("verify", "Run an evaluation again and compare: are its figures reproduced?"),
    "tune": ("tune", "Search better parameters on windows before the judged ones."),
    "recommenders": ("describe", "List every kind of recommender with its parameters."),
    "schema": ("describe", "Print the JSON schema of the config."),
    "simulate": ("simulate", "Write a log of a simulated shop, and the truth behind it."),
    "data": ("data", "Look at a log; fetch public logs and list what is known of them."),
    "completion": ("completion", "Print the script that completes recsys in a shell."),
}
MISTAKE, STOPPED = 2, 130  # exit codes


class Lazy(click.Group):
    """Knows its commands' names and sentences without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"recsys.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """A mistake the user can mend is one message and exit code 2, never a traceback; Ctrl-C is 130."""
        from recsys.cli.heard import unheard

        try:
            with unheard():
                return super().invoke(ctx)
        except RecsysError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(MISTAKE)
        except (KeyboardInterrupt, click.Abort):
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="recsys")
def main() -> None:
    """Which recommender should serve which customer segment, judged on later purchases.

    \b
    Examples:
      recsys evaluate --demo                      a simulated shop, judged
      recsys init your_log.csv                    look at a log, write its config
      recsys data inspect your_log.yaml           what an analyst looks at first
      recsys evaluate --config your_log.yaml      judge, and write the report
      recsys export runs/your_log-1a2b3c4d5e      lists for every segment

    \b
    Exit codes:
      0    done
      1    `recsys verify` found a difference; or a fault in recsys
      2    a mistake in the command, the config or the log: the message says
           what was found, what was expected, and what to do
      130  stopped by Ctrl-C; a stopped run goes on when started again
    """
