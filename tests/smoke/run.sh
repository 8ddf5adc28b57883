#!/usr/bin/env bash
# The real window under a virtual display, driven by its keys alone: start, open the demo's finished study, run a study,
# quit. Fails where any of it takes too long, where the window does not look as in the pictures beside this script
# (UPDATE=1 takes them anew), or where the program does not end with 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
pictures=$PWD/tests/smoke

if ! command -v Xvfb xdotool import >/dev/null || ! ls /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium* >/dev/null 2>&1; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends xvfb xdotool imagemagick libgl1 libegl1 libgl1-mesa-dri libxkbcommon-x11-0 \
        libx11-xcb1 libxcursor1 libxi6 libxrender1 >/dev/null
fi

work=$(mktemp -d)
export XDG_DATA_HOME=$work/data
exec 3< <(exec Xvfb -displayfd 1 -screen 0 1280x800x24 2>/dev/null)
display=$!
read -r number <&3
export DISPLAY=:$number
trap 'kill $display 2>/dev/null || true; rm -rf "$work"' EXIT

program=$PWD/target/release/polarscope
(cd "$work" && exec "$program") &
window=$!

# Waits until a command succeeds; after a minute something is wrong.
until_true() {
    for _ in $(seq 240); do
        if "$@"; then return; fi
        kill -0 $window 2>/dev/null || { echo "the window ended before: $*"; exit 1; }
        sleep 0.25
    done
    echo "waited in vain for: $*"
    exit 1
}
is_open() { xdotool search --name '^Polarscope' >/dev/null 2>&1; }
# Keys are lost on a window that has not painted yet; a cold start takes seconds over it.
is_painted() { [ "$(import -window root -format '%[fx:maxima > 0.2]' info: 2>/dev/null)" = 1 ]; }
# A window that is not shown yet takes no focus.
focused() { xdotool windowfocus "$(xdotool search --onlyvisible --name '^Polarscope' | head -n 1)" 2>/dev/null; }
is_complete() { "$program" export "$work/demo.polar" --table damage --format json 2>/dev/null | grep -q '"family"' && [ ! -e "$work/demo.polar-wal" ]; }
command_of_palette() {
    xdotool key ctrl+p
    sleep 1
    xdotool type --delay 20 "$1"
    sleep 0.5
    xdotool key Return
    sleep 1
}

# Compares the window with a picture, small: what is meant to be seen are places and colours, not the edges of letters.
looks_like() {
    import -window root -resize 320x200! "$work/$1.png"
    if [ "${UPDATE:-}" = 1 ]; then
        convert "$work/$1.png" -strip -depth 8 -colors 64 "PNG8:$pictures/$1.png"
        return
    fi
    local difference
    difference=$(compare -metric RMSE "$work/$1.png" "$pictures/$1.png" null: 2>&1 | sed 's/.*(\(.*\)).*/\1/' || true)
    awk -v d="$difference" 'BEGIN { exit !(d < 0.03) }' || { echo "$1 does not look as it should: difference $difference"; exit 1; }
}

until_true is_open
xdotool mousemove 1279 0 # where nothing is under the pointer
until_true is_painted
until_true focused
sleep 2
command_of_palette "view light"
looks_like start
command_of_palette "demo finished"
until_true test -s "$XDG_DATA_HOME/polarscope/demo.polar"
sleep 12 # every interval is computed
looks_like overview
command_of_palette "view dark"
command_of_palette "panel audit"
looks_like audit
command_of_palette "new study"
sleep 2
xdotool key ctrl+Return
until_true test -e "$work/demo.polar"
until_true is_complete
xdotool key ctrl+q
for _ in $(seq 40); do kill -0 $window 2>/dev/null || break; sleep 0.25; done
wait $window
echo "The window started, opened the demo, ran a study and ended."
