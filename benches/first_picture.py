"""How long the window takes from the start of its process to its first picture, on the display that DISPLAY names.

    Xvfb :99 -screen 0 1280x800x24 & DISPLAY=:99 python3 benches/first_picture.py target/release/polarscope [FILE]

The middle of the screen is looked at once a millisecond; the first picture is there when its colour has changed. Each of the
starts has settings of its own, so that it is a first start.
"""

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time

STARTS = 11
X11 = ctypes.CDLL("libX11.so.6")
X11.XOpenDisplay.restype = ctypes.c_void_p
X11.XOpenDisplay.argtypes = [ctypes.c_char_p]
X11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
X11.XDefaultRootWindow.restype = ctypes.c_ulong
X11.XGetImage.restype = ctypes.c_void_p
X11.XGetImage.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
                          ctypes.c_ulong, ctypes.c_int]
X11.XGetPixel.restype = ctypes.c_ulong
X11.XGetPixel.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
X11.XDestroyImage.argtypes = [ctypes.c_void_p]
ALL_PLANES, Z_PIXMAP = ctypes.c_ulong(-1).value, 2


def colour(display, root):
    image = X11.XGetImage(display, root, 600, 400, 1, 1, ALL_PLANES, Z_PIXMAP)
    found = X11.XGetPixel(image, 0, 0)
    X11.XDestroyImage(image)
    return found


def start(command, display, root):
    """Milliseconds to the first picture."""
    with tempfile.TemporaryDirectory() as folder:
        before = colour(display, root)
        began = time.perf_counter()
        program = subprocess.Popen(command, env={**os.environ, "XDG_DATA_HOME": folder}, cwd=folder)
        while colour(display, root) == before:
            if program.poll() is not None or time.perf_counter() - began > 60:
                sys.exit("no picture came")
            time.sleep(0.001)
        took = 1e3 * (time.perf_counter() - began)
        program.kill()
        program.wait()
        while colour(display, root) != before:
            time.sleep(0.01)
        return took


def main():
    display = X11.XOpenDisplay(None)
    if not display:
        sys.exit("there is no display")
    root = X11.XDefaultRootWindow(display)
    command = [os.path.abspath(part) for part in sys.argv[1:]]
    times = sorted(start(command, display, root) for _ in range(STARTS))
    print(f"first picture, {STARTS} starts: median {statistics.median(times):.0f} ms, {times[0]:.0f} to {times[-1]:.0f} ms")


main()
