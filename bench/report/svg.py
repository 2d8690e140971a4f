"""Colours, frame and text of the plots of serving."""

from collections.abc import Iterable

# The colours of Okabe and Ito, which colour-blind readers can distinguish.
COLOURS = ("#d55e00", "#e69f00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9")
STYLE = """\
svg { color: #222; background: #fff; font: 13px system-ui, sans-serif }
.grid { stroke: #8884 } .axis { stroke: #888 } .goal { stroke: #888; stroke-dasharray: 5 4 }
text { fill: currentColor } .soft { fill: #777 } .title { font-weight: 600; font-size: 15px }
@media (prefers-color-scheme: dark) { svg { color: #eee; background: #16181c } .soft { fill: #aaa } }"""


def framed(title: str, width: int, height: int, body: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{STYLE}\n</style>\n" + "\n".join(body) + "\n</svg>\n"
    )


def written(text: str, x: float, y: float, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escaped(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
