"""How Great Expectations writes its pages here: a value is text, whatever it holds."""

from __future__ import annotations

from html import escape
from typing import Any, cast

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import pass_context


class EscapedPageView(DefaultJinjaPageView):
    """Its own view writes a table's cells as they are, and a value of a hostile document would be markup."""

    @pass_context
    def render_content_block(self, jinja_context: Any, content_block: Any, *arguments: Any, **named: Any) -> Any:
        """The same, with plain strings escaped."""
        if isinstance(content_block, str):
            return escape(content_block, quote=False)
        if isinstance(content_block, list):
            blocks = cast(list[Any], content_block)
            content_block = [escape(b, quote=False) if isinstance(b, str) else b for b in blocks]
        return super().render_content_block(jinja_context, content_block, *arguments, **named)
