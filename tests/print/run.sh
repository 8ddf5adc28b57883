#!/usr/bin/env bash
# What is exported, as others read it: every PDF with its fonts embedded and every label found in it, every SVG as valid XML
# that Chromium draws as the program does, every LaTeX table compiled with and without siunitx, the report in Chromium
# without a message and without a fault of accessibility.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$PWD/target/release/polarscope
checks=$PWD/tests/print

if ! command -v pdffonts xmllint pdflatex chromium compare node >/dev/null || ! kpsewhich siunitx.sty >/dev/null; then
    node=()
    command -v node npm >/dev/null || node=(nodejs npm) # a Node.js of another source is in the way of Debian's
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends poppler-utils libxml2-utils imagemagick chromium "${node[@]}" \
        texlive-latex-base texlive-latex-recommended texlive-science >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for what in assets/demo.polar published; do
    "$program" export "$what" --all --out "$work/$(basename "$what" .polar)" --width 89 --dpi 192
done

fail() { echo "$1"; exit 1; }

for pdf in "$work"/*/figures/*.pdf; do
    pdffonts "$pdf" | tail -n +3 | awk '{ if ($(NF-4) != "yes" || $(NF-3) != "yes") exit 1 }' || fail "$pdf: a font is not embedded and cut"
    pdftotext "$pdf" "$work/words"
    tr -d ' \n' <"$work/words" >"$work/found"
    xmllint --noout "${pdf%.pdf}.svg" || fail "${pdf%.pdf}.svg is not valid"
    python3 "$checks/labels.py" "${pdf%.pdf}.svg" "$work/found" || fail "$pdf: a label is not found"
    width=$(pdfinfo "$pdf" | awk '/Page size/ { print $3 }')
    awk -v w="$width" 'BEGIN { exit !(w > 252.283 - 0.1 && w < 252.283 + 0.1) }' || fail "$pdf is $width points wide"
done

# Chromium draws an SVG as resvg does: the same shapes and letters, edges aside.
browser() {
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/chromium" "$@" >/dev/null 2>&1
}
for svg in "$work"/demo/figures/{dissociation,mechanism,audit,entropy-heads,norms}.svg; do
    size=$(identify -format '%wx%h' "${svg%.svg}.png")
    printf '<!DOCTYPE html><body style="margin:0">%s' "$(cat "$svg")" >"$work/page.html"
    # 192 pixels per inch are 2 for each of the page's.
    browser --force-device-scale-factor=2 --window-size=400,1600 --hide-scrollbars --screenshot="$work/seen.png" "file://$work/page.html"
    convert "$work/seen.png" -crop "$size+0+0" +repage "$work/cut.png"
    difference=$(compare -metric RMSE "$work/cut.png" "${svg%.svg}.png" null: 2>&1 | sed 's/.*(\(.*\)).*/\1/' || true)
    awk -v d="$difference" 'BEGIN { exit !(d < 0.06) }' || fail "$svg: Chromium draws it otherwise, difference $difference"
done

for siunitx in "" "\\usepackage{siunitx}"; do
    for tex in "$work"/*/tables/*.tex; do
        cat >"$work/page.tex" <<PAGE
\\documentclass{article}
\\usepackage[utf8]{inputenc}
$(sed -n 's/^% needs //p' "$tex")
$siunitx
\\begin{document}
\\input{$tex}
\\end{document}
PAGE
        (cd "$work" && pdflatex -interaction=nonstopmode -halt-on-error page.tex >page.out) || { tail -20 "$work/page.out"; fail "$tex does not compile"; }
        ! grep -q "Overfull .hbox" "$work/page.log" || fail "$tex: a line is too wide"
    done
done

(cd "$work" && npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund playwright-core axe-core >/dev/null)
NODE_PATH=$work/node_modules node "$checks/page.js" "$work/demo/report.html"
echo "Figures, tables and report are read by others as they should be."
