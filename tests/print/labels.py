"""Whether every text of an SVG is among the words of a PDF: labels.py FIGURE.svg WORDS, both without spaces."""

import re
import sys
from xml.etree import ElementTree

svg, words = sys.argv[1], open(sys.argv[2], encoding="utf-8").read()
missing = []
for text in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text"):
    label = re.sub(r"\s", "", "".join(text.itertext()))
    if label and label not in words:
        missing.append(label)
if missing:
    sys.exit(f"{svg}: not found: {missing}")
