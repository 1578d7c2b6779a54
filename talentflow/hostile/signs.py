"""Signs that stand for themselves: the commonest order on letters alone, and the marks that models' prompts are made of."""

from __future__ import annotations

import re

SQUEEZED = re.compile(
    r"(?:ignore[rz]?|disregard|forget|oublie[rz]?|discard|dismiss)"
    r"(?:all|any|every|the|of|your|my|these|those|other|about|tout(?:es)?|les|tes|vos|des|ces|de|it|and){0,5}"
    r"(?:previous(?:ly)?|prior|above|preceding|earlier|former|original|initial|system|precedent(?:e?s)?|anterieure?s)"
    r"(?:given|system|ai|and|or){0,2}"
    r"(?:instruction|prompt|direction|directive|guid(?:eline|ance)|rule|consigne|command|message|criteria|regle"
    r"|evaluation|context|ordre)"
    r"|(?:ignore[rz]?|oublie[rz]?|disregard|forget)(?:all|any|every|the|of|your|my|these|those"
    r"|tout(?:e?s)?|les|tes|vos|ces){0,4}"
    r"(?:instruction|prompt|guideline|rule|consigne|directive|regle|critere|criteria|everything|evaluation)s?"
    r"(?:above|before(?!you)|givento|youwere|youhavebeen|thatcamebefore|sofar|precedent|anterieur|cidessus"
    r"|systeme|recues|initial|quiprecede)"
    r"|(?:ignore|disregard|forget)(?:what(?:ever)?|everything|all|anything)(?:that)?you(?:were|have|ve)(?:been)?"
    r"(?:told|instructed|given|programmed)(?!about|of)"
    r"|(?:override|bypass|nepastenircomptede|netenezpascomptede|netienspascomptede|faisabstractionde|faitesabstractionde)"
    r"(?:all|any|the|your|my|tout(?:es)?|les|tes|vos|s)*(?:previous|prior|system|your|instruction|consigne|directive)s?"
    r"(?:instruction|prompt|guideline|precedent|cidessus|systeme|anterieur)"
)
"""Read on letters alone: spaces, dots, dashes and line ends between them hide nothing."""
LEET = re.compile(SQUEEZED.pattern.replace("l", "i"))
"""The same where a one may stand for either letter: it is read on letters with `l` as `i`."""
MARKERS = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end)\|>"
    r"|\[/?INST\]|<</?SYS>>|</?(?:cv|resume|candidate|sources?|system|instructions?|prompt|assistant"
    r"|user_?input|tool_call)\s?/?>"
    r"|^[ \t]*#{2,4}[ \t]*(?:instructions?|system|response|human|assistant)[ \t]*:|\bBEGIN"
    r" (?:SYSTEM )?PROMPT\b|\bEND OF (?:CV|RESUME|PROMPT|DOCUMENT)\b[^\n]{0,10}(?=[^\n]*(?:system"
    r"|instruction|assistant))",
    re.IGNORECASE | re.MULTILINE,
)
"""Tokens of models' chat templates, and tags that end or begin what a prompt may wrap a document in."""
