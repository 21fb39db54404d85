import pytest

from lib.markdown import render_markdown


def test_markdown_becomes_html_with_headings_below_the_pages_own():
    html = render_markdown("# Rules\n\n- **one**\n- [two](https://example.org)\n\n|a|b|\n|-|-|\n|1|2|")

    assert "<h2>Rules</h2>" in html
    assert "<strong>one</strong>" in html
    assert '<a href="https://example.org" rel="noopener nofollow">two</a>' in html
    assert "<td>1</td>" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://example.org/pixel.png)",
        '<a href="https://example.org" style="position:fixed">x</a>',
        "<style>body{display:none}</style>",
    ],
)
def test_nothing_that_runs_loads_or_covers_gets_through(text):
    html = render_markdown(text)

    for bad in ("<script", "<img", 'href="javascript', 'href="data', "<style", '<a href="https://example.org" style'):
        assert bad not in html
