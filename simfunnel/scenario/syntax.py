"""Where does a text stop being YAML, and what is its author told?

The parser stops where it can go on no longer. The fault is often on a line before: at the bracket or quote that was
never closed, at the key without a colon, at the value under which a line is indented.
"""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

__all__ = ["locate"]

_CLOSING = {"mapping": "}", "sequence": "]"}


def locate(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line on which the fault begins, counted from 1 (0 where nobody knows), and what is wrong there in words."""
    noticed, begun = (
        0 if mark is None else mark.line + 1 for mark in (error.problem_mark or error.context_mark, error.context_mark)
    )
    problem, context = str(error.problem or error.context or "unreadable"), str(error.context)
    if flow := re.search(r"flow (mapping|sequence)", context):
        return _unclosed(_CLOSING[flow[1]], begun, noticed)
    if "quoted scalar" in context and "end of" in problem:
        return begun, "the quote that opens here is never closed"
    if "expected ':'" in problem:
        return begun or noticed, "this line has no colon; write `key: value`"
    if "mapping values are not allowed" in problem:
        column = 0 if error.problem_mark is None else error.problem_mark.column
        return _colon(text.split("\n"), noticed, column)
    return noticed, _one_line(problem)


def _unclosed(closing: str, begun: int, noticed: int) -> tuple[int, str]:
    opening = "{" if closing == "}" else "["
    if noticed <= begun:
        return begun, f"a comma, or the {closing} that closes, is missing"
    return begun, f"the {opening} that opens here is never closed, or lacks a comma (noticed on line {noticed})"


def _colon(lines: list[str], noticed: int, column: int) -> tuple[int, str]:
    """A colon where none can be: the second of its line, or the first of a line that goes on from the one before."""
    here = lines[noticed - 1][:column] if 0 < noticed <= len(lines) else ""
    before = next((at for at in range(noticed - 1, 0, -1) if lines[at - 1].partition("#")[0].strip()), 0)
    if re.search(r":(\s|$)", here) or not before:
        return noticed, "a second colon in one line; put text with a colon in quotes"
    if not re.search(r":(\s|$)", lines[before - 1].partition(" #")[0]):
        return before, f"this line has no colon; write `key: value` (noticed on line {noticed})"
    said = f"this line has a value already, and line {noticed} stands below it, indented, as if it were one more"
    return before, f"{said}; put them at the same indent, or take the value away"


def _one_line(problem: str) -> str:
    if "\\t" in problem:
        return "a tab where spaces are needed; indent with spaces"
    if sign := re.search(r"found character '(.)' that cannot start", problem):
        return f"a value cannot begin with {sign[1]}; put it in quotes"
    if extra := re.search(r"expected <block end>, but found '([\]}])'", problem):
        return f"a {extra[1]} that nothing opens"
    if "but found '<scalar>'" in problem:
        return "text after a closing quote or bracket; put the whole value in one pair of quotes"
    if "expected <block end>" in problem:
        return "a wrong indent; begin this line where the keys that it belongs to begin"
    return problem
