#!/usr/bin/env bash
# Compares what two builds of Polarscope write of the same study files: every table, figure, trial, card and report, and
# the messages of commands that fail. For changes that are meant to change nothing.
#
#   tools/compare.sh OLD NEW [STUDY_FILE]...
#
# OLD and NEW are two binaries. Without study files the demo's finished study is compared, and that of the published figures.
# It lists the files that differ, and ends with 1 where one does. With KEEP=1 in the environment both outputs stay. Version and commit differ between builds, so lines that
# name either are left out of the comparison of texts.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")
shift 2
root=$(realpath "$(dirname "$0")/..")
[ $# -gt 0 ] || set -- "$root/assets/demo.polar" published
work=$(mktemp -d)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT

# What a build says of studies that cannot be planned.
messages() {
    local program=$1 out=$2
    local -a bad=(
        "texts.limit=0" "texts.max_tokens=1" "texts.shorter_than=3" "perturbation.deltas=[0]" "perturbation.deltas=[1,1]"
        "perturbation.deltas=[1e30]" "perturbation.seeds=0" "perturbation.seeds=[1,1]" "perturbation.seeds=200000"
        "perturbation.modes=[]" "perturbation.layers=[99]" "perturbation.tokens=[]" "perturbation.tokens=last"
        "perturbation.sign=grow" "perturbation.direction={file=\"\"}" "perturbation.protocol=strikt" "model.id=/none"
        "model.dtype=bf16" "texts.source=/none.txt" "texts.must_contain=§" "statistics.equivalence.damage=0"
        "experiments.sweep.texts=0" "experiments.syntax.items=0" "experiments.syntax.items=90000"
        "experiments.syntax.pairs=/none.jsonl" "experiments.syntax.paradigms=[\"x\"]" "experiments.heads.top=[0]"
        "experiments.heads.singles=99" "experiments.layer_sets.size=9" "experiments.entropy.read_layers=[99]"
        "experiments.audit.deltas=[]" "sede=1" "perturbation"
    )
    for setting in "${bad[@]}"; do
        if said=$("$program" plan demo --set "$setting" 2>&1); then
            echo "$setting is planned"
        else
            printf '%s ends with %s: %s\n' "$setting" $? "$said"
        fi
    done >"$out"
}

for build in old new; do
    program=${!build}
    mkdir "$work/$build"
    for study in "$@"; do
        "$program" export --all "$study" --out "$work/$build/$(basename "$study" .polar)" >/dev/null 2>&1
    done
    messages "$program" "$work/$build/messages.txt"
done

# Binary files are compared as they are, texts without the lines of the program's own version.
differ=0
while read -r file; do
    a=$work/old/$file b=$work/new/$file
    if [ ! -e "$a" ] || [ ! -e "$b" ]; then
        echo "only in one: $file"
        differ=1
    elif ! cmp -s "$a" "$b" && ! diff -q <(grep -av "program_version\|program_commit" "$a") \
        <(grep -av "program_version\|program_commit" "$b") >/dev/null; then
        echo "differs: $file"
        differ=1
    fi
done < <(cd "$work" && { cd old && find . -type f; cd ../new && find . -type f; } | sort -u)
if [ "$differ" = 0 ]; then echo "the same: $(find "$work/new" -type f | wc -l) files"; fi
exit "$differ"
