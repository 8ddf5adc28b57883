#!/usr/bin/env bash
# Makes assets/demo.polar, the finished study that the window opens from its start page: configs/demo-all.toml on fewer
# texts, so that it stays small. Run it whenever the schema of study files changes.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --release --locked
rm -f assets/demo.polar
target/release/polarscope run configs/demo-all.toml --out assets/demo.polar \
    --set 'name=The demo, every experiment' \
    --set texts.limit=80 \
    --set experiments.syntax.items=120 \
    --set experiments.entropy.texts=40 \
    --set experiments.attention_repair.texts=40 \
    --set experiments.pathways.texts=40 \
    --set experiments.norm_repair.texts=40 \
    --set experiments.heads.texts=40 \
    --set experiments.layer_sets.texts=30 \
    --set experiments.qk_alignment.texts=30 \
    --set experiments.audit.texts=40 \
    --set experiments.audit.items=40
size=$(stat -c %s assets/demo.polar)
[ "$size" -le 6000000 ] || { echo "assets/demo.polar holds $size bytes, more than 6 MB"; exit 1; }
