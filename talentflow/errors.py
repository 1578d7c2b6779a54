"""Everything that Talentflow raises, in one tree.

TalentflowError
├── TransientError              time may mend it: flows retry
│   ├── ServiceUnavailable      a server that did not answer
│   ├── RateLimited             a server that asks to come back later
│   ├── StreamBroken            a language model's answer that ended before it was whole
│   ├── Busy                    someone else holds what is needed (another run, a lock)
│   └── WriteConflict           two writers met on one table
└── TerminalError               someone must act: the message says who does what
    ├── MissingExtra            an optional dependency is not installed
    ├── MissingTool             a program of the system is not installed
    ├── BadSettings             a setting cannot be used
    ├── StorageFull             the disk is full
    ├── IncompatibleSchema      messages would not fit what readers of the topic know
    ├── QualityGateFailed       a critical expectation or the threshold of `ok` documents failed
    ├── UnsupportedCapability   the chosen adapter cannot do this
    ├── QuotaExhausted          a paid or daily allowance is used up
    ├── ContextOverflow         more text than a language model can read at once
    ├── UnusableAnswer          a language model's answer that is empty, or not of the shape that was asked for
    ├── BadInput                what the user gave cannot be used as a whole
    └── DocumentError           one document cannot be used; it goes to quarantine with its `code`
        ├── EmptyDocument       nothing in it
        ├── UnknownFormat       no reader for these bytes
        ├── CorruptDocument     the bytes are damaged or not what their name says
        ├── EncryptedDocument   a password protects it
        ├── ScannedDocument     pages are pictures: no text to read
        ├── DocumentTooLarge    over a limit on bytes, pages, characters or expansion
        ├── DocumentTimeout     reading took longer than the limit
        ├── DocumentCrash       reading killed its process
        ├── UnreadableSource    a file or folder that cannot be opened
        ├── NotFound            a web address with nothing behind it (404, 410)
        ├── AddressRefused      a web address that must not be fetched: a private host, another scheme
        ├── UnexpectedAnswer    a server's answer in a shape that cannot be read
        └── NoRecord            text, but nothing a record can be made of

A message has three parts: what happened, to which thing, what to do.
"""

from __future__ import annotations


class TalentflowError(Exception):
    """Root of the tree."""


class TransientError(TalentflowError):
    """Time may mend it: flows retry."""


class ServiceUnavailable(TransientError):
    """A server that did not answer."""


class RateLimited(TransientError):
    """A server that asks to come back later."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
        """Until it may be asked again."""


class StreamBroken(TransientError):
    """A language model's answer that ended before it was whole."""


class Busy(TransientError):
    """Someone else holds what is needed."""


class WriteConflict(TransientError):
    """Two writers met on one table."""


class TerminalError(TalentflowError):
    """Someone must act: the message says who does what."""


class MissingExtra(TerminalError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: run  uv pip install 'talentflow[{extra}]'")


class MissingTool(TerminalError):
    """A program of the system is not installed."""


class BadSettings(TerminalError):
    """A setting cannot be used."""


class StorageFull(TerminalError):
    """The disk is full."""


class IncompatibleSchema(TerminalError):
    """Messages would not fit what readers of the topic know."""


class QualityGateFailed(TerminalError):
    """A critical expectation or the threshold of `ok` documents failed."""


class UnsupportedCapability(TerminalError):
    """The chosen adapter cannot do this."""


class QuotaExhausted(TerminalError):
    """A paid or daily allowance is used up."""


class ContextOverflow(TerminalError):
    """More text than a language model can read at once."""


class UnusableAnswer(TerminalError):
    """A language model's answer that is empty, or not of the shape that was asked for."""

    spent: int = 0
    """Tokens of the attempts."""


class BadInput(TerminalError):
    """What the user gave cannot be used as a whole."""


class DocumentError(TerminalError):
    """One document cannot be used; it goes to quarantine with this `code`."""

    code: str = "document_error"


class EmptyDocument(DocumentError):
    """Nothing in it."""

    code = "empty_document"


class UnknownFormat(DocumentError):
    """No reader for these bytes."""

    code = "unknown_format"


class CorruptDocument(DocumentError):
    """The bytes are damaged or not what their name says."""

    code = "corrupt_document"


class EncryptedDocument(DocumentError):
    """A password protects it."""

    code = "encrypted_document"


class ScannedDocument(DocumentError):
    """Pages are pictures: no text to read."""

    code = "scanned_document"


class DocumentTooLarge(DocumentError):
    """Over a limit on bytes, pages, characters or expansion."""

    code = "document_too_large"


class DocumentTimeout(DocumentError):
    """Reading took longer than the limit."""

    code = "document_timeout"


class DocumentCrash(DocumentError):
    """Reading killed its process."""

    code = "document_crash"


class UnreadableSource(DocumentError):
    """A file or folder that cannot be opened."""

    code = "unreadable_source"


class NotFound(DocumentError):
    """A web address with nothing behind it (404, 410)."""

    code = "not_found"


class AddressRefused(DocumentError):
    """A web address that must not be fetched: a private host, another scheme."""

    code = "address_refused"


class UnexpectedAnswer(DocumentError):
    """A server's answer in a shape that cannot be read."""

    code = "unexpected_answer"


class NoRecord(DocumentError):
    """Text, but nothing a record can be made of."""

    code = "no_record"
