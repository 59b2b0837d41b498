"""The command line: a dict of plain functions; the signature of a function is its options.

A user's mistake and Ctrl-C end with exit code 2 and one sentence. Heavy libraries are
imported inside the commands, so that `emostyle --help` is quick.
"""

import errno
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, get_args, get_origin

from jsonargparse import ActionConfigFile, ArgumentError, ArgumentParser, Namespace

from emostyle.errors import EmoStyleError
from emostyle.weights import commands as weights

STOPPED = 2
NOT_OPTIONS = {"audio", "waveform", "sample_rate_hz"}
"""Fields of `EditRequest` that a command line gives in another way, or cannot give."""
Function = Callable[..., int | None]


def edit(
    sounds: list[str],
    wishes: dict[str, Any],
    audio: list[str] = [],  # noqa: B006
    settings: dict[str, Any] = {},  # noqa: B006
    out: Path | None = None,
    gif: bool = False,
) -> None:
    """Edit pictures with sounds; each of several sounds gets its own folder.

    Args:
        sounds: sound files (wav, flac, ogg, mp3, ...); with none, words or music guide alone.
        wishes: the fields of `EditRequest` shared by all sounds.
        audio: the same as AUDIO, as a config file names it.
        settings: single settings that differ from the preset, such as --settings.views 4.
        out: folder of the results (default: runs/<name of the sound>).
        gif: also write an animated GIF.
    """
    from emostyle.manipulate.console import edit_sounds

    edit_sounds([Path(name) for name in sounds or audio], wishes, settings, out, gif)


def demo(
    out: Path = Path("runs/demo"), steps: int = 50, seed: int = 20, stack: str = "world"
) -> None:
    """Edit eight pictures with eight sounds in about a minute and say where they are.

    Args:
        out: folder of the results.
        steps: optimisation steps per edit.
        seed: seed of the first starting picture.
        stack: the set of networks.
    """
    from emostyle.demo import run_demo

    run_demo(out, steps, seed, stack)


def esc10(
    root: Path,
    folds: list[int] = [4],  # noqa: B006
    encoder: str = "audio_encoder_world",
    clip: str = "clip_world",
    record: bool = False,
) -> None:
    """Zero-shot accuracy of an audio encoder on the recordings of ESC-10.

    Args:
        root: folder of ESC-10 (or of ESC-50 with its audio).
        folds: official folds to measure.
        encoder: name or file of audio encoder weights.
        clip: name or file of the CLIP weights the encoder was trained with.
        record: append the figure to benchmarks/results.
    """
    from emostyle.evaluate.esc10 import evaluate_esc10

    evaluate_esc10(root, tuple(folds), encoder, clip, record=record)


def convert(
    file: Path,
    out: Path | None = None,
    class_index: int | None = None,
    family: str | None = None,
) -> None:
    """Turn a published checkpoint into a safetensors file that the stacks load.

    The format and the network are recognised by content. The file is written in one step, read
    back, and a picture (generators) or a few numbers (encoders) show that it works.

    Args:
        file: the checkpoint or its name in `emostyle weights list`; nothing in it is executed.
        out: the file to write (default: beside FILE, ending in .safetensors).
        class_index: what a generator of classes draws.
        family: which network, for a file that holds several.
    """
    from emostyle.convert.file import convert_file, source_of

    source, entry = source_of(file)
    print(convert_file(source, out, class_index, family, entry=entry).report())


COMMANDS: dict[str, Function | dict[str, Function]] = {
    "edit": edit,
    "demo": demo,
    "evaluate": {"esc10": esc10},
    "weights": {
        "list": weights.list_weights,
        "info": weights.show_info,
        "fetch": weights.fetch_files,
        "verify": weights.verify_files,
        "convert": convert,
        "path": weights.print_path,
    },
}
GROUPS = {"evaluate": "Measure.", "weights": "The networks: bundled and published."}
WORDS = {"name", "names", "file"}
"""Arguments that are given as words of the line, not as options."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Args:
        argv: words after the program's name; None takes them from the process.
    """
    words = list(sys.argv[1:] if argv is None else argv)

    def command() -> None:
        function, arguments = _parse(words)
        function(**arguments)

    return run_command(command)


def run_command(command: Callable[[], None]) -> int:
    """Run a command and turn what a user can mend into one sentence and an exit code.

    Args:
        command: what to do.

    Returns:
        0; 2 for a mistake, a full disk or Ctrl-C.
    """
    try:
        command()
    except ArgumentError as error:
        return _fail(plain_sentence(str(error)))
    except EmoStyleError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("Stopped by Ctrl-C; what was finished stays.")
    except OSError as error:
        return _fail(os_sentence(error))
    return 0


def _fail(sentence: str) -> int:
    """One line on stderr."""
    print(f"emostyle: {' '.join(sentence.split())}", file=sys.stderr)
    return STOPPED


def os_sentence(error: OSError) -> str:
    """What the operating system refused, in one sentence that names the option to change."""
    place = f" '{error.filename}'" if error.filename else " the results"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so{place} could not be written; free space or change --out."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"No permission for{place}; choose another file or another --out."
    return f"The system refused{place} ({error.strerror or error}); check the path and --out."


def plain_sentence(message: str) -> str:
    """A parser's message as one sentence in the words of the command line."""
    text = " ".join(message.split())
    text = re.sub(r"^Parser key \"([\w.]+)\": ", r"--\1: ", text)
    text = re.sub(r"<class '([\w.]+)'>", r"\1", text)
    text = re.sub(r"typing\.Literal\[(.*?)\]", lambda m: "one of " + m[1].replace("'", ""), text)
    text = re.sub(r"(arguments are required: )[\w.]*\.", r"\1", text)
    text = re.sub(r"Expected an? ", "expected ", text).replace(". Got value: ", ", got ")
    known = re.search(r"to be one of \{(.*?)\}|invalid choice: '(.*?)' \(choose from (.*?)\)", text)
    if known:
        came = f"Unknown command '{known[2]}'" if known[2] else "No command came"
        names = re.findall(r"[\w-]+|\.{3}", known[1] or known[3])
        return f"{came}; choose one of {', '.join(names)} (see --help)."
    return f"{text.rstrip('.')} (see --help)."


def _parse(words: list[str]) -> tuple[Function, dict[str, Any]]:
    """The function that a command line names, and its arguments."""
    parser = ArgumentParser(
        prog="emostyle",
        exit_on_error=False,
        description="A sound, with its words and its mood, changes a picture.",
    )
    parser.add_argument("--version", action="version", version=_version())
    functions: dict[str, Function] = {}
    _add_commands(parser, COMMANDS, words, functions)
    values: Namespace = parser.parse_args(words)
    path = ""
    while values.get("command"):
        path, values = f"{path} {values.command}", values[values.command]
    function = functions[path.strip()]
    arguments = {k: v for k, v in vars(values).items() if k not in ("config", "command")}
    return function, _gather_wishes(arguments) if function is edit else arguments


def _add_commands(
    parser: ArgumentParser,
    commands: Mapping[str, Any],
    words: list[str],
    functions: dict[str, Function],
    path: str = "",
) -> None:
    """Add sub-commands; only those that `words` names get their options (and their imports)."""
    subcommands = parser.add_subcommands(dest="command", title="commands", help="")
    for name, command in commands.items():
        called, full = bool(words) and words[0] == name, f"{path} {name}".strip()
        group = isinstance(command, Mapping)
        help_line = GROUPS[name] if group else (inspect.getdoc(command) or "").split("\n\n")[0]
        child = ArgumentParser(exit_on_error=False, description=help_line)
        subcommands.add_subcommand(name, child, help=help_line)
        if group:
            _add_commands(child, command, words[1:] if called else [], functions, full)
            continue
        functions[full] = command
        if called:
            _add_options(child, command)


def _add_options(parser: ArgumentParser, function: Function) -> None:
    """Turn a signature into options; an option that is a list takes several words."""
    parser.add_argument("--config", action=ActionConfigFile, help="a YAML file of these options")
    parameters = inspect.signature(function).parameters
    lists = {name: p for name, p in parameters.items() if get_origin(p.annotation) is list}
    switches = [name for name, p in parameters.items() if p.default is False]
    words = [name for name in parameters if name in WORDS]
    skip: set[str | int] = {*lists, *switches, *words}
    if function is edit:
        from emostyle.manipulate.request import EditRequest

        parser.add_argument("sounds", nargs="*", metavar="AUDIO", help="sound files")
        parser.add_class_arguments(EditRequest, skip=NOT_OPTIONS)
        skip |= {"wishes"}
    parser.add_function_arguments(function, skip=skip, as_positional=False)
    helps = _argument_helps(function)
    for name in words:
        needed = parameters[name].default is inspect.Parameter.empty
        more = {} if needed else {"nargs": "?", "default": parameters[name].default}
        kind = parameters[name].annotation
        if name in lists:
            kind, more = get_args(kind)[0], {"nargs": "+"}
        parser.add_argument(name, metavar=name.upper(), type=kind, help=helps[name], **more)
    for name, parameter in lists.items():
        if name not in ("sounds", *words):
            kind, default = get_args(parameter.annotation)[0], list(parameter.default)
            line = helps[name]
            parser.add_argument(f"--{name}", nargs="+", type=kind, default=default, help=line)
    for name in switches:
        parser.add_argument(f"--{name}", action="store_true", help=helps[name])


def _argument_helps(function: Function) -> dict[str, str]:
    """What the docstring says of each argument."""
    text = (inspect.getdoc(function) or "").partition("Args:")[2]
    lines = re.findall(r"^\s+(\w+): (.*(?:\n\s{8,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(line.split()) for name, line in lines}


def _gather_wishes(arguments: dict[str, Any]) -> dict[str, Any]:
    """Move what are fields of `EditRequest` among parsed arguments under `wishes`."""
    own = inspect.signature(edit).parameters
    wishes = {name: arguments.pop(name) for name in list(arguments) if name not in own}
    return {**arguments, "wishes": wishes}


def _version() -> str:
    """`emostyle <version>`."""
    try:
        return f"emostyle {metadata.version('emostyle')}"
    except metadata.PackageNotFoundError:
        return "emostyle (not installed)"


if __name__ == "__main__":
    sys.exit(main())
