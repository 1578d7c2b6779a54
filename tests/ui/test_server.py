"""What the server does apart from its pages."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from talentflow.errors import BadInput, DocumentTooLarge, EmptyDocument
from talentflow.settings import Settings


def test_an_address_in_use_is_named_with_what_to_do(tmp_path: Path) -> None:
    from gradio_ui.app import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=rf"127\.0\.0\.1:{port} .*--port"):
            serve(Settings(home=tmp_path), host="127.0.0.1", port=port)


def test_what_is_too_large_or_empty_is_refused_before_it_is_read(tmp_path: Path) -> None:
    from gradio_ui.services import Services

    with Services(Settings(home=tmp_path, max_document_bytes=2**20)) as services:
        with pytest.raises(DocumentTooLarge, match=r"cv\.pdf is larger than 1 MB: send a smaller file"):
            services.read("cv.pdf", b"x" * (2**20 + 1), "cv")
        with pytest.raises(EmptyDocument, match=r"cv\.txt is empty"):
            services.read("cv.txt", b" \n", "cv")


def test_policies_allow_no_other_host() -> None:
    from gradio_ui.docs import policy_of
    from gradio_ui.headers import _POLICY  # pyright: ignore[reportPrivateUsage]

    assert "script-src 'self';" in str(policy_of("/data-docs/index.html")), "a script there is a file of ours, none is in a page"
    assert policy_of("/") is None
    for policy in (_POLICY, str(policy_of("/data-docs/index.html"))):
        assert "default-src" in policy
        assert "http" not in policy
        assert "*" not in policy
