# What the scripts need from the system. To be sourced, by bash or any POSIX shell.
#
# Nothing is installed that is there already, and no service is left running: what is wanted is
# the program redis-server, not a server on port 6379.

need_rust() {
    if ! command -v cargo >/dev/null; then
        echo "Rust is missing: install it from https://rustup.rs, then run this again." >&2
        return 1
    fi
    # Some dependencies contain C.
    command -v cc >/dev/null || install_package gcc
}

# Prints nothing; afterwards redis-server or valkey-server is on the path.
need_redis() {
    redis_server >/dev/null || install_package redis
    redis_server >/dev/null || {
        echo "redis-server is missing, and installing it did not help: please install it." >&2
        return 1
    }
}

# The tests of the dashboard need a terminal.
need_tmux() {
    command -v tmux >/dev/null || install_package tmux
}

# The handlers that the tests run are written in Python, JavaScript, and shell with jq.
need_interpreters() {
    command -v python3 >/dev/null || install_package python3
    command -v node >/dev/null || install_package nodejs
    command -v jq >/dev/null || install_package jq
}

# Shells in which completion is tested.
need_shells() {
    command -v bash >/dev/null || install_package bash
    command -v zsh >/dev/null || install_package zsh
    command -v fish >/dev/null || install_package fish
}

# Readers of manual pages.
need_manual() {
    command -v man >/dev/null || install_package man-db
    command -v groff >/dev/null || install_package groff
    command -v mandoc >/dev/null || install_package mandoc
}

# Tools of Cargo that make packages, and what makes and reads the rest of a release. The versions are pinned, so
# that a release today and one in a year are packed alike.
need_packers() {
    need_cargo_tool cargo-deb 3.8.0
    need_cargo_tool cargo-generate-rpm 0.21.1
    command -v python3 >/dev/null || install_package python3
    command -v readelf >/dev/null || install_package binutils
    [ -e /etc/ssl/certs/ca-certificates.crt ] || install_package ca-certificates
}

# Readers of packages and units, for the tests.
need_package_readers() {
    command -v dpkg-deb >/dev/null || install_package dpkg
    command -v rpm >/dev/null || install_package rpm
    command -v systemd-analyze >/dev/null || install_package systemd
}

need_cargo_tool() {
    command -v "$1" >/dev/null || cargo install --quiet --locked "$1@$2"
}

redis_server() {
    command -v redis-server || command -v valkey-server
}

# The page is tested in a real browser.
need_chromium() {
    command -v chromedriver >/dev/null || install_package chromium
}

# install_package redis|gcc|chromium|…: most packages have the same name everywhere
install_package() {
    if command -v apt-get >/dev/null; then
        case $1 in
        chromium) apt_without_services chromium chromium-driver ;;
        redis) apt_without_services redis-server ;;
        gcc) apt_without_services gcc libc6-dev ;;
        *) apt_without_services "$1" ;;
        esac
    elif command -v dnf >/dev/null; then
        as_root dnf install -y "$1" || { [ "$1" = redis ] && as_root dnf install -y valkey; }
    elif command -v apk >/dev/null; then
        case $1 in
        redis) as_root apk add redis ;;
        gcc) as_root apk add gcc musl-dev ;;
        *) as_root apk add "$1" ;;
        esac
    elif command -v brew >/dev/null; then
        brew install "$1"
    else
        echo "$1 is missing, and there is no apt-get, dnf, apk or brew to install it with." >&2
        return 1
    fi
}

# Debian starts a service as it installs it, unless a policy forbids it. This one is gone again
# afterwards; one that was there is respected.
apt_without_services() (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
    fi
    as_root apt-get update -q || exit
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" || exit
    if [ "$1" = redis-server ] && [ -d /run/systemd/system ]; then
        # Nor is it to start with the machine.
        as_root systemctl disable --quiet redis-server
    fi
)

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "root is needed for: $*" >&2
        return 1
    fi
}
