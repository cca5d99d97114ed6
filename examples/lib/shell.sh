# shellcheck shell=bash
# What the libraries beside this one share, and what installs the tests' needs with them.

# The command as root.
_shell_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

_shell_apt() {
    _shell_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 "$@" >&2
}

# A port of 127.0.0.1 that nobody listens on.
_shell_free_port() {
    local port tries
    for ((tries = 0; tries < 100; tries++)); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s' "$port"
            return 0
        fi
    done
    return 1
}

# Whether the process of a pid file is alive and is this program.
_shell_alive() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && [[ "$(cat "/proc/$pid/comm" 2>/dev/null)" == "$2"* ]]
}

# _shell_kill PID_FILE PROGRAM SIGNAL: ends it, by force where the signal does not within ten seconds.
_shell_kill() {
    local pid_file=$1 program=$2 signal=$3 pid tries as=command
    if _shell_alive "$pid_file" "$program"; then
        pid=$(cat "$pid_file")
        [ -O "/proc/$pid" ] || as=_shell_root
        "$as" kill "-$signal" "$pid" || true
        # A stopped process takes no signal before it goes on.
        "$as" kill -CONT "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 100; tries++)); do
            _shell_alive "$pid_file" "$program" || break
            sleep 0.1
        done
        if _shell_alive "$pid_file" "$program"; then "$as" kill -KILL "$pid" || true; fi
    fi
    rm -f "$pid_file" 2>/dev/null || _shell_root rm -f "$pid_file"
}
