#!/usr/bin/env bash
# Makes docs/GALLERY.md and its pictures: every figure of the demo's finished study, and the published dissociation in all
# three forms. Needs target/release/polarscope.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/target/release/polarscope
gallery=docs/gallery
rm -rf "$gallery" && mkdir -p "$gallery"
export_figure() { "$program" export "$@"; }

{
    echo "# Gallery"
    echo
    echo "Made by \`tools/gallery.sh\` from the demo's finished study and the published results, with nothing changed by hand; each"
    echo "is 183 mm wide, with its caption as \`--format text\` writes it."
    for id in $("$program" export assets/demo.polar --figure list); do
        [ "$id" = replication ] && continue # of one study it is the dissociation
        export_figure assets/demo.polar --figure "$id" --out "$gallery/$id.svg"
        printf '\n## %s\n![%s](gallery/%s.svg)\n\n%s\n' "$id" "$id" "$id" "$(export_figure assets/demo.polar --figure "$id" --format text)"
    done
    printf '\n# Published\n'
    for id in dissociation replication; do
        export_figure published --figure "$id" --palette study --out "$gallery/published-$id.svg"
        printf '\n## %s\n![%s](gallery/published-%s.svg)\n\n%s\n' "$id" "$id" "$id" "$(export_figure published --figure "$id" --format text)"
    done
    for format in pdf png; do
        export_figure published --figure dissociation --palette study --format $format --out "$gallery/published-dissociation.$format"
    done
    printf '\nThe published dissociation as [PDF](gallery/published-dissociation.pdf) and [PNG](gallery/published-dissociation.png).\n'
} >docs/GALLERY.md
