"""Makes the fonts of assets/fonts: make.py FOLDER Inter-Regular.otf Inter-SemiBold.otf DejaVuSans.ttf

Inter gets quadratic outlines (a figure's SVG brings a font cut to its letters; cut from cubic outlines it would still carry the
names of all glyphs). Of DejaVu Sans the symbols stay: mathematics, arrows, letter-like signs, which Inter does not have.
Needs fonttools."""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

SYMBOLS = "U+2000-2BFF,U+27C0-27EF,U+2980-2AFF,U+1D400-1D7FF,U+FFFD"


def quadratic(source, target):
    font = TTFont(source, recalcTimestamp=False)
    order, shapes, glyphs = font.getGlyphOrder(), font.getGlyphSet(), {}
    for name in order:
        pen = TTGlyphPen(shapes)
        shapes[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    del font["CFF "]
    table.compile(font)
    most = font["maxp"]
    most.tableVersion = 0x00010000
    for name in ["TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements", "SizeOfInstructions"]:
        setattr(most, f"max{name}", 0)
    most.maxZones, most.maxComponentElements = 1, 0
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 3.0, [], {}
    font.sfntVersion = "\000\001\000\000"
    font["head"].glyphDataFormat = 0
    for name in order:
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(table[name], "xMin", 0))
    font.save(target)


def symbols(source, target):
    subset.main([
        str(source), f"--output-file={target}", f"--unicodes={SYMBOLS}", "--layout-features=", "--no-hinting",
        "--drop-tables+=GSUB,GPOS,GDEF,kern,FFTM,JSTF",
    ])  # fmt: skip


def main():
    folder, regular, bold, dejavu = map(Path, sys.argv[1:5])
    for source in [regular, bold]:
        quadratic(source, folder / source.with_suffix(".ttf").name)
    symbols(dejavu, folder / "DejaVuSans-Symbols.ttf")


if __name__ == "__main__":
    main()
