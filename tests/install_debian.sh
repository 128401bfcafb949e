#!/bin/sh
# What some tests need besides Python's packages, on Debian and its kin: a browser for the web app and the live page; a
# screen in memory, a window manager, and hands and eyes for the window; shells that complete; formatters of man pages;
# Lua, which darktable runs.
# Where it cannot be had nothing fails: those tests skip and say why. `make test` calls this once.
set -u

wanted=
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v Xvfb >/dev/null || wanted="$wanted xvfb"
command -v openbox >/dev/null || wanted="$wanted openbox"
command -v xdotool >/dev/null || wanted="$wanted xdotool"
command -v import >/dev/null || wanted="$wanted imagemagick"
for program in zsh fish groff mandoc lua5.4; do
    command -v "$program" >/dev/null || wanted="$wanted $program"
done

[ -z "$wanted" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "not installed, and tests that need it will skip:$wanted (on Debian: apt-get install$wanted)"
    exit 0
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $wanted >/dev/null ||
    echo "could not be installed, and tests that need it will skip:$wanted"
exit 0
